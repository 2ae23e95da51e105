"""Unfinished runs from strangers: what a run is resumed from is refused where it is none."""

import json
import os
import pickle

import keras
import numpy as np
import pytest
from hostile import Pickled, npy, packed

from imdb_lstm.config.options import Config
from imdb_lstm.errors import RunError
from imdb_lstm.runs.manifest import CHECKPOINT_FILE, PREPARED_FILE
from imdb_lstm.runs.packed_arrays import write_prepared_arrays
from imdb_lstm.runs.unfinished import find_unfinished
from imdb_lstm.training.checkpoints import EarlyStopping, ResumePoint, restore_fit, save_fit
from imdb_lstm.training.prepared_file import read_prepared

CONFIG = Config(encoder="bag", embedding_dim=2, pooling="mean")
VALUES = {
    "words": ["film", "good"], "classes": [["no", "yes"], {"0": 0, "1": 1}, False],
    "validation_names": ["a:1"], "fingerprints": {"train": "x"}, "counts": {"train_reviews": 2},
    "seconds": 1.0, "language_model": None,
}  # fmt: skip
ARRAYS = {
    "train_ids": np.array([2, 3, 2], np.uint16), "train_lengths": np.array([2, 1], np.int32),
    "validation_ids": np.array([3], np.uint16), "validation_lengths": np.array([1], np.int32),
    "train_labels": np.array([0, 1], np.float32), "validation_labels": np.array([1]),
    "learned": np.array([7], np.uint64), "word_vectors": np.zeros((4, 2), np.float32),
    "neighbours_table": np.zeros((4, 3), np.int32), "neighbours_counts": np.zeros(4, np.int64),
}  # fmt: skip


def make_model():
    """A compiled network."""
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    model.compile(optimizer="adam", loss="mse")
    model.optimizer.build(model.trainable_variables)
    return model


def write(folder, said=(), **arrays):
    text = np.array(json.dumps({**VALUES, **dict(said)}))
    write_prepared_arrays(folder, **{**ARRAYS, "values": text, **arrays})


def test_what_is_right_is_read(tmp_path):
    write(tmp_path)
    assert [row.tolist() for row in read_prepared(tmp_path, CONFIG).train.ids] == [[2, 3], [2]]


@pytest.mark.parametrize(
    "arrays",
    [
        {"train_ids": np.array([2, 3, 4], np.int32)},
        {"train_ids": np.array([2, 3, -1], np.int32)},
        {"train_ids": np.array([2.0, 3.0, 2.0])},
        {"train_lengths": np.array([2, 2**30], np.int32)},
        {"train_lengths": np.array([4, -1], np.int32)},
        {"train_labels": np.array([0, np.nan], np.float32)},
        {"train_labels": np.array([0.0])},
        {"validation_labels": np.array([2])},
        {"learned": np.array([0.5])},
        {"word_vectors": np.zeros((4, 3), np.float32)},
        {"word_vectors": np.full((4, 2), np.inf, np.float32)},
        {"neighbours_table": np.full((4, 3), 99, np.int32)},
        {"neighbours_counts": np.full(4, 99)},
        {"values": np.array("[" * 100_000)},
        {"values": np.array("7")},
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(arrays, tmp_path):
    write(tmp_path, **arrays)
    with pytest.raises(RunError, match=r"prepared\.npz cannot be read") as error:
        read_prepared(tmp_path, CONFIG)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    "values",
    [{"words": ["film", "film"]}, {"words": [1, 2]}, {"words": 3}, {"classes": [["a"], {}, False]},
     {"counts": {"a": "b"}}, {"seconds": None}, {"fingerprints": ["x"]},
     {"language_model": {"units": 3}}],
)  # fmt: skip
def test_values_of_another_kind_are_refused(values, tmp_path):
    write(tmp_path, values)
    with pytest.raises(RunError, match=r"prepared\.npz cannot be read"):
        read_prepared(tmp_path, CONFIG)


BOMBS = {
    "objects": lambda: packed([("values.npy", npy((1,), "|O", pickle.dumps(Pickled("canary"))))]),
    "a shape that is not stored": lambda: packed([("train_ids.npy", npy((10**12,), "<i4"))]),
    "path traversal": lambda: packed([("../x.npy", npy((1,), "<f4", bytes(4)))]),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_and_pickles_are_refused_by_both(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for file in (PREPARED_FILE, CHECKPOINT_FILE):
        (tmp_path / file).write_bytes(BOMBS[name]())
    with pytest.raises(RunError, match=r"prepared\.npz is damaged"):
        read_prepared(tmp_path, CONFIG)
    with pytest.raises(RunError, match=r"checkpoint\.npz is damaged"):
        restore_fit(tmp_path, make_model(), EarlyStopping(3), [])
    assert not (tmp_path / "canary").exists()


def test_progress_that_no_fit_has_made_is_refused(tmp_path):
    model, stopping = make_model(), EarlyStopping(3)
    stopping.best, stopping.best_epoch, stopping.wait = 0.5, 0, 0
    stopping.best_weights = model.get_weights()
    history = [{"epoch": 1, "loss": 0.5, "seconds": 0.25}]
    save_fit(tmp_path, model, stopping, history, ResumePoint())
    assert restore_fit(tmp_path, model, EarlyStopping(3), []) == ResumePoint()
    path = tmp_path / CHECKPOINT_FILE
    with np.load(path) as stored:
        arrays = dict(stored)
    right = json.loads(str(arrays["progress"]))
    for changes in (
        {"history": 7}, {"history": [{"epoch": "1"}]}, {"stopping": None},
        {"resume_point": {"a": 1}},
        {"resume_point": {"batches": -1}}, {"resume_point": {"batches": 1e9}},
        {"resume_point": {"sums": ["a"]}},
        {"stopping": {"best": 1, "best_epoch": 99, "wait": 0}},
    ):  # fmt: skip
        progress = np.array(json.dumps({**right, **changes}))
        np.savez(path, **{**arrays, "progress": progress})
        with pytest.raises(RunError, match=r"checkpoint\.npz is damaged"):
            restore_fit(tmp_path, model, EarlyStopping(3), [])


def test_a_folder_to_resume_has_no_links_that_lead_out_of_it(tmp_path):
    folder = tmp_path / "runs" / ".films.unfinished"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(CONFIG.to_toml())
    assert find_unfinished(tmp_path / "runs", "films") == ("films", CONFIG)
    os.symlink(tmp_path, folder / "figures")
    with pytest.raises(RunError, match="figures is a link that leads out of it"):
        find_unfinished(tmp_path / "runs", "films")
