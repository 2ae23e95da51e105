"""Evaluation: which reviews are asked for, metrics that agree with the logits, what is written."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import tiny_rows, write_csv

from imdb_lstm import artifacts
from imdb_lstm.config import Config, load_config
from imdb_lstm.data import load_split
from imdb_lstm.errors import ConfigError, DataError, OutputError, RunError
from imdb_lstm.evaluate import _check_unchanged, evaluate, figures, question, write
from imdb_lstm.predict import load

FIGURES = {
    "history", "confusion_matrix", "calibration", "score_histogram", "accuracy_by_length",
    "roc_and_precision_recall", "accuracy_by_rating",
}  # fmt: skip


@pytest.fixture(scope="module")
def evaluation(tiny_run):
    return evaluate(tiny_run, device="cpu")


@pytest.mark.parametrize(
    ("data", "split", "asked_data", "asked_split"),
    [
        (None, None, "mine.csv", "test"),
        (None, "train", "mine.csv", "train"),
        ("mine.csv", None, "mine.csv", "test"),
        ("yours.csv", None, "yours.csv", "all"),
        ("yours.csv", "validation", "yours.csv", "validation"),
        ("imdb", None, "imdb", "test"),
        ("sample", None, "sample", "test"),
        ("sample", "all", "sample", "all"),
    ],
)
def test_the_default_is_the_test_split_or_all_of_another_file(data, split, asked_data, asked_split):
    config = Config(data="mine.csv", text_column="review")
    assert question(config, data, split, {}) == (replace(config, data=asked_data), asked_split)


def test_the_test_reviews_are_those_that_training_never_saw(evaluation, tiny_config):
    seen = [load_split(tiny_config, split) for split in ("train", "validation")]
    texts = {text for part in seen for text in part.texts}
    assert not texts & set(evaluation.reviews.texts)
    assert texts | set(evaluation.reviews.texts) == {text for text, _, _ in tiny_rows()}
    assert evaluation.split == "test"


def test_the_validation_metrics_are_those_of_training(tiny_run):
    metrics = evaluate(tiny_run, split="validation", device="cpu").metrics
    trained = artifacts.read_metrics(tiny_run)["validation"]
    for name in ("reviews", "accuracy", "log_loss", "auc", "brier_score"):
        assert metrics[name] == pytest.approx(trained[name], rel=1e-5)


def test_the_logits_are_those_of_prediction(evaluation, tiny_run):
    logits = load(tiny_run, "cpu").predict_logits(evaluation.reviews.texts)
    np.testing.assert_allclose(evaluation.logits, logits, rtol=1e-5, atol=1e-6)


def test_the_metrics_are_those_of_the_logits(evaluation):
    labels, metrics = evaluation.reviews.labels, evaluation.metrics
    right = (evaluation.logits > 0) == labels
    assert metrics["reviews"] == len(labels) == 12
    assert metrics["accuracy"] == pytest.approx(right.mean())
    loss = np.logaddexp(0, np.where(labels, -1, 1) * evaluation.logits).mean()
    assert metrics["log_loss"] == pytest.approx(loss, rel=1e-5)
    for table in ("by_length", "by_rating"):
        assert sum(row["reviews"] for row in metrics[table]) == 12
        weighted = sum(row["reviews"] * row["accuracy"] for row in metrics[table])
        assert weighted == pytest.approx(right.sum())


def test_another_file_is_read_whole_with_the_runs_columns(tiny_run, tmp_path):
    path = write_csv(tmp_path / "other.csv", [("great joy", "pos"), ("bad", "neg")] * 3,
                     ("text", "label"))  # fmt: skip
    found = evaluate(tiny_run, str(path), device="cpu")
    assert (found.split, len(found.reviews)) == ("all", 6)
    assert found.metrics["data"] == "other.csv"
    assert found.metrics["by_rating"] == []


def test_a_file_may_name_columns_and_labels_unlike_the_runs(tiny_run, tmp_path):
    rows = [("great joy", "gut", 9), ("a waste", "schlecht", 2), ("bad", "schlecht", 1)]
    path = write_csv(tmp_path / "other.csv", rows, ("review", "verdict", "stars"))
    named = {
        "text_column": "review", "label_column": "verdict", "rating_column": "stars",
        "positive_label": "gut", "negative_label": "schlecht",
    }  # fmt: skip
    found = evaluate(tiny_run, str(path), device="cpu", **named)
    assert found.reviews.texts == [text for text, _, _ in rows]
    assert found.reviews.labels.tolist() == [1, 0, 0]
    assert found.reviews.ratings.tolist() == [9, 2, 1]
    with pytest.raises(ConfigError, match="did you mean 'text_column'"):
        evaluate(tiny_run, str(path), device="cpu", text_colum="review")


def test_reviews_of_one_label_have_no_curve_but_all_the_rest(tiny_run, tmp_path):
    path = write_csv(tmp_path / "one.csv", [("great", "pos", 9), ("a joy", "pos", 8)])
    found = evaluate(tiny_run, str(path), device="cpu")
    assert found.metrics["auc"] is None
    assert set(figures(found)) == FIGURES - {"roc_and_precision_recall"}


def test_evaluating_writes_nothing_and_writing_harms_no_run(home):
    run = home / "saved_models" / "tiny"
    before = sorted(run.rglob("*"))
    found = evaluate(run, device="cpu")
    assert sorted(run.rglob("*")) == before
    (run / "evaluation" / "tiny-test" / "figures").mkdir(parents=True)  # as an earlier time would
    assert write(found) == run / "evaluation" / "tiny-test"
    artifacts.check(run)


def test_what_is_written_agrees_with_the_evaluation(evaluation, tmp_path):
    folder = write(evaluation, tmp_path / "new" / "folder")
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
    assert [int(row["label"]) for row in rows] == evaluation.reviews.labels.tolist()
    assert [int(row["rating"]) for row in rows] == evaluation.reviews.ratings.tolist()
    np.testing.assert_allclose([float(row["logit"]) for row in rows], evaluation.logits, rtol=1e-5)


def test_reviews_that_are_not_there_are_refused(tiny_run, tmp_path):
    with pytest.raises(DataError, match=r"nope\.csv: no such file"):
        evaluate(tiny_run, str(tmp_path / "nope.csv"), device="cpu")
    path = write_csv(tmp_path / "a.csv", [("great", "pos", "train"), ("bad", "neg", "train")] * 9,
                     ("text", "label", "split"))  # fmt: skip
    with pytest.raises(DataError, match=r"a\.csv has no test reviews"):
        evaluate(tiny_run, str(path), "test", device="cpu")


def test_a_damaged_run_is_refused_before_its_network_is_read(home):
    run = home / "saved_models" / "tiny"
    (run / "model.keras").write_bytes(b"not a model")
    with pytest.raises(RunError, match=r"tiny is damaged: model\.keras"):
        evaluate(run, device="cpu")


def test_a_folder_that_cannot_be_made_is_named(evaluation, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file"):
        write(evaluation, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_file_that_changed_since_training_is_refused(home, tiny_csv, tmp_path):
    changed = tmp_path / tiny_csv.name
    rows = tiny_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    changed.write_text("".join([rows[0], *reversed(rows[1:])]), encoding="utf-8")
    config = replace(load_config(home / "saved_models" / "tiny" / "config.toml"), data=str(changed))
    run = replace(artifacts.load_run(home / "saved_models" / "tiny"), config=config)
    with pytest.raises(DataError, match="has changed since"):
        _check_unchanged(run, config)
