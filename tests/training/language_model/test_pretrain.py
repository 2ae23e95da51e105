"""Pretraining resumes with the same result wherever it stopped; training starts from it."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from matplotlib.figure import Figure
from resuming import (
    Interrupt,
    assert_same_language_model,
    assert_same_run,
    calling,
    language_model_rows,
    prepared,
)
from undrawn import DRAW

from imdb_lstm.errors import ConfigError, DataError, RunError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.pretrained import load_language_model, pretraining_folder
from imdb_lstm.runs.run import load_run
from imdb_lstm.training.language_model import pretrain
from imdb_lstm.training.language_model.corpus import read_corpus
from imdb_lstm.training.language_model.pretrain import (
    compiled_language_model,
    held_out_losses,
    pretrain_language_model,
)
from imdb_lstm.training.reporter import Reporter
from imdb_lstm.training.train import train

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def config(tiny_config):
    """Every dropout and the schedule at once: whatever is forgotten will show."""
    return replace(
        tiny_config, encoder="bilstm", batch_size=2, bptt_length=4, sampled_softmax_size=9,
        epochs=2, freeze_embeddings=False, weight_drop=0.2, embedding_dropout=0.2,
        output_dropout=0.2, learning_rate=0.02, warmup_fraction=0.1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    """A language model without an interruption, its figure drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", DRAW)
        return pretrain_language_model(config, tmp_path_factory.mktemp("whole"), "words")


@pytest.fixture
def every_step(monkeypatch):
    """A checkpoint after every step."""
    monkeypatch.setattr(pretrain, "SECONDS_BETWEEN", 0.0)


def stop_at(*steps):
    def watch(progress, tokens_per_second):
        if progress.step in steps:
            raise KeyboardInterrupt

    return watch


def steps_of(config):
    return config.epochs * read_corpus(config).train.steps


def test_interrupted_anywhere_it_resumes_to_the_same_weights(config, whole, tmp_path, every_step):
    steps = steps_of(config)
    for stop in (steps // 2, steps - 1):  # between two epochs, too
        with pytest.raises(KeyboardInterrupt):
            pretrain_language_model(config, tmp_path, "words", watch=stop_at(stop))
    assert_same_language_model(whole, pretrain_language_model(config, tmp_path, "words"))
    assert not pretraining_folder(tmp_path, "words").exists()


def test_steps_after_the_checkpoint_are_repeated(config, whole, tmp_path, monkeypatch):
    write, kept = pretrain.write_checkpoint, {3, 7}
    monkeypatch.setattr(pretrain, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(
        pretrain, "write_checkpoint", lambda *a: write(*a) if a[2]["step"] in kept else None
    )
    with pytest.raises(KeyboardInterrupt):
        pretrain_language_model(config, tmp_path, "words", watch=stop_at(9))
    lines = []
    assert_same_language_model(
        whole, pretrain_language_model(config, tmp_path, "words", reporter=Reporter(lines.append))
    )
    assert any("resuming at step 7 of" in line for line in lines)


def test_a_killed_process_resumes_to_the_same_weights(config, whole, tmp_path):
    (tmp_path / "config.toml").write_text(config.to_toml())
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from imdb_lstm.config.values import load_config\n"
        "from imdb_lstm.training.language_model import pretrain\n"
        "pretrain.SECONDS_BETWEEN = 0.0\n"
        "def watch(progress, speed):\n"
        "    if progress.step == 5:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "config = load_config(Path(sys.argv[1]))\n"
        "pretrain.pretrain_language_model(config, Path(sys.argv[2]), 'words', watch=watch)\n"
    )
    paths = [str(tmp_path / "config.toml"), str(tmp_path)]
    killed = subprocess.run(
        [sys.executable, "-c", code, *paths], capture_output=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert_same_language_model(whole, pretrain_language_model(config, tmp_path, "words"))


def test_minutes_stop_it_and_the_same_call_resumes(config, whole, tmp_path):
    assert pretrain_language_model(config, tmp_path, "words", minutes=1e-9) is None
    assert pretrain_language_model(config, tmp_path, "words", minutes=1e-9) is None
    lines = []
    last = pretrain_language_model(
        config, tmp_path, "words", minutes=60, reporter=Reporter(lines.append)
    )
    assert any("resuming at step 2 of" in line for line in lines)  # each call took one
    assert_same_language_model(whole, last)


def test_it_reports_what_it_measured(config, whole):
    metrics, history = read_metrics(whole), language_model_rows(whole)
    assert metrics["step"] == steps_of(config)
    assert metrics["tokens"] == metrics["step"] * config.batch_size * config.bptt_length
    assert float(history[-1]["held_out_forward"]) < float(history[0]["held_out_forward"])
    assert float(history[-1]["held_out_backward"]) < metrics["words"]
    assert (whole / "figures" / "perplexity.png").stat().st_size > 1000


def test_nothing_of_validation_or_test_is_read(config):
    corpus, examples = read_corpus(config), prepared(config)
    assert len(corpus.train.ids) + len(corpus.held_out.ids) == len(examples.train.ids) == 36
    assert len(examples.validation.ids) == 12


def test_held_out_losses_restore_the_states(config):
    corpus = read_corpus(config)
    model = compiled_language_model(config, corpus)
    model.train_on_batch(corpus.train.batch(0))
    before = [np.array(state) for direction in model.directions for state in direction.states]
    losses = held_out_losses(model, corpus.held_out)
    assert losses == held_out_losses(model, corpus.held_out) and len(losses) == 2
    after = [np.array(state) for direction in model.directions for state in direction.states]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.any()


def test_options_that_a_language_model_does_not_support_are_refused(config, tmp_path):
    for changed, message in (
        ({"encoder": "gru"}, "one layer of lstm or bilstm, not 1 of gru"),
        ({"layers": 2}, "not 2 of bilstm"),
        ({"optimizer": "sgd"}, "with adam, not sgd"),
    ):
        with pytest.raises(ConfigError, match=message):
            pretrain_language_model(replace(config, **changed), tmp_path, "words")


def test_too_few_reviews_for_the_streams_are_refused(config, tmp_path):
    with pytest.raises(DataError, match="too few reviews for 99 streams"):
        pretrain_language_model(replace(config, batch_size=99), tmp_path, "words")


@pytest.fixture(scope="module")
def finetuned(config, whole):
    """A classifier that starts from the language model, with gradual unfreezing."""
    return replace(
        config, pretrained=str(whole), batch_size=6, epochs=3, patience=3, gradual_unfreezing=0.5,
        layer_decay=0.5, pooling="last+max+mean", chunk_length=0,
    )  # fmt: skip


class Look(keras.callbacks.Callback):
    """Keeps the weights at the start, and the layers that each step has changed."""

    def weights(self):
        names = ("embedding", "encoder_1", "logit")
        return {name: self.model.get_layer(name).get_weights() for name in names}

    def on_train_begin(self, logs=None):
        self.changed = []
        self.first = self.before = self.weights()

    def on_train_batch_end(self, batch, logs=None):
        after = self.weights()
        pairs = {name: zip(after[name], self.before[name], strict=True) for name in after}
        self.changed.append({name for name in pairs if any((a != b).any() for a, b in pairs[name])})
        self.before = after


@pytest.fixture(scope="module")
def looked_at(finetuned, tmp_path_factory):
    """The run without an interruption, and what was seen of its training."""
    look = Look()
    return train(finetuned, tmp_path_factory.mktemp("tuned"), "run", reporter=calling(look)), look


def test_a_classifier_starts_with_its_words_embedding_and_encoder(
    finetuned, looked_at, whole, tmp_path
):
    language_model, (folder, look) = load_language_model(whole), looked_at
    np.testing.assert_array_equal(look.first["embedding"][0], language_model.weights["embedding"])
    np.testing.assert_array_equal(
        look.first["encoder_1"][4], language_model.weights["backward/recurrent_kernel"]
    )
    assert load_run(folder).vocabulary.words == language_model.vocabulary.words
    assert read_metrics(folder)["pretrained_on_same_split"] is True
    other = train(replace(finetuned, seed=1, epochs=1, gradual_unfreezing=0.0), tmp_path, "other")
    assert read_metrics(other)["pretrained_on_same_split"] is False


def test_lower_layers_are_unfrozen_later(finetuned, looked_at):
    changed = looked_at[1].changed
    steps = len(changed) // finetuned.epochs
    assert steps == 6
    assert changed[:3] == [{"logit"}] * 3
    assert changed[3:6] == [{"logit", "encoder_1"}] * 3
    assert changed[6:12] == [{"logit", "encoder_1", "embedding"}] * 6


def test_a_finetuned_run_resumes_with_the_same_result(finetuned, looked_at, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(finetuned, tmp_path, "run", reporter=calling(Interrupt(epoch=1)))
    assert_same_run(looked_at[0], train(finetuned, tmp_path, "run", resume=True))


def test_a_language_model_of_other_sizes_or_a_missing_one_is_refused(finetuned, tmp_path):
    with pytest.raises(ConfigError, match="trained with units = 5, not 6"):
        train(replace(finetuned, units=6), tmp_path, "run")
    with pytest.raises(RunError, match="no run named nowhere"):
        train(replace(finetuned, pretrained="nowhere"), tmp_path, "run")
