"""A checkpoint holds all that training changes, and a damaged one is refused."""

import errno
import os
import shutil

import keras
import numpy as np
import pytest

from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.runs.manifest import CHECKPOINT_FILE
from imdb_lstm.training.checkpoints import (
    EarlyStopping,
    ResumePoint,
    read_checkpoint,
    restore_fit,
    save_fit,
    write_checkpoint,
)

HISTORY = [{"epoch": 1, "loss": 0.5, "seconds": 0.25}, {"epoch": 2, "loss": 0.125, "seconds": 1.5}]


def make_model(units=3, seed=0):
    """A compiled network with a dropout, moments and averaged weights: all that can change."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((4,))
    hidden = keras.layers.Dropout(0.5, seed=seed)(keras.layers.Dense(units)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    model.compile(optimizer=keras.optimizers.Adam(0.1, use_ema=True), loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


def data():
    return np.arange(24, dtype="float32").reshape(6, 4) / 24, np.ones((6, 1), "float32")


def steps(model, count):
    for _ in range(count):
        model.train_on_batch(*data())


def make_stopping(model):
    """Early stopping that has seen a better epoch than that of the model's weights now."""
    stopping = EarlyStopping(patience=3)
    stopping.best, stopping.best_epoch, stopping.wait = 0.375, 1, 2
    stopping.best_weights = [weight + 1 for weight in model.get_weights()]
    return stopping


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with the checkpoint of a model after three steps; the model; its stopping."""
    folder = tmp_path_factory.mktemp("saved")
    model = make_model()
    steps(model, 3)
    stopping = make_stopping(model)
    save_fit(folder, model, stopping, HISTORY, ResumePoint())
    return folder, model, stopping


def test_everything_that_training_changes_is_restored_and_continues_alike(saved):
    folder, model, _ = saved
    other, history = make_model(seed=5), []
    assert restore_fit(folder, other, EarlyStopping(3), history) == ResumePoint()
    assert history == HISTORY
    for one, two in zip(model.variables, other.variables, strict=True):
        np.testing.assert_array_equal(one, two)
    for one, two in zip(model.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, two, err_msg=one.path)
    assert int(other.optimizer.iterations) == 3
    steps(model, 2)
    steps(other, 2)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_an_optimizer_with_loss_scaling_is_restored(tmp_path):
    def compiled():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()), "mse")
        model.optimizer.build(model.trainable_variables)
        return model

    one, other = compiled(), compiled()
    write_checkpoint(tmp_path, one, {}, [])
    read_checkpoint(tmp_path, other)
    assert len(one.optimizer.variables) == len(other.optimizer.variables)
    for first, second in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_early_stopping_starts_from_what_was_restored(saved):
    folder, _, before = saved
    stopping, model = EarlyStopping(3), make_model()
    restore_fit(folder, model, stopping, [])
    stopping.set_model(model)
    stopping.on_train_begin()
    assert (stopping.best, stopping.best_epoch, stopping.wait) == (0.375, 1, 2)
    for one, two in zip(stopping.best_weights, before.best_weights, strict=True):
        np.testing.assert_array_equal(one, two)
    stopping.on_epoch_end(2, {"val_loss": 0.5})
    assert model.stop_training


def test_that_training_had_stopped_is_restored(tmp_path):
    model = make_model()
    point = ResumePoint(stopped=True)
    save_fit(tmp_path, model, make_stopping(model), HISTORY, point)
    found = restore_fit(tmp_path, make_model(), EarlyStopping(3), [])
    assert found == point


def test_a_resume_point_within_the_first_epoch_is_restored(tmp_path):
    model, stopping, history = make_model(), EarlyStopping(3), []
    point = ResumePoint(batches=2, seconds=0.5, sums=[0.1, 12.0])
    save_fit(tmp_path, model, stopping, history, point)
    assert restore_fit(tmp_path, make_model(), stopping, history) == point
    assert (history, stopping.restored) == ([], {})


def test_without_a_checkpoint_nothing_changes(tmp_path):
    model, history = make_model(), []
    before = model.get_weights()
    stopping = EarlyStopping(3)
    assert restore_fit(tmp_path, model, stopping, history) == ResumePoint()
    assert (history, stopping.restored) == ([], {})
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_checkpoint_replaces_the_last_and_leaves_nothing_else(saved, tmp_path):
    _, model, stopping = saved
    for history in (HISTORY[:1], HISTORY):
        save_fit(tmp_path, model, stopping, history, ResumePoint())
    assert [file.name for file in tmp_path.iterdir()] == [CHECKPOINT_FILE]
    found = []
    restore_fit(tmp_path, make_model(), EarlyStopping(3), found)
    assert found == HISTORY


def test_a_save_cut_short_leaves_the_last_checkpoint_whole(saved, tmp_path, monkeypatch):
    folder, model, stopping = saved
    shutil.copy(folder / CHECKPOINT_FILE, tmp_path)

    def killed(stream, **arrays):
        stream.write(b"PK half of a")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", killed)
    with pytest.raises(KeyboardInterrupt):
        save_fit(tmp_path, model, stopping, [], ResumePoint())
    found = []
    restore_fit(tmp_path, make_model(), EarlyStopping(3), found)
    assert found == HISTORY


def test_a_full_disk_is_one_line_and_leaves_the_last_checkpoint(saved, tmp_path, monkeypatch):
    folder, model, stopping = saved
    shutil.copy(folder / CHECKPOINT_FILE, tmp_path)

    def full(stream, **arrays):
        stream.write(b"PK half of a")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OutputError, match=r"checkpoint\.npz cannot be written: No space left"):
        save_fit(tmp_path, model, stopping, [], ResumePoint())
    assert [file.name for file in tmp_path.iterdir()] == [CHECKPOINT_FILE]
    assert restore_fit(tmp_path, make_model(), EarlyStopping(3), []) == ResumePoint()


def flip_the_middle(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


DAMAGES = {
    "empty": lambda content: b"",
    "one byte": lambda content: content[:1],
    "half": lambda content: content[: len(content) // 2],
    "without its end": lambda content: content[:-10],
    "a byte flipped": flip_the_middle,
    "something else": lambda content: b"no archive at all\n" * 9,
}


def test_a_damaged_checkpoint_is_refused(saved, tmp_path):
    content, model = (saved[0] / CHECKPOINT_FILE).read_bytes(), make_model()
    for name, damage in DAMAGES.items():
        (tmp_path / CHECKPOINT_FILE).write_bytes(damage(content))
        with pytest.raises(RunError, match=r"checkpoint\.npz is damaged"):
            restore_fit(tmp_path, model, EarlyStopping(3), [])
            pytest.fail(name)


def test_the_checkpoint_of_another_network_is_refused(saved):
    with pytest.raises(RunError, match="belongs to another network"):
        restore_fit(saved[0], make_model(units=5), EarlyStopping(3), [])
