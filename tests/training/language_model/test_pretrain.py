"""Pretraining goes on as if nothing had happened, wherever stopped; training begins from it."""

import csv
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from test_train import Interrupt, assert_same_run

from imdb_lstm.errors import ConfigError, DataError, RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.pretrained import load_language_model, pretraining_folder
from imdb_lstm.runs.run import load_run
from imdb_lstm.training import checkpoints
from imdb_lstm.training.checkpoints import write_checkpoint
from imdb_lstm.training.language_model.corpus import read_corpus
from imdb_lstm.training.language_model.pretrain import compiled_language_model, held_out_losses, pretrain_language_model
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.train import train

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def float32_again():
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="module")
def config(tiny_config):
    """Every dropout and the schedule at once: whatever is forgotten will show."""
    return replace(
        tiny_config, encoder="bilstm", batch_size=2, window=4, candidates=9, epochs=2,
        freeze_embeddings=False, weight_drop=0.2, embedding_dropout=0.2, output_dropout=0.2,
        learning_rate=0.02, warmup_fraction=0.1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    """A language model that nobody interrupted."""
    return pretrain_language_model(config, tmp_path_factory.mktemp("whole"), "words")


@pytest.fixture
def every_step(monkeypatch):
    """A checkpoint after every step."""
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)


def rows(folder):
    """The history, but for the seconds."""
    with (folder / "history.csv").open(newline="") as stream:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]


def assert_same(one, other):
    first, second = (load_language_model(folder) for folder in (one, other))
    assert first.vocabulary.words == second.vocabulary.words
    assert first.weights.keys() == second.weights.keys()
    for name, weight in first.weights.items():
        np.testing.assert_array_equal(second.weights[name], weight, err_msg=name)
    assert rows(one) == rows(other)


def stop_at(*steps):
    def watch(progress, tokens_per_second):
        if progress.step in steps:
            raise KeyboardInterrupt

    return watch


def steps_of(config):
    return config.epochs * read_corpus(config).learned.steps


def test_interrupted_anywhere_it_goes_on_to_the_same_weights(config, whole, tmp_path, every_step):
    steps = steps_of(config)
    for stop in (1, steps // 2, steps - 1):  # between two epochs, too
        with pytest.raises(KeyboardInterrupt):
            pretrain_language_model(config, tmp_path, "words", watch=stop_at(stop))
    assert_same(whole, pretrain_language_model(config, tmp_path, "words"))
    assert not pretraining_folder(tmp_path, "words").exists()


def test_what_came_after_the_checkpoint_is_done_again(config, whole, tmp_path, monkeypatch):
    write = write_checkpoint
    kept = {3, 7}
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(
        checkpoints, "write", lambda f, m, p: write(f, m, p) if p["step"] in kept else None
    )
    with pytest.raises(KeyboardInterrupt):
        pretrain_language_model(config, tmp_path, "words", watch=stop_at(9))
    said = []
    assert_same(whole, pretrain_language_model(config, tmp_path, "words", report=said.append))
    assert any("going on at step 7 of" in line for line in said)


def test_a_killed_process_goes_on_to_the_same_weights(config, whole, tmp_path):
    (tmp_path / "config.toml").write_text(config.to_toml())
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from imdb_lstm import language_training\n"
        "from imdb_lstm.config import load_config\n"
        "language_training.checkpoints.SECONDS_BETWEEN = 0.0\n"
        "def watch(progress, speed):\n"
        "    if progress.step == 5:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "config = load_config(Path(sys.argv[1]))\n"
        "language_training.pretrain_language_model(\n"
        "    config, Path(sys.argv[2]), 'words', watch=watch)\n"
    )
    paths = [str(tmp_path / "config.toml"), str(tmp_path)]
    killed = subprocess.run(
        [sys.executable, "-c", code, *paths], capture_output=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert_same(whole, pretrain_language_model(config, tmp_path, "words"))


def test_minutes_stop_it_and_the_same_call_goes_on(config, whole, tmp_path):
    assert pretrain_language_model(config, tmp_path, "words", minutes=1e-9) is None
    assert pretrain_language_model(config, tmp_path, "words", minutes=1e-9) is None
    said = []
    last = pretrain_language_model(config, tmp_path, "words", minutes=60, report=said.append)
    assert any("going on at step 2 of" in line for line in said)  # each call took one
    assert_same(whole, last)


def test_it_tells_what_it_learned(config, whole):
    metrics, history = read_metrics(whole), rows(whole)
    assert metrics["step"] == steps_of(config)
    assert metrics["tokens"] == metrics["step"] * config.batch_size * config.bptt_length
    assert float(history[-1]["held_out_forward"]) < float(history[0]["held_out_forward"])
    assert float(history[-1]["held_out_backward"]) < metrics["words"]
    assert (whole / "figures" / "perplexity.png").stat().st_size > 1000


def test_nothing_of_validation_or_test_is_read(config):
    words = read_corpus(config)
    train, validation = (prepare(config).train.ids, prepare(config).validation.ids)
    assert len(words.learned.ids) + len(words.held_out.ids) == len(train) == 36
    assert len(validation) == 12


def test_held_out_losses_leave_the_states_as_they_were(config):
    words = read_corpus(config)
    model = compiled_language_model(config, words)
    model.train_on_batch(words.learned.batch(0))
    before = [np.array(state) for direction in model.directions for state in direction.states]
    losses = held_out_losses(model, words.held_out)
    assert losses == held_out_losses(model, words.held_out) and len(losses) == 2
    after = [np.array(state) for direction in model.directions for state in direction.states]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.any()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"encoder": "gru"}, "one layer of lstm or bilstm, not 1 of gru"),
        ({"layers": 2}, "not 2 of bilstm"),
        ({"optimizer": "sgd"}, "by adam, not sgd"),
    ],
)
def test_what_a_language_model_does_not_have_is_refused(config, tmp_path, changed, said):
    with pytest.raises(ConfigError, match=said):
        pretrain_language_model(replace(config, **changed), tmp_path, "words")


def test_too_few_reviews_for_so_many_streams_are_refused(config, tmp_path):
    with pytest.raises(DataError, match="too few reviews for 99 streams"):
        pretrain_language_model(replace(config, batch_size=99), tmp_path, "words")


@pytest.fixture(scope="module")
def finetuned(config, whole):
    """A classifier that begins from the language model, by depth."""
    return replace(
        config, pretrained=str(whole), batch_size=6, epochs=3, patience=3, gradual_unfreezing=0.5,
        layer_decay=0.5, pooling="last+max+mean", chunk_length=0,
    )  # fmt: skip


def test_a_classifier_begins_with_words_embedding_and_encoder(finetuned, whole, tmp_path):
    language, begun = load_language_model(whole), {}

    class Look(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            for name in ("embedding", "encoder_1"):
                begun[name] = self.model.get_layer(name).get_weights()

    folder = train(finetuned, tmp_path, "run", callbacks=[Look()])
    np.testing.assert_array_equal(begun["embedding"][0], language.weights["embedding"])
    np.testing.assert_array_equal(
        begun["encoder_1"][4], language.weights["backward/recurrent_kernel"]
    )
    run = load_run(folder)
    assert run.vocabulary.words == language.vocabulary.words
    assert read_metrics(folder)["pretrained_on_same_split"] is True
    other = train(replace(finetuned, seed=1, epochs=1), tmp_path, "other")
    assert read_metrics(other)["pretrained_on_same_split"] is False


def test_lower_layers_begin_to_learn_later(finetuned, tmp_path):
    seen = []

    class Look(keras.callbacks.Callback):
        def weights(self):
            names = ("embedding", "encoder_1", "logit")
            return {name: self.model.get_layer(name).get_weights() for name in names}

        def on_train_begin(self, logs=None):
            self.before = self.weights()

        def on_train_batch_end(self, batch, logs=None):
            after = self.weights()
            pairs = {name: zip(after[name], self.before[name], strict=True) for name in after}
            seen.append({name for name in pairs if any((a != b).any() for a, b in pairs[name])})
            self.before = after

    train(finetuned, tmp_path, "run", callbacks=[Look()])
    steps = len(seen) // finetuned.epochs
    assert steps == 6
    assert seen[:3] == [{"logit"}] * 3
    assert seen[3:6] == [{"logit", "encoder_1"}] * 3
    assert seen[6:12] == [{"logit", "encoder_1", "embedding"}] * 6


def test_a_finetuned_run_goes_on_as_if_nothing_had_happened(finetuned, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(finetuned, tmp_path, "run", callbacks=[Interrupt(epoch=1)])
    resumed = train(finetuned, tmp_path, "run", resume=True)
    assert_same_run(train(finetuned, tmp_path, "whole"), resumed)


def test_a_language_model_that_does_not_suit_or_is_not_there_is_refused(finetuned, tmp_path):
    with pytest.raises(ConfigError, match="pretrained with units = 5, not 6"):
        train(replace(finetuned, units=6), tmp_path, "run")
    with pytest.raises(RunError, match="nowhere is no finished run"):
        train(replace(finetuned, pretrained="nowhere"), tmp_path, "run")
