"""The report: its numbers are the evaluation's, its reviews the right ones, its file whole."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tiny_world import make_earlier
from sklearn.metrics import precision_score, recall_score
from test_report_page import Page

from imdb_lstm.config.options import Config, NGRAM_ENCODERS
from imdb_lstm.errors import ConfigError, DataError, OutputError, RunError
from imdb_lstm.evaluation.evaluate import evaluate, measure_logits
from imdb_lstm.evaluation.report.about import learned_from
from imdb_lstm.evaluation.report.build import build_page, unknown_words, write_report
from imdb_lstm.evaluation.report.groups import text_shares
from imdb_lstm.evaluation.report.page import ReviewList, Table
from imdb_lstm.evaluation.report.reviews import confident_mistakes, doubtful_labels, mistakes
from imdb_lstm.evaluation.report.scores import how_good, how_sure
from imdb_lstm.evaluation.report.wording import ENCODERS, POOLED, REGULARISATION, in_words
from imdb_lstm.explanation.explainer import load_explainer
from imdb_lstm.metrics.classification import sigmoid
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.run import load_run


@pytest.fixture(scope="module")
def evaluation(tiny_run):
    return evaluate(tiny_run, device="cpu")


@pytest.fixture(scope="module")
def explainer(tiny_run):
    return load_explainer(tiny_run, "integrated-gradients", "cpu")


@pytest.fixture(scope="module")
def wrong(evaluation):
    """The same reviews, with some labels turned, so that there are mistakes of both kinds."""
    logits = np.where(evaluation.reviews.labels == 1, 3.0, -3.0) + np.linspace(-1, 1, 12)
    logits[[0, 5, 6]] *= -1
    logits = logits.astype(np.float32)
    metrics = {"data": "tiny.csv", "split": "test"} | measure_logits(evaluation.reviews, logits, 2.0)
    return replace(evaluation, logits=logits, metrics=metrics)


def tables(parts):
    return {part.caption: part for part in parts if isinstance(part, Table)}


def told(whole):
    """What is to be read in a page."""
    return "".join(Page(whole).text).replace("\xa0", " ")


@pytest.mark.parametrize("kind", ["tiny_run", "tiny_ngrams"])
def test_a_report_of_any_run_is_one_page_that_holds_together(kind, request, tmp_path):
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
        f"imdb-lstm train --config {run}/config.toml", "seed",
    ):  # fmt: skip
        assert part in words
    images = [attributes for tag, attributes in read.tags if tag == "img"]
    assert len(images) == (9 if kind == "tiny_run" else 8)  # no history of a linear run
    assert all(len(image["alt"]) > 30 for image in images)
    assert "$" not in words


def test_the_numbers_are_those_of_the_evaluation(wrong):
    parts = how_good(wrong, dict.fromkeys(("confusion_matrix", "roc_and_precision_recall"), b""))
    scores = {row[0]: row[1:] for row in tables(parts.parts)["Scores on 12 reviews"].rows}
    assert scores["accuracy"] == ["75.0 %", "46.8 to 91.1 %"]
    assert scores["log loss"][0] == f"{wrong.metrics['log_loss']:.4f}"
    assert scores["log loss, tempered"][0] == f"{wrong.metrics['tempered']['log_loss']:.4f}"
    counts = tables(parts.parts)["What reviews of each label were called"].rows
    shown = [[int(cell.split(" ")[0]) for cell in row[1:]] for row in counts]
    assert shown == wrong.metrics["confusion_matrix"]
    sure = how_sure(wrong, dict.fromkeys(("calibration", "coverage"), b"")).parts
    before, after = [table for name, table in tables(sure).items() if name.startswith("Promised")]
    for table in (before, after):
        assert sum(int(row[1]) for row in table.rows) == 12
    assert before.rows != after.rows


def test_thresholds_give_what_sklearn_counts(wrong):
    parts = how_good(wrong, dict.fromkeys(("confusion_matrix", "roc_and_precision_recall"), b""))
    [table] = [each for name, each in tables(parts.parts).items() if "thresholds" in name]
    labels, probability = wrong.reviews.labels, sigmoid(wrong.logits / 2.0)
    for above, reviews, precision, recall, _ in table.rows:
        called = probability > float(above)
        assert int(reviews) == called.sum()
        if called.any():
            assert precision == f"{100 * precision_score(labels, called):.1f} %"
        assert recall == f"{100 * recall_score(labels, called):.1f} %"


def test_the_mistakes_are_the_surest_wrong_verdicts_of_each_kind(wrong, explainer):
    section, anchors = mistakes(wrong, explainer.explain)
    labels, logits = wrong.reviews.labels, wrong.logits
    assert set(anchors) == set(np.flatnonzero((logits > 0) != labels))
    for verdict in (0, 1):
        found = confident_mistakes(labels, logits, verdict)
        assert all(labels[index] != verdict for index in found)
        assert (np.diff(np.abs(logits[found])) <= 0).all()
    headings = [part.heading for part in section.parts if hasattr(part, "heading")]
    assert len(headings) == 3 and all("tiny.csv:" in heading for heading in headings)


def test_no_more_than_ten_mistakes_of_a_kind_and_none_is_told_as_none(evaluation, explainer):
    labels = np.zeros(40, np.int8)
    assert confident_mistakes(labels, np.arange(1.0, 41.0), 1) == list(range(39, 29, -1))
    right = replace(evaluation, logits=np.where(evaluation.reviews.labels == 1, 1.0, -1.0))
    section, anchors = mistakes(right, explainer.explain)
    assert not anchors and section.parts.count("There is none.") == 2


def test_labels_that_other_runs_doubt_too_come_first(wrong):
    other = replace(wrong, logits=wrong.logits.copy())
    for index in (0, 5):
        other.logits[index] *= -1  # this run believes the label
    alone = doubtful_labels(wrong, {}, [], learned=False)
    both = doubtful_labels(wrong, {6: "mistake-1"}, [other], learned=True)
    [first] = [part for part in alone.parts if isinstance(part, ReviewList)]
    [second] = [part for part in both.parts if isinstance(part, ReviewList)]
    names = [wrong.reviews.names[index] for index in (0, 5, 6)]
    assert sorted(item.heading.split(",")[0] for item in first.items) == sorted(names)
    assert second.items[0].heading.startswith(wrong.reviews.names[6])
    assert second.items[0].anchor == "mistake-1"
    assert "also doubted by tiny." in second.items[0].remark
    assert "doubted by no other." in second.items[1].remark
    assert "other" not in first.items[0].remark
    assert any("learned from these labels" in str(part) for part in both.parts)
    assert not any("learned from these labels" in str(part) for part in alone.parts)


def test_reviews_of_one_label_have_no_curves_and_no_doubts(wrong, explainer):
    positive = np.flatnonzero(wrong.reviews.labels == 1)
    reviews, logits = wrong.reviews.take(positive), wrong.logits[positive]
    metrics = {"data": "x", "split": "all"} | measure_logits(reviews, logits, 1.0)
    one = replace(wrong, reviews=reviews, logits=logits, metrics=metrics)
    words = told(build_page(one, explainer))
    assert "there are no curves" in words and "the rule needs both" in words


def test_a_run_of_an_earlier_version_is_reported(tiny_run, tmp_path):
    shutil.copytree(tiny_run, tmp_path / "early")
    make_earlier(tmp_path / "early", "logit_std")
    path = write_report(tmp_path / "early", device="cpu", output=tmp_path / "early.html")
    assert "No temperature changes the probabilities" in told(path.read_text())


def test_what_cannot_be_done_is_refused_and_leaves_nothing(home, tiny_ngrams):
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


def test_runs_of_other_reviews_give_no_second_opinion(home, tiny_config):
    from imdb_lstm.training.train import train

    other = train(replace(tiny_config, encoder="ngrams-nb", seed=1), home, "other")
    with pytest.raises(ConfigError, match="read different test reviews"):
        write_report(home / "saved_models" / "tiny", device="cpu", others=[other])


def test_unknown_words_are_those_of_the_model(tiny_run, tiny_ngrams):
    from imdb_lstm.runs.run import load_run

    texts = ["The plot is zzz", "Not not zzz good"]
    for run in (tiny_run, tiny_ngrams):
        unknown, negation = text_shares(texts, unknown_words(load_run(run)))
        assert unknown[0] == 0.25
        assert negation == [0.0, 0.5]


@pytest.mark.parametrize("encoder", [*ENCODERS, *NGRAM_ENCODERS])
@pytest.mark.parametrize("pooling", POOLED)
def test_every_model_can_be_told_in_words(encoder, pooling):
    said = " ".join(in_words(Config(encoder=encoder, pooling=pooling, chunk_length=0)))
    assert "{" not in said and ".." not in said
    assert encoder in NGRAM_ENCODERS or POOLED[pooling] in said


def test_what_works_against_learning_by_heart_is_named():
    config = Config(**{name: 0.25 for name in REGULARISATION if name != "recurrent_dropout"})
    said = in_words(config)[-1]
    assert all(name.replace("_", " ") in said for name in REGULARISATION[:2])
    assert "recurrent dropout" not in said


def test_word_pairs_and_a_single_epoch_are_told():
    said = " ".join(in_words(Config(bigram_dim=32, epochs=1)))
    assert "neighbouring words are 32 numbers" in said
    assert "over one epoch." in said and "lower validation loss" not in said
    assert "neighbouring words" not in " ".join(in_words(Config()))


def test_segments_are_told_where_an_encoder_reads_in_them():
    for encoder, told in (("lstm", True), ("cnn", False)):
        said = " ".join(in_words(Config(encoder=encoder, chunk_length=64)))
        assert ("begins anew every 64 words" in said) == told
    assert "begins anew" not in " ".join(in_words(Config(chunk_length=0)))


def test_where_a_run_began_and_what_it_learned_from_is_told(tiny_run):
    config, trained = load_run(tiny_run).config, read_metrics(tiny_run)
    began = learned_from(replace(config, pretrained="words"), trained | {"excerpts": 72})
    assert "began as a language model" in began and "72 excerpts" in began
    assert "word vectors were learned" not in began
    assert "language model" not in learned_from(config, trained)


def test_a_compact_run_is_told_from_the_one_it_was_made_of(tiny_run):
    config, trained = load_run(tiny_run).config, read_metrics(tiny_run)
    assert "Compact" not in learned_from(config, trained)
    made = {"bits": 8, "words": 15_000}
    assert learned_from(config, trained | {"compact": made}).endswith(
        "Compact: 15,000 words, embeddings rounded to 8 bits a value."
    )
