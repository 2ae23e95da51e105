"""Comparison of runs: reviews are read once, and the files agree with the logits."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from several import evaluation_of
from tiny_world import tiny_rows, write_csv

from imdb_lstm.cli import main
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.evaluation import held_out
from imdb_lstm.evaluation.compare import (
    compare_runs,
    comparison_folder,
    comparison_rows,
    discordant,
    write_comparison,
)
from imdb_lstm.evaluation.evaluate import check_same_reviews, evaluate, mcnemar_tests
from imdb_lstm.evaluation.held_out import HeldOut
from imdb_lstm.metrics.logits import own_log_odds
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.find import find_run
from imdb_lstm.training.train import train

FIGURES = {"accuracy", "coverage", "accuracy_by_seconds", "accuracy_by_parameters"}


@pytest.fixture(scope="module")
def pair(tiny_run, tiny_ngrams):
    return compare_runs([tiny_run, tiny_ngrams], device="cpu")


@pytest.fixture(scope="module")
def made(pair):
    """The same with other logits: the verdicts differ on reviews 0, 3 and 4."""
    one = np.full(12, 5.0)
    other = one.copy()
    other[[0, 3, 4]] = -1.0, -9.0, -0.5
    logits = one, other * 4
    scaled = [
        replace(each, logits=values, metrics=each.metrics | {"temperature": temperature})
        for each, values, temperature in zip(pair, logits, (1.0, 4.0), strict=True)
    ]
    return scaled


def test_every_run_has_its_own_evaluation(pair, tiny_run, tiny_ngrams):
    for found, run in zip(pair, (tiny_run, tiny_ngrams), strict=True):
        alone = evaluate(run, device="cpu")
        assert found.metrics == alone.metrics
        assert found.run == run
        assert found.seconds > 0


@pytest.mark.slow
def test_shared_reviews_are_read_once(pair, tiny_run, tiny_ngrams, monkeypatch):
    assert pair[0].reviews is pair[1].reviews
    shared = HeldOut([tiny_run, tiny_ngrams])
    for split in ("test", "validation"):
        alone = evaluate(tiny_run, split=split, device="cpu", held_out=shared)
        assert len(alone.reviews) == 12 and alone.split == split
    evaluate(tiny_ngrams, "challenge", device="cpu", held_out=shared)
    monkeypatch.setattr(held_out, "load_split", None)
    monkeypatch.setattr(held_out, "load_splits", None)
    evaluate(tiny_run, "challenge", device="cpu", held_out=shared)
    evaluate(tiny_ngrams, device="cpu", held_out=shared)


def test_rows_hold_metrics_and_file_sizes(pair, tiny_run, tiny_ngrams):
    rows = comparison_rows(pair)
    assert [row["run"] for row in rows] == ["tiny", "ngrams"]
    for row, found in zip(rows, pair, strict=True):
        trained = read_metrics(found.run)
        assert row["accuracy"] == found.metrics["accuracy"]
        assert row["temperature_scaled"] == found.metrics["temperature_scaled"]
        assert (row["seconds"], row["parameters"]) == (trained["seconds"], trained["parameters"])
        assert row["reviews_per_second"] == pytest.approx(12 / found.seconds)
    files = (tiny_run / "model.keras", tiny_ngrams / "ngrams.npz")
    assert [row["megabytes"] * 1e6 for row in rows] == [f.stat().st_size for f in files]


def test_discordant_reviews_are_sorted_by_scaled_logit_range(made):
    """Four times the logits at four times the temperature are equal."""
    indices, ranges = discordant(made)
    assert indices.tolist() == [3, 0, 4]
    assert ranges.tolist() == [14.0, 6.0, 5.5]
    same = [made[0], replace(made[0], run=made[1].run)]
    assert discordant(same)[0].shape == (0,)


@pytest.mark.slow
@pytest.mark.parametrize("texts", [False, True])
def test_the_files_agree_with_the_evaluations(made, tmp_path, texts):
    folder = write_comparison(made, tmp_path / "new" / "folder", texts)
    assert {path.name for path in folder.iterdir()} == {
        "figures", "comparison.json", "discordant.csv",
    }  # fmt: skip
    assert {path.stem for path in (folder / "figures").iterdir()} == FIGURES
    written = json.loads((folder / "comparison.json").read_text())
    assert written["runs"] == comparison_rows(made)
    assert written["mcnemar"] == mcnemar_tests(made)
    assert (written["discordant"], written["data"], written["split"]) == (3, "tiny.csv", "test")
    with (folder / "discordant.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    reviews = made[0].reviews
    assert [row["name"] for row in rows] == [reviews.names[i] for i in (3, 0, 4)]
    labels = [reviews.classes.names[i] for i in reviews.labels[[3, 0, 4]]]
    assert [row["label"] for row in rows] == labels
    assert [float(row["logit of ngrams"]) for row in rows] == [-36.0, -4.0, -2.0]
    found = [row.get("text") for row in rows]
    assert found == ([reviews.texts[i] for i in (3, 0, 4)] if texts else [None] * 3)


@pytest.mark.slow
def test_a_comparison_is_not_found_as_a_run(made, home):
    folder = comparison_folder(made, home / "saved_models")
    assert folder == home / "saved_models" / "comparison" / "tiny+ngrams" / "tiny-test"
    write_comparison(made, folder)
    assert find_run(None, home / "saved_models").name == "tiny"


@pytest.mark.slow
def test_runs_that_cannot_be_compared_are_refused(tiny_run, tiny_ngrams, tiny_config, tmp_path):
    with pytest.raises(ConfigError, match="two or more runs"):
        compare_runs([tiny_run])
    with pytest.raises(ConfigError, match="two of the runs are named tiny"):
        compare_runs([tiny_run, tiny_ngrams, tiny_run])
    rows = [(f"{text} Indeed.", label, rating) for text, label, rating in tiny_rows()]
    config = replace(tiny_config, data=str(write_csv(tmp_path / "other.csv", rows)))
    other = train(replace(config, encoder="ngrams-nb"), tmp_path, "other")
    with pytest.raises(ConfigError, match="ngrams and other read different test reviews"):
        compare_runs([tiny_ngrams, other], device="cpu")
    with pytest.raises(RunError, match="nonesuch is not a finished run"):
        compare_runs([tiny_ngrams, tmp_path / "nonesuch"], device="cpu")


@pytest.mark.slow
def test_runs_are_compared_by_a_command(home, tiny_ngrams, capsys):
    shutil.copytree(tiny_ngrams, "saved_models/words")
    assert main(["compare", "tiny", "words"]) == 0
    printed = capsys.readouterr().out
    for part in ("12 (tiny.csv, test)", "parameters", "p, McNemar", "words"):
        assert part in printed
    folder = "saved_models/comparison/tiny+words/tiny-test"
    assert f"written to {folder}\n" in printed
    assert (home / folder / "discordant.csv").exists()
    words = "compare tiny words --data challenge --texts --output apart"
    assert main(words.split()) == 0
    assert "text" in (home / "apart" / "discordant.csv").read_text().splitlines()[0].split(",")


@pytest.mark.slow
def test_discordant_reviews_of_several_classes_are_sorted_by_the_log_odds_of_the_label(tmp_path):
    runs = [evaluation_of(4, ordered=True, run=name, seed=seed)
            for seed, name in ((1, "one"), (2, "other"))]  # fmt: skip
    labels = runs[0].reviews.labels
    said = np.stack([each.logits.argmax(axis=1) for each in runs])
    odds = np.stack([own_log_odds(labels, each.logits / 1.25) for each in runs])
    indices, ranges = discordant(runs)
    assert set(indices) == set(np.flatnonzero(said[0] != said[1])) and len(indices) > 5
    np.testing.assert_array_equal(ranges, np.sort(np.abs(odds[0] - odds[1])[indices])[::-1])
    for each in runs:
        write_trained(tmp_path / each.name)
    runs = [replace(each, run=tmp_path / each.name) for each in runs]
    folder = write_comparison(runs, tmp_path / "out")
    with (folder / "discordant.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    names = runs[0].metrics["classes"]
    for index, row in zip(indices, rows, strict=True):
        assert row["verdict of other"] == names[said[1, index]]
        assert float(row["log-odds of one"]) == pytest.approx(odds[0, index], rel=1e-4)
    for row, each in zip(comparison_rows(runs), runs, strict=True):
        for key in ("macro_f1", "balanced_accuracy", "mean_absolute_error", "quadratic_kappa"):
            assert row[key] == each.metrics[key]


def write_trained(folder):
    """What a comparison reads of a run: its cost and the size of its model."""
    folder.mkdir()
    (folder / "metrics.json").write_text('{"seconds": 1, "parameters": 9}')
    (folder / "ngrams.npz").write_bytes(b"weights")


def test_runs_of_other_classes_are_not_compared():
    one, other = evaluation_of(3, ("a", "b", "c")), evaluation_of(3, ("c", "b", "a"), run="turned")
    with pytest.raises(ConfigError, match="run has the classes a, b and c, and turned c, b and a"):
        check_same_reviews([one, other])
    with pytest.raises(ConfigError, match="so they cannot be compared"):
        check_same_reviews([one, evaluation_of(4)])
    good = evaluation_of(3, ("bad", "neutral", "good"))
    check_same_reviews([good, evaluation_of(3, ("negativ", "neutral", "positiv"))])
