"""Pruned runs: fewer units, nearly the same logits, and a run like any other to train on from."""

from dataclasses import replace

import numpy as np
import pytest

from imdb_lstm.config.values import load_config
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.evaluation.evaluate import evaluate
from imdb_lstm.inference.export.prune import prune
from imdb_lstm.inference.export.quantize import quantize
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.manifest import verify
from imdb_lstm.runs.run import load_run
from imdb_lstm.training.train import train

pytestmark = pytest.mark.slow  # each prunes a trained run


@pytest.fixture(scope="module")
def wide(tiny_config, tmp_path_factory):
    config = replace(
        tiny_config, encoder="bilstm", units=12, pooling="last+max+mean", learning_rate=0.02
    )
    return train(config, tmp_path_factory.mktemp("runs"), "wide")


def test_it_is_a_run_like_any_other_whose_figures_are_its_own(wide, tmp_path):
    done = prune(wide, 6, tmp_path / "narrow")
    before, after = load_run(wide), load_run(done.folder)
    assert after.config == replace(before.config, units=6)
    assert after.vocabulary.words == before.vocabulary.words
    assert verify(done.folder)["reviews"] == verify(wide)["reviews"]
    found = evaluate(done.folder, split="validation", device="cpu")
    assert found.metrics["accuracy"] == done.accuracy_after
    old, new = read_metrics(wide), read_metrics(done.folder)
    dim = before.config.embedding_dim
    lstm = {units: 2 * 4 * units * (dim + units + 1) for units in (12, 6)}
    assert old["parameters"] - new["parameters"] == lstm[12] - lstm[6] + 6 * 2 * 3
    assert new["pruned"] == {"units_before": 12, "units": 6}
    card = " ".join((done.folder / "MODEL_CARD.md").read_text(encoding="utf-8").split())
    assert "Pruned from 12 to 6 units" in card


def test_it_can_be_trained_on_and_quantized(wide, tmp_path):
    narrow = prune(wide, 6, tmp_path / "narrow").folder
    config = replace(load_config(narrow / "config.toml"), pretrained=str(narrow), epochs=1)
    trained = train(config, tmp_path, "trained")
    assert "pruned" not in read_metrics(trained)
    small = quantize(trained, tmp_path / "small", bits=4, device="cpu").folder
    assert load_run(small).config.units == 6


def test_the_embeddings_of_a_quantized_run_stay_as_they_are(wide, tmp_path):
    small = quantize(wide, tmp_path / "small", bits=8, device="cpu").folder
    narrow = prune(small, 6, tmp_path / "narrow").folder
    tables = [load_run(folder).network.words for folder in (small, narrow)]
    np.testing.assert_array_equal(tables[0].table, tables[1].table)
    assert read_metrics(narrow)["quantized"]["bits"] == 8
    assert read_metrics(narrow)["quantized"]["recurrent_bits"] == 32


def test_what_cannot_be_pruned_is_refused_and_nothing_is_written(
    wide, tiny_config, tiny_ngrams, tmp_path
):
    with pytest.raises(ConfigError, match="units must be from 1 to 11, not 12"):
        prune(wide, 12, tmp_path / "narrow")
    with pytest.raises(RunError, match="only a network can be pruned"):
        prune(tiny_ngrams, 2, tmp_path / "narrow")
    assert not list(tmp_path.iterdir())
    other = train(replace(tiny_config, encoder="bag", pooling="mean"), tmp_path, "other")
    with pytest.raises(RunError, match="only a network of one LSTM or GRU layer"):
        prune(other, 2, tmp_path / "narrow")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
