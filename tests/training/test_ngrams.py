"""Training of n-gram classifiers: complete runs, the metrics of a network, and resuming."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from imdb_lstm.data.load import load_split
from imdb_lstm.errors import ConfigError
from imdb_lstm.metrics.classification import log_loss
from imdb_lstm.models.ngram_classifier import DAMPING
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.manifest import CHECKPOINT_FILE, NGRAM_FILES, verify
from imdb_lstm.runs.run import load_run
from imdb_lstm.training import ngrams
from imdb_lstm.training.reporter import Reporter
from imdb_lstm.training.results import did_not_learn
from imdb_lstm.training.train import train

pytestmark = pytest.mark.slow


def test_a_run_is_complete_and_its_card_does_not_describe_a_network(tiny_ngrams):
    assert {path.name for path in tiny_ngrams.iterdir()} == {*NGRAM_FILES, MANIFEST_FILE, "figures"}
    card = (tiny_ngrams / "MODEL_CARD.md").read_text(encoding="utf-8")
    parameters = read_metrics(tiny_ngrams)["parameters"]
    assert "# ngrams\n" in card and f"{parameters:,} parameters" in card
    assert "keras" not in card and "ooling" not in card


def test_a_run_measures_what_a_network_does(tiny_ngrams, tiny_run):
    metrics, network = read_metrics(tiny_ngrams), read_metrics(tiny_run)
    only_networks = {"best_epoch", "cut_share", "unknown_share", "padding_share"}
    assert set(metrics) == set(network) - only_networks
    assert metrics["validation"]["reviews"] == network["validation"]["reviews"]
    assert verify(tiny_ngrams)["reviews"] == verify(tiny_run)["reviews"]  # the same splits
    run = load_run(tiny_ngrams)
    assert metrics["parameters"] == len(run.model.weights) + 1
    validation = load_split(run.config, "validation")
    logits = run.predict_logits(validation.texts)
    assert metrics["validation"]["log_loss"] == pytest.approx(log_loss(validation.labels, logits))
    assert metrics["logit_std"] == pytest.approx(logits.std())
    assert not did_not_learn(metrics)


def test_it_is_trained_without_keras(tiny_config, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(replace(tiny_config, encoder="ngrams-nb").to_toml())
    code = (
        "import sys; from pathlib import Path; import imdb_lstm; "
        "run = imdb_lstm.train(config=sys.argv[1], name='run', output=sys.argv[2]); "
        "print(run.name, imdb_lstm.evaluate(run).metrics['reviews'], 'keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, config, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "run 12 False"


@pytest.mark.parametrize(("option", "value"), [("device", "gpu"), ("devices", "0,1")])
def test_a_gpu_is_refused(option, value, tiny_config, tmp_path):
    config = replace(tiny_config, encoder="ngrams-nb", **{option: value})
    with pytest.raises(ConfigError, match=f"trains on the processor: leave out --{option}$"):
        train(config, tmp_path, "run")
    assert not any(tmp_path.iterdir())


def test_an_interrupted_run_is_trained_again(tiny_ngrams, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    config = load_run(tiny_ngrams).config
    with monkeypatch.context() as patched:
        patched.setattr(ngrams, "fit_ngrams", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(config, tmp_path, "run")
    assert [path.name for path in tmp_path.iterdir()] == [".run.unfinished"]
    folder = train(config, tmp_path, "run", resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    models = [load_run(one).model for one in (folder, tiny_ngrams)]
    assert list(models[0].ngrams) == list(models[1].ngrams)
    np.testing.assert_array_equal(models[0].weights, models[1].weights)


def test_ngram_embeddings_are_trained_and_resumed_after_the_last_epoch(tiny_config, tmp_path):
    def interrupt(line):
        lines.append(line)
        if "epoch 3 of 8" in line:
            raise KeyboardInterrupt

    lines = []
    config = replace(tiny_config, encoder="ngrams-embedded")
    whole = load_run(train(config, tmp_path / "whole", "run"))
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "run", reporter=Reporter(line=interrupt))
    folder = train(config, tmp_path, "run", resume=True, reporter=Reporter(line=interrupt))
    epochs = [line for line in lines if line.startswith("n-gram embeddings: epoch")]
    assert [line.split()[3] for line in epochs] == list("12345678")
    run = load_run(folder)
    np.testing.assert_array_equal(run.model.weights, whole.model.weights)
    assert not (folder / CHECKPOINT_FILE).exists()
    assert run.model.damping == DAMPING
    assert run.predict_logits(["", "qwerty"]) == pytest.approx(run.model.bias)
    assert not did_not_learn(read_metrics(folder))
    assert "mean of n-gram embeddings" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
