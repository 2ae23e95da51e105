"""A killed run resumes with the same result; the best weights are restored; seeds decide."""

import csv
import os
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pytest
from resuming import (
    Count,
    Interrupt,
    InterruptAtTheEnd,
    assert_same_run,
    calling,
    history,
    prepared,
)
from tiny_world import write_csv

from imdb_lstm.errors import RunError
from imdb_lstm.metrics.classification import evaluate_logits, log_loss
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.manifest import CHECKPOINT_FILE
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.unfinished import find_unfinished, unfinished_folder
from imdb_lstm.training import checkpoints, token_augmentation
from imdb_lstm.training.results import did_not_learn
from imdb_lstm.training.train import train

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def plain(tiny_config):
    """Every dropout, momentum and schedule at once: whatever is forgotten will show."""
    return replace(
        tiny_config, encoder="bag", pooling="attention", epochs=3, patience=3, batch_size=6,
        learning_rate=0.02, schedule="cosine", warmup_fraction=0.2, word_dropout=0.2,
        embedding_dropout=0.3, recurrent_dropout=0.2, output_dropout=0.4,
    )  # fmt: skip


@pytest.fixture(scope="module")
def recurrent(plain):
    """The same with a recurrent encoder and DropConnect."""
    return replace(plain, encoder="gru", recurrent_dropout=0.0, weight_drop=0.3)


@pytest.fixture
def augmented(plain, tmp_path, monkeypatch):
    """The same with extra reviews and every augmentation, in a world of few words."""
    for name, value in (("MINIMUM_REVIEWS", 1), ("MINIMUM_COSINE", -1), ("LABEL_TOLERANCE", 9)):
        monkeypatch.setattr(token_augmentation, name, value)
    rows = [("One more joy.", 1), ("Another waste.", 0)]
    path = write_csv(tmp_path / "more.csv", rows, ("text", "label"))
    return replace(plain, swap=0.3, deletion=0.2, substitution=0.5, extra_reviews=str(path))


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The run of a config without an interruption, trained once however often it is asked for."""
    return cache(lambda config: train(config, tmp_path_factory.mktemp("whole"), "run"))


@pytest.fixture(scope="module")
def whole(plain, uninterrupted):
    """A plain run without an interruption."""
    return uninterrupted(plain)


@pytest.fixture(scope="module")
def contrary(tiny_config, tmp_path_factory):
    """Validation labels are the wrong way round, so that learning makes the loss rise."""
    folder = tmp_path_factory.mktemp("contrary")
    rows = [("text", "label", "split")]
    for number in range(24):
        word, label = (("lovely", 1), ("dreadful", 0))[number % 2]
        rows.append((f"Film {number} was {word}.", label, "train"))
        rows.append((f"Show {number} was {word}.", 1 - label, "valid"))
    with (folder / "contrary.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return replace(
        tiny_config, data=str(folder / "contrary.csv"), encoder="bag", epochs=9, patience=2,
        learning_rate=0.1, word_dropout=0.0, label_smoothing=0.0,
    )  # fmt: skip


def validation_loss(folder):
    """The log loss of a saved run on the reviews it was validated on."""
    run = load_run(folder)
    examples = prepared(run.config)
    logits = run.network.logits(examples.validation.ids)
    return log_loss(examples.validation_labels, logits)


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [0, 1])
def test_an_interrupted_run_resumes_with_the_same_result(plain, whole, tmp_path, epoch):
    with pytest.raises(KeyboardInterrupt):
        train(plain, tmp_path, "run", reporter=calling(Interrupt(epoch)))
    folder = unfinished_folder(tmp_path, "run")
    assert (folder / CHECKPOINT_FILE).exists() == (epoch > 0)
    assert find_unfinished(tmp_path, None) == ("run", plain)
    assert_same_run(whole, train(plain, tmp_path, "run", resume=True))
    assert not folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize(("world", "epoch"), [("plain", 0), ("plain", 1), ("augmented", 1)])
def test_a_run_resumes_within_an_epoch(
    world, epoch, request, whole, uninterrupted, tmp_path, monkeypatch
):
    config = request.getfixturevalue(world)
    expected = uninterrupted(config)
    assert (history(expected)["loss"] == history(whole)["loss"]) == (world == "plain")
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "run", reporter=calling(Interrupt(epoch)))
    seen = Count()
    assert_same_run(expected, train(config, tmp_path, "run", resume=True, reporter=calling(seen)))
    steps = len(prepared(config).train)
    assert seen.batches == (config.epochs - epoch) * steps - 3


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"encoder": "lstm", "recurrent_dropout": 0.3}])
def test_a_run_resumes_where_batches_are_equally_wide(options, tiny_config, tmp_path, monkeypatch):
    """Word dropout draws as many numbers as a batch has places, recurrent dropout in any batch."""
    config = replace(tiny_config, **options)
    uninterrupted = train(config, tmp_path, "whole")
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "run", reporter=calling(Interrupt(1, 1)))
    assert_same_run(uninterrupted, train(config, tmp_path, "run", resume=True))


@pytest.mark.slow
def test_a_changed_file_of_extra_reviews_is_refused(augmented, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(augmented, tmp_path, "run", reporter=calling(Interrupt(epoch=0)))
    write_csv(
        tmp_path / "more.csv", [("One more joy.", 0), ("Another waste.", 0)], ("text", "label")
    )
    with pytest.raises(RunError, match=r"more\.csv has changed since"):
        train(augmented, tmp_path, "run", resume=True)


@pytest.mark.slow
def test_a_killed_process_resumes_with_the_same_result(recurrent, uninterrupted, tmp_path):
    """Within an epoch, as above."""
    (tmp_path / "config.toml").write_text(recurrent.to_toml())
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "sys.path[:0] = sys.argv[3:]\n"
        "from resuming import Interrupt, calling\n"
        "from imdb_lstm.config.values import load_config\n"
        "from imdb_lstm.training import checkpoints\n"
        "from imdb_lstm.training.train import train\n"
        "checkpoints.SECONDS_BETWEEN = 0.0\n"
        "Interrupt.stop = lambda self: os.kill(os.getpid(), signal.SIGKILL)\n"
        "config = load_config(Path(sys.argv[1]))\n"
        "train(config, Path(sys.argv[2]), 'run', reporter=calling(Interrupt(epoch=1)))\n"
    )
    paths = [str(tmp_path / "config.toml"), str(tmp_path), str(ROOT), str(ROOT / "tests")]
    killed = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert (unfinished_folder(tmp_path, "run") / CHECKPOINT_FILE).exists()
    seen = Count()
    resumed = train(recurrent, tmp_path, "run", resume=True, reporter=calling(seen))
    assert_same_run(uninterrupted(recurrent), resumed)
    assert seen.batches == (recurrent.epochs - 1) * len(prepared(recurrent).train) - 3


@pytest.mark.slow
def test_early_stopping_restores_the_best_weights(contrary, tmp_path):
    folder = train(contrary, tmp_path, "run")
    losses = history(folder)["validation_loss"]
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + contrary.patience < contrary.epochs
    assert losses[-1] > losses[best] + 1e-3
    assert validation_loss(folder) == pytest.approx(losses[best], abs=1e-5)
    metrics = read_metrics(folder)
    assert metrics["best_epoch"] == best + 1
    assert metrics["validation"]["log_loss"] == pytest.approx(losses[best], abs=1e-5)


@pytest.mark.slow
def test_a_run_killed_after_it_had_stopped_only_restores_its_best_weights(contrary, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(contrary, tmp_path, "run", reporter=calling(InterruptAtTheEnd()))
    folder = train(contrary, tmp_path, "run", resume=True, reporter=calling(Interrupt(0, 0)))
    losses = history(folder)["validation_loss"]
    assert len(losses) < contrary.epochs
    assert validation_loss(folder) == pytest.approx(min(losses), abs=1e-5)


@pytest.mark.slow
def test_another_seed_makes_another_run(plain, whole, tmp_path):
    """That the same seed makes the same run, an interrupt in the first epoch has shown above."""
    other = train(replace(plain, seed=7), tmp_path, "other")
    assert history(other)["loss"] != history(whole)["loss"]


@pytest.mark.slow
def test_a_run_learns_the_tiny_world(tiny_config, tmp_path):
    config = replace(
        tiny_config, encoder="bag", epochs=8, patience=8, learning_rate=0.1, label_smoothing=0.0,
        word_dropout=0.0, embedding_dropout=0.0, output_dropout=0.0, freeze_embeddings=False,
    )  # fmt: skip
    metrics = read_metrics(train(config, tmp_path, "run"))
    assert metrics["validation"]["accuracy"] == 1.0
    assert metrics["validation"]["reviews"] == 12
    assert metrics["train_reviews"] == 36
    assert not did_not_learn(metrics)


@pytest.mark.slow
@pytest.mark.parametrize("options", [
    {"label_smoothing": 0.3}, {"class_weights": True, "label_smoothing": 0.1},
], ids=["smoothed", "weighted"])  # fmt: skip
def test_the_history_has_the_log_loss_that_the_run_reports(options, tiny_config, tmp_path):
    """That of the labels as they are; the loss that is minimised is another number."""
    config = replace(
        tiny_config, encoder="bag", epochs=6, patience=6, learning_rate=0.1, word_dropout=0.0,
        embedding_dropout=0.0, output_dropout=0.0, freeze_embeddings=False, **options,
    )  # fmt: skip
    run = train(config, tmp_path, "run")
    metrics = read_metrics(run)
    found, best = history(run), metrics["best_epoch"] - 1
    measured = metrics["validation"]
    assert found["validation_log_loss"][best] == pytest.approx(measured["log_loss"], abs=2e-5)
    assert found["validation_accuracy"][best] == pytest.approx(measured["accuracy"], abs=1e-5)
    assert best == np.argmin(found["validation_loss"])
    assert abs(found["validation_loss"][best] - measured["log_loss"]) > 0.01


def test_not_learning_is_distinguished_from_learning():
    labels = np.array([1] * 60 + [0] * 40)
    right, wrong = np.where(labels, 2.0, -2.0), np.full(100, 2.0)
    lucky = np.where(
        np.arange(100) < 65, right, wrong
    )  # 65 % right; always predicting positive gives 60 %
    for logits, expected in ((right, False), (wrong, True), (-right, True), (lucky, True)):
        assert did_not_learn({"validation": evaluate_logits(labels, logits)}) is expected
        assert did_not_learn({"validation": evaluate_logits(1 - labels, -logits)}) is expected


@pytest.mark.slow
def test_a_damaged_checkpoint_another_config_and_a_name_in_use_are_refused(contrary, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(contrary, tmp_path, "run", reporter=calling(Interrupt(epoch=1)))
    with pytest.raises(RunError, match="is unfinished"):
        train(contrary, tmp_path, "run")
    with pytest.raises(RunError, match="other values of units"):
        train(replace(contrary, units=6), tmp_path, "run", resume=True)
    checkpoint = unfinished_folder(tmp_path, "run") / CHECKPOINT_FILE
    checkpoint.write_bytes(checkpoint.read_bytes()[:-99])
    with pytest.raises(RunError, match=r"checkpoint\.npz is damaged"):
        train(contrary, tmp_path, "run", resume=True)
    (tmp_path / "run").mkdir()
    for resume in (False, True):
        with pytest.raises(RunError, match="run exists: choose another --name"):
            train(contrary, tmp_path, "run", resume=resume)


def contents(folder):
    """(name, bytes) of every file of a run, those inside ``model.keras`` too."""
    for path in (path for path in folder.rglob("*") if path.is_file()):
        yield path.name, path.read_bytes()
        if path.suffix == ".keras":
            with zipfile.ZipFile(path) as archive:
                yield from ((name, archive.read(name)) for name in archive.namelist())


@pytest.mark.slow
@pytest.mark.usefixtures("drawn_figures")
def test_no_file_of_a_run_says_where_it_was_made(tiny_csv, tiny_config, tmp_path, monkeypatch):
    (tmp_path / "films.csv").write_bytes(tiny_csv.read_bytes())
    monkeypatch.chdir(tmp_path)
    config = replace(tiny_config, data="films.csv", encoder="bag", epochs=1)
    folder = train(config, tmp_path / "runs", "run")
    found = dict(contents(folder))
    assert {"history.png", "config.json", "manifest.json"} <= set(found)
    for place in (tmp_path, ROOT, Path(sys.prefix), tiny_csv.parent):
        assert not [name for name, content in found.items() if os.fsencode(place) in content]


@pytest.mark.slow
def test_the_embedding_starts_from_the_word_vectors(plain, tmp_path):
    examples = prepared(plain)
    assert examples.word_vectors.shape == (len(examples.vocabulary), plain.embedding_dim)
    first = []

    class Look(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            first.append(self.model.get_layer("embedding").get_weights()[0])

    train(plain, tmp_path, "run", reporter=calling(Look()))
    np.testing.assert_array_equal(first[0], examples.word_vectors)


def test_without_word_vectors_the_embedding_starts_at_random(plain):
    assert prepared(replace(plain, word_vectors=False)).word_vectors is None
