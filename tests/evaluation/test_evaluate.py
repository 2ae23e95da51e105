"""Evaluation: which reviews are read, metrics that agree with the logits, files written."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from several import evaluation_of
from tiny_world import tiny_rows, write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.load import load_split
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import ConfigError, DataError, OutputError, RunError
from imdb_lstm.evaluation import evaluate as module
from imdb_lstm.evaluation.evaluate import evaluate
from imdb_lstm.evaluation.held_out import resolve_split
from imdb_lstm.evaluation.writing import evaluation_figures, write_evaluation
from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.metrics.calibration import fit_vector_scaling
from imdb_lstm.metrics.classification import evaluate_logits, log_loss
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.manifest import verify
from imdb_lstm.runs.validation import Validation

FIGURES = {
    "history", "confusion_matrix", "calibration", "coverage", "score_histogram",
    "accuracy_by_length", "roc_and_precision_recall", "accuracy_by_rating",
}  # fmt: skip


@pytest.fixture(scope="module")
def evaluation(tiny_run):
    return evaluate(tiny_run, device="cpu")


def test_the_default_is_the_test_split_or_all_of_another_file():
    config = Config(data="mine.csv", text_column="review")
    for data, split, found_data, found_split in (
        (None, None, "mine.csv", "test"),
        (None, "train", "mine.csv", "train"),
        ("mine.csv", None, "mine.csv", "test"),
        ("yours.csv", None, "yours.csv", "all"),
        ("yours.csv", "validation", "yours.csv", "validation"),
        ("imdb", None, "imdb", "test"),
        ("sample", None, "sample", "test"),
        ("sample", "all", "sample", "all"),
        ("challenge", None, "challenge", "all"),
        ("counterfactuals", None, "counterfactuals", "all"),
    ):
        found = resolve_split(config, data, split, {})
        assert found == (replace(config, data=found_data), found_split)


def test_the_test_reviews_are_not_in_the_training_data(evaluation, tiny_config):
    seen = [load_split(tiny_config, split) for split in ("train", "validation")]
    texts = {text for part in seen for text in part.texts}
    assert not texts & set(evaluation.reviews.texts)
    assert texts | set(evaluation.reviews.texts) == {text for text, _, _ in tiny_rows()}
    assert evaluation.split == "test"


def test_the_validation_metrics_are_those_of_training(tiny_run):
    metrics = evaluate(tiny_run, split="validation", device="cpu").metrics
    trained = read_metrics(tiny_run)["validation"]
    for name in ("reviews", "accuracy", "log_loss", "auc", "brier_score"):
        assert metrics[name] == pytest.approx(trained[name], rel=1e-5)


def test_the_logits_are_those_of_prediction(evaluation, tiny_run):
    logits = load_classifier(tiny_run, "cpu").predict_logits(evaluation.reviews.texts)
    np.testing.assert_allclose(evaluation.logits, logits, rtol=1e-5, atol=1e-6)


def test_the_metrics_are_those_of_the_logits(evaluation):
    labels, metrics = evaluation.reviews.labels, evaluation.metrics
    right = (evaluation.logits > 0) == labels
    assert metrics["reviews"] == len(labels) == 12
    assert metrics["accuracy"] == pytest.approx(right.mean())
    loss = np.logaddexp(0, np.where(labels, -1, 1) * evaluation.logits).mean()
    assert metrics["log_loss"] == pytest.approx(loss, rel=1e-5)
    assert (metrics["by_group"], metrics["pairs"]) == ([], {})
    assert metrics["by_coverage"][0]["accuracy"] == pytest.approx(right.mean())
    for table in ("by_length", "by_rating"):
        assert sum(row["reviews"] for row in metrics[table]) == 12
        weighted = sum(row["reviews"] * row["accuracy"] for row in metrics[table])
        assert weighted == pytest.approx(right.sum())


def test_the_temperature_is_that_of_training_and_changes_no_other_metric(evaluation, tiny_run):
    metrics, labels = evaluation.metrics, evaluation.reviews.labels
    temperature = read_metrics(tiny_run)["temperature"]
    assert metrics["temperature"] == temperature
    measured = evaluate_logits(labels, evaluation.logits / temperature)
    for key, value in metrics["temperature_scaled"].items():
        assert value == pytest.approx(measured[key])
    unscaled = evaluate_logits(labels, evaluation.logits)
    assert {key: metrics[key] for key in unscaled} == unscaled


def test_another_file_is_read_whole_with_the_columns_of_the_run(tiny_run, tmp_path):
    path = write_csv(tmp_path / "other.csv", [("great joy", "pos"), ("bad", "neg")] * 3,
                     ("text", "label"))  # fmt: skip
    found = evaluate(tiny_run, str(path), device="cpu")
    assert (found.split, len(found.reviews)) == ("all", 6)
    assert found.metrics["data"] == "other.csv"
    assert found.metrics["by_rating"] == []


def test_another_file_can_have_other_columns_and_labels(tiny_run, tmp_path):
    rows = [("great joy", "gut", 9), ("a waste", "schlecht", 2), ("bad", "schlecht", 1)]
    path = write_csv(tmp_path / "other.csv", rows, ("review", "verdict", "stars"))
    named = {
        "text_column": "review", "label_column": "verdict", "rating_column": "stars",
        "labels": "negative=schlecht,positive=gut",
    }  # fmt: skip
    found = evaluate(tiny_run, str(path), device="cpu", **named)
    assert found.reviews.texts == [text for text, _, _ in rows]
    assert found.reviews.labels.tolist() == [1, 0, 0]
    assert found.reviews.ratings.tolist() == [9, 2, 1]
    named.pop("labels")  # two words for good and bad, as the run's classes are
    assert evaluate(tiny_run, str(path), device="cpu", **named).metrics == found.metrics
    with pytest.raises(ConfigError, match="did you mean 'text_column'"):
        evaluate(tiny_run, str(path), device="cpu", text_colum="review")


def test_reviews_of_one_label_have_every_figure_but_the_curves(tiny_run, tmp_path):
    path = write_csv(tmp_path / "one.csv", [("great", "pos", 9), ("a joy", "pos", 8)])
    found = evaluate(tiny_run, str(path), device="cpu")
    assert found.metrics["auc"] is None
    assert set(evaluation_figures(found)) == FIGURES - {"roc_and_precision_recall"}


@pytest.mark.slow
def test_evaluating_writes_nothing_and_writing_leaves_the_run_intact(home):
    run = home / "saved_models" / "tiny"
    before = sorted(run.rglob("*"))
    found = evaluate(run, device="cpu")
    assert sorted(run.rglob("*")) == before
    (run / "evaluation" / "tiny-test" / "figures").mkdir(
        parents=True
    )  # as an earlier evaluation would
    assert write_evaluation(found) == run / "evaluation" / "tiny-test"
    verify(run)


@pytest.mark.slow
@pytest.mark.usefixtures("drawn_figures")
def test_the_files_agree_with_the_evaluation(evaluation, tmp_path):
    folder = write_evaluation(evaluation, tmp_path / "new" / "folder")
    assert folder == tmp_path / "new" / "folder"
    assert {file.name for file in folder.iterdir()} == {
        "figures",
        "metrics.json",
        "predictions.csv",
    }
    assert {file.name for file in (folder / "figures").iterdir()} == {f"{f}.png" for f in FIGURES}
    assert all(file.stat().st_size > 5_000 for file in (folder / "figures").iterdir())
    read = json.loads((folder / "metrics.json").read_text())
    assert read == json.loads(json.dumps(evaluation.metrics))
    with (folder / "predictions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["name"] for row in rows] == evaluation.reviews.names
    names = evaluation.metrics["classes"]
    assert [names.index(row["label"]) for row in rows] == evaluation.reviews.labels.tolist()
    verdicts = [names.index(row["verdict"]) for row in rows]
    assert verdicts == (evaluation.logits > evaluation.threshold).tolist()
    assert [int(row["rating"]) for row in rows] == evaluation.reviews.ratings.tolist()
    np.testing.assert_allclose([float(row["logit"]) for row in rows], evaluation.logits, rtol=1e-5)


@pytest.mark.slow
def test_predictions_are_written_one_per_row_without_texts(evaluation, tmp_path):
    reviews = Reviews(
        ["Lovely.", "Dull."], np.array([1, 0]), np.array([9.5, np.nan]), ['a, "b"', "films.csv:3"]
    )  # fmt: skip
    odd = replace(
        evaluation, reviews=reviews, logits=np.array([1.25, -0.123456789123]), threshold=0.5
    )
    assert (write_evaluation(odd, tmp_path) / "predictions.csv").read_text().splitlines() == [
        "name,label,rating,logit,verdict",
        '"a, ""b""",positive,9.5,1.25,positive',
        "films.csv:3,negative,,-0.123456789,negative",
    ]


@pytest.mark.slow
def test_an_ngram_run_is_evaluated(tiny_ngrams, tmp_path):
    found = evaluate(tiny_ngrams, device="cpu")
    logits = load_classifier(tiny_ngrams, "cpu").predict_logits(found.reviews.texts)
    np.testing.assert_array_equal(found.logits, logits)
    folder = write_evaluation(found, tmp_path)
    assert {file.stem for file in (folder / "figures").iterdir()} == FIGURES - {"history"}


@pytest.mark.slow
def test_the_challenge_set_is_evaluated_by_group_and_pair(tiny_ngrams):
    found = evaluate(tiny_ngrams, "challenge", device="cpu")
    metrics, right = found.metrics, (found.logits > 0) == found.reviews.labels
    rows = {row["group"]: row for row in metrics["by_group"]}
    assert set(rows) == set(found.reviews.groups)
    assert sum(row["reviews"] for row in rows.values()) == len(found.reviews)
    irony = np.array(found.reviews.groups) == "irony"
    assert rows["irony"]["accuracy"] == pytest.approx(right[irony].mean())
    assert metrics["pairs"]["pairs"] == rows["pair"]["reviews"] / 2
    assert metrics["pairs"]["both_right"] <= rows["pair"]["accuracy"]
    assert "accuracy_by_group" in evaluation_figures(found)


@pytest.mark.slow
def test_counterfactual_pairs_are_evaluated_by_original_edit_and_pair(tiny_ngrams):
    found = evaluate(tiny_ngrams, "counterfactuals", device="cpu")
    rows = {row["group"]: row["reviews"] for row in found.metrics["by_group"]}
    assert rows == {"original": 300, "edited": 300}
    assert found.metrics["pairs"]["pairs"] == 300


def test_any_file_can_have_groups_and_pairs(tiny_ngrams, tmp_path):
    rows = [
        ("great joy", "pos", "short", "1"),
        ("a waste", "neg", "short", "1"),
        ("bad", "neg", "", ""),
    ]
    path = write_csv(tmp_path / "own.csv", rows, ("text", "label", "kind", "twin"))
    plain = evaluate(tiny_ngrams, str(path), device="cpu").metrics
    assert (plain["by_group"], plain["pairs"]) == ([], {})
    named = evaluate(
        tiny_ngrams, str(path), device="cpu", group_column="kind", pair_column="twin"
    ).metrics
    assert [(row["group"], row["reviews"]) for row in named["by_group"]] == [("short", 2)]
    assert named["pairs"]["pairs"] == 1


def test_stars_of_any_scale_are_reported_as_they_are_written(tiny_ngrams, tmp_path):
    stars = ("0", "4.1", "", "2")
    rows = [(text, label, stars[n % 4]) for n, (text, label, _) in enumerate(tiny_rows())]
    path = write_csv(tmp_path / "own.csv", rows, ("text", "label", "rating"))
    found = evaluate(tiny_ngrams, str(path), device="cpu").metrics["by_rating"]
    assert [row["group"] for row in found] == [0, 2, 4.1]


def test_a_column_of_distinct_values_is_not_a_group(tiny_ngrams, tmp_path):
    rows = [(f"{text} {n}", label, n) for n, (text, label, _) in enumerate(tiny_rows(), 1)]
    path = write_csv(tmp_path / "own.csv", rows, ("text", "label", "group"))
    assert evaluate(tiny_ngrams, str(path), device="cpu").metrics["by_group"] == []


def test_missing_reviews_are_refused(tiny_run, tmp_path):
    with pytest.raises(DataError, match=r"nope\.csv: no such file"):
        evaluate(tiny_run, str(tmp_path / "nope.csv"), device="cpu")
    rows = [(f"{text} {n}", label, "train") for n, (text, label, _) in enumerate(tiny_rows())]
    path = write_csv(tmp_path / "a.csv", rows, ("text", "label", "split"))
    with pytest.raises(DataError, match=r"a\.csv has no test reviews"):
        evaluate(tiny_run, str(path), "test", device="cpu")


def test_a_damaged_run_is_refused_before_it_is_loaded(home):
    run = home / "saved_models" / "tiny"
    (run / "model.keras").write_bytes(b"not a model")
    with pytest.raises(RunError, match=r"tiny is damaged: model\.keras"):
        evaluate(run, device="cpu")


def test_a_folder_that_cannot_be_created_is_named(evaluation, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file"):
        write_evaluation(evaluation, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "in the way"


def test_the_repr_is_one_short_line(evaluation):
    shown = repr(evaluation)
    assert f"{evaluation.metrics['accuracy']:.1%}" in shown and "12 reviews (tiny-test)" in shown
    assert len(shown) < 120


@pytest.mark.slow
@pytest.mark.parametrize(("classes", "ordered"), [(3, True), (20, False)])
def test_several_classes_have_a_logit_each_and_their_own_figures(classes, ordered, tmp_path):
    found = evaluation_of(classes, ordered=ordered)
    folder = write_evaluation(found, tmp_path)
    names = found.metrics["classes"]
    with (folder / "predictions.csv").open(newline="", encoding="utf-8") as stream:
        head, *rows = csv.reader(stream)
    assert head == ["name", "label", "rating", "verdict", *(f"logit of {name}" for name in names)]
    assert [names.index(row[1]) for row in rows] == found.reviews.labels.tolist()
    assert [names.index(row[3]) for row in rows] == found.logits.argmax(axis=1).tolist()
    np.testing.assert_array_equal(np.array([row[4:] for row in rows], np.float32), found.logits)
    figures = {file.stem for file in (folder / "figures").iterdir()}
    own = {"scores_by_class"} | ({"distances"} if ordered else set())
    assert figures == FIGURES - {"history", "accuracy_by_rating"} | own
    assert json.loads((folder / "metrics.json").read_text())["by_class"][-1]["auc"] is None


def test_vector_scaling_is_fitted_to_the_validation_reviews_of_the_run(monkeypatch):
    found, other = evaluation_of(3, seed=2), evaluation_of(3, seed=3)
    validation = Validation([], other.reviews.labels, other.logits * 4 + [0, 2, 0])
    monkeypatch.setattr(module, "read_validation", lambda folder: validation)
    labels, logits = found.reviews.labels, found.logits * 4 + [0, 2, 0]
    scaled = module.vector_scaled_metrics(found.run, labels, logits)
    factors, biases = fit_vector_scaling(validation.labels, validation.logits)
    assert scaled["log_loss"] == log_loss(labels, logits * factors + biases)
    assert scaled["log_loss"] < log_loss(labels, logits)
    assert scaled["accuracy_low"] < scaled["accuracy"] < scaled["accuracy_high"]
