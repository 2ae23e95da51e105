"""The report: its numbers are the evaluation's, its reviews the right ones, its file complete."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from pages import Page, told
from sklearn.metrics import precision_score, recall_score
from tiny_world import tiny_rows, write_csv

from imdb_lstm.errors import ConfigError, DataError, OutputError, RunError
from imdb_lstm.evaluation.evaluate import evaluate, measure_logits
from imdb_lstm.evaluation.report.about import model_section
from imdb_lstm.evaluation.report.build import build_page, write_report
from imdb_lstm.evaluation.report.calibration import calibration_section
from imdb_lstm.evaluation.report.label_errors import label_errors_section
from imdb_lstm.evaluation.report.mistakes import confident_mistakes, mistakes_section
from imdb_lstm.evaluation.report.page import ReviewList, Table
from imdb_lstm.evaluation.report.scores import scores_section
from imdb_lstm.explanation.explainer import load_explainer
from imdb_lstm.metrics.logits import sigmoid
from imdb_lstm.runs.run import load_run
from imdb_lstm.training.train import train

SCORE_FIGURES = dict.fromkeys(("confusion_matrix", "roc_and_precision_recall"), b"")


@pytest.fixture(scope="module")
def evaluation(tiny_run):
    return evaluate(tiny_run, device="cpu")


@pytest.fixture(scope="module")
def explainer(tiny_run):
    return load_explainer(tiny_run, "integrated-gradients")


@pytest.fixture(scope="module")
def wrong(evaluation):
    """The same reviews, with three wrong predictions of both kinds."""
    logits = np.where(evaluation.reviews.labels == 1, 3.0, -3.0) + np.linspace(-1, 1, 12)
    logits[[0, 5, 6]] *= -1
    logits = logits.astype(np.float32)
    metrics = {"data": "tiny.csv", "split": "test"} | measure_logits(
        evaluation.reviews, logits, 2.0
    )
    return replace(evaluation, logits=logits, metrics=metrics)


def tables(parts):
    return {part.caption: part for part in parts if isinstance(part, Table)}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tiny_run", "tiny_ngrams"])
def test_a_report_of_any_run_is_one_complete_page(kind, request, tmp_path):
    run = tmp_path / "copy"
    shutil.copytree(request.getfixturevalue(kind), run)
    path = write_report(run, device="cpu")
    assert path == run / "evaluation" / "tiny-test" / "report.html"
    whole = path.read_text(encoding="utf-8")
    read = Page(whole)
    assert len(whole) < 2_000_000
    assert "http" not in re.sub(r'src="data[^"]*"', "", whole).replace("http-equiv", "")
    words = told(whole)
    manifest = json.loads((run / "manifest.json").read_text())
    metrics = json.loads((run / "metrics.json").read_text())
    for part in (
        manifest["reviews"]["train"], manifest["files"]["metrics.json"], "keras 3",
        f"{metrics['parameters']:,}", f"{metrics['peak_memory_megabytes']:,} MiB", "tiny.csv",
        "imdb-lstm train --config config.toml", "seed",
    ):  # fmt: skip
        assert part in words
    images = read.attributes("img")
    assert len(images) == (9 if kind == "tiny_run" else 8)  # an n-gram run has no history
    assert all(len(image["alt"]) > 30 for image in images)
    assert str(tmp_path) not in whole


def test_the_numbers_are_those_of_the_evaluation(wrong):
    parts = scores_section(wrong, SCORE_FIGURES)
    scores = {row[0]: row[1:] for row in tables(parts.parts)["Scores on 12 reviews"].rows}
    assert scores["accuracy"] == ["75.0 %", "46.8 to 91.1 %"]
    assert scores["log loss"][0] == f"{wrong.metrics['log_loss']:.4f}"
    assert scores["log loss, temperature-scaled"][0] == (
        f"{wrong.metrics['temperature_scaled']['log_loss']:.4f}"
    )
    counts = tables(parts.parts)["Predictions by label"].rows
    shown = [[int(cell.split(" ")[0]) for cell in row[1:]] for row in counts]
    assert shown == wrong.metrics["confusion_matrix"]
    parts = calibration_section(wrong, dict.fromkeys(("calibration", "coverage"), b"")).parts
    before, after = [table for name, table in tables(parts).items() if name.startswith("Pred")]
    for table in (before, after):
        assert sum(int(row[1]) for row in table.rows) == 12
    assert before.rows != after.rows


def test_scores_by_threshold_are_those_of_sklearn(wrong):
    parts = scores_section(wrong, SCORE_FIGURES)
    [table] = [each for name, each in tables(parts.parts).items() if "threshold" in name]
    labels, probability = wrong.reviews.labels, sigmoid(wrong.logits / 2.0)
    for above, reviews, precision, recall, _ in table.rows:
        predicted = probability > float(above)
        assert int(reviews) == predicted.sum()
        if predicted.any():
            assert precision == f"{100 * precision_score(labels, predicted):.1f} %"
        assert recall == f"{100 * recall_score(labels, predicted):.1f} %"


@pytest.mark.slow
def test_mistakes_are_the_most_confident_of_each_kind(wrong, explainer):
    section, anchors = mistakes_section(wrong, explainer.explain)
    labels, logits = wrong.reviews.labels, wrong.logits
    assert set(anchors) == set(np.flatnonzero((logits > 0) != labels))
    for verdict in (0, 1):
        found = confident_mistakes(labels, logits, verdict)
        assert all(labels[index] != verdict for index in found)
        assert (np.diff(np.abs(logits[found])) <= 0).all()
    headings = [part.heading for part in section.parts if hasattr(part, "heading")]
    assert len(headings) == 3 and all("tiny.csv:" in heading for heading in headings)


def test_at_most_ten_mistakes_of_a_kind_are_shown(evaluation, explainer):
    labels = np.zeros(40, np.int8)
    assert confident_mistakes(labels, np.arange(1.0, 41.0), 1) == list(range(39, 29, -1))
    right = replace(evaluation, logits=np.where(evaluation.reviews.labels == 1, 1.0, -1.0))
    section, anchors = mistakes_section(right, explainer.explain)
    assert not anchors and section.parts.count("There are none.") == 2


def test_label_errors_on_which_all_runs_agree_come_first(wrong):
    other = replace(wrong, logits=wrong.logits.copy())
    for index in (0, 5):
        other.logits[index] *= -1  # this run finds the label likely
    alone = label_errors_section(wrong, {}, [], in_sample=False)
    both = label_errors_section(wrong, {6: "mistake-1"}, [other], in_sample=True)
    [first] = [part for part in alone.parts if isinstance(part, ReviewList)]
    [second] = [part for part in both.parts if isinstance(part, ReviewList)]
    names = [wrong.reviews.names[index] for index in (0, 5, 6)]
    assert sorted(item.heading.split(",")[0] for item in first.items) == sorted(names)
    assert second.items[0].heading.startswith(wrong.reviews.names[6])
    assert second.items[0].anchor == "mistake-1"
    assert "also according to tiny." in second.items[0].remark
    assert "no other run agrees." in second.items[1].remark
    assert "run" not in first.items[0].remark
    assert any("trained on some of these labels" in str(part) for part in both.parts)
    assert not any("trained on some of these labels" in str(part) for part in alone.parts)


@pytest.mark.slow
def test_reviews_of_one_label_have_no_curves_and_no_label_errors(wrong, explainer):
    positive = np.flatnonzero(wrong.reviews.labels == 1)
    reviews, logits = wrong.reviews.take(positive), wrong.logits[positive]
    metrics = {"data": "x", "split": "all"} | measure_logits(reviews, logits, 1.0)
    one = replace(wrong, reviews=reviews, logits=logits, metrics=metrics)
    words = told(build_page(one, explainer))
    assert "there are no curves" in words and "the rule needs both" in words


def test_options_show_no_folder(tiny_run):
    run = load_run(tiny_run)
    config = replace(run.config, pretrained="/a/words", distilled_from="/a/one+/b/two")
    section = model_section(tiny_run, config, run.manifest, run.classes.names)
    values = {row[0]: row[1] for row in tables(section.parts)["All options"].rows}
    assert values["data"] == "tiny.csv" and values["extra_reviews"] == "(none)"
    assert (values["pretrained"], values["distilled_from"]) == ("words", "one+two")
    assert values["pooling"] == config.pooling


@pytest.mark.slow
def test_a_failed_report_leaves_no_file(home):
    run = home / "saved_models" / "tiny"
    before = set(home.rglob("*"))
    with pytest.raises(OutputError, match="nowhere"):
        write_report(run, output=home / "nowhere" / "a.html")
    with pytest.raises(RunError):
        write_report(home / "nonesuch")
    with pytest.raises(DataError):
        write_report(run, data="nope.csv")
    with pytest.raises(OutputError):
        write_report(run, device="cpu", output=home / "saved_models")
    assert set(home.rglob("*")) == before


@pytest.mark.slow
def test_other_runs_must_read_the_same_reviews_and_differ(home, tiny_config):
    run = home / "saved_models" / "tiny"
    rows = [(f"{text} Indeed.", label, rating) for text, label, rating in tiny_rows()]
    config = replace(tiny_config, data=str(write_csv(home / "other.csv", rows)))
    other = train(replace(config, encoder="ngrams-nb"), home, "other")
    with pytest.raises(ConfigError, match="read different test reviews"):
        write_report(run, device="cpu", others=[other])
    with pytest.raises(ConfigError, match="is the run of the report"):
        write_report(run, device="cpu", others=[run])


@pytest.mark.slow
def test_reviews_that_were_learned_from_are_stated(evaluation, explainer):
    for key, words in (("left_out_learned", "are left out"), ("learned_reviews", "of the reviews")):
        known = replace(evaluation, metrics=evaluation.metrics | {key: 3})
        page = told(build_page(known, explainer))
        assert re.search(rf"3 [\w ]*{words}", page) and "learned from" in page
    assert "learned from" not in told(build_page(evaluation, explainer))
