"""Averaged runs: the mean of the weights, of networks that have one, as a run like any other."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from hostile import agreed

from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.evaluation.evaluate import evaluate
from imdb_lstm.inference.export import average as module
from imdb_lstm.inference.export.average import average
from imdb_lstm.inference.export.quantize import quantize
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.learned import read_classes, read_learned, write_learned
from imdb_lstm.runs.run import load_run
from imdb_lstm.text.vocabulary import Vocabulary
from imdb_lstm.training.train import train

pytestmark = pytest.mark.slow  # each needs trained runs


@pytest.fixture(scope="module")
def pair(tiny_config, tmp_path_factory):
    """A run, and one that was trained on from it."""
    output = tmp_path_factory.mktemp("runs")
    first = train(tiny_config, output, "first")
    config = replace(tiny_config, pretrained=str(first), learning_rate=0.02, epochs=1)
    return first, train(config, output, "second")


def weights(folder):
    return {
        (name, path): array
        for name, layer in load_run(folder).network.layers.items()
        for path, array in layer.arrays.items()
        if "seed" not in path
    }


def test_every_weight_is_the_mean_and_the_figures_are_its_own(pair, tmp_path):
    done = average(pair, tmp_path / "mean")
    first, second, mean = (weights(folder) for folder in (*pair, done.folder))
    assert any((first[key] != second[key]).any() for key in first)
    for key, array in mean.items():
        np.testing.assert_allclose(array, (first[key] + second[key]) / 2, atol=1e-6)
    found = evaluate(done.folder, split="validation", device="cpu")
    assert found.metrics["accuracy"] == done.accuracy_after
    assert read_metrics(done.folder)["averaged"] == {"runs": ["first", "second"]}
    card = (done.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "mean of those of first and second" in " ".join(card.split())
    assert load_run(done.folder).config == load_run(pair[1]).config


def test_the_mean_has_learned_what_any_of_its_runs_has(pair, tmp_path):
    other = shutil.copytree(pair[0], tmp_path / "other")
    write_learned(other, read_classes(other), np.array([7], np.uint64))
    agreed(other)
    done = average([other, pair[1]], tmp_path / "mean")
    wanted = np.union1d(read_learned(pair[1]), np.array([7], np.uint64))
    np.testing.assert_array_equal(read_learned(done.folder), wanted)


def test_the_mean_of_a_run_and_itself_predicts_the_same(pair, tmp_path):
    done = average([pair[0], pair[0], pair[0]], tmp_path / "same")
    assert done.largest_change < 1e-5


def test_a_quantized_run_may_come_first(pair, tmp_path):
    small = quantize(pair[0], tmp_path / "small", device="cpu").folder
    done = average([small, pair[1]], tmp_path / "mean")
    table = load_run(done.folder).network.words.table
    rows = [
        load_run(folder).network.words.rows(np.arange(len(table))) for folder in (small, pair[1])
    ]
    np.testing.assert_allclose(table, np.mean(rows, axis=0), atol=1e-6)
    assert "quantized" not in read_metrics(done.folder)
    with pytest.raises(RunError, match="small is quantized: name the run that it was made from"):
        average([pair[1], small], tmp_path / "other")


def test_what_has_no_mean_is_refused_and_nothing_is_written(
    pair, tiny_ngrams, tmp_path, monkeypatch
):
    with pytest.raises(ConfigError, match="two runs or more"):
        average(pair[:1], tmp_path / "mean")
    with pytest.raises(RunError, match="only a network can be averaged"):
        average([pair[0], tiny_ngrams], tmp_path / "mean")
    own = load_run(pair[0])
    reviews = own.manifest["reviews"] | {"validation": "0"}
    others = {
        "wide": (replace(own, config=replace(own.config, units=6)), "wide.* = 6, and .*first 5"),
        "words": (replace(own, vocabulary=Vocabulary(["film"])), "other words or classes"),
        "seed": (replace(own, manifest={"reviews": reviews}), "has another validation split"),
    }
    monkeypatch.setattr(
        module, "load_run",
        lambda folder: replace(others[folder.name][0], folder=folder)
        if folder.name in others else load_run(folder),
    )  # fmt: skip
    for name, (_, match) in others.items():
        with pytest.raises(RunError, match=match):
            average([tmp_path / name, pair[0]], tmp_path / "mean")
    assert not list(tmp_path.iterdir())
