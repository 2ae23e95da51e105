"""Run folders: whole or not there, checked when loaded, and findable."""

import errno
import json
import os
import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.metrics.classification import evaluate_logits
from imdb_lstm.models.network import build_model
from imdb_lstm.runs.files import read_history, read_metrics, write_history, write_json, write_text
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.manifest import CHECKPOINT_FILE, FORMAT_VERSION, NETWORK_FILES, VALIDATION_FILE, finalize, verify
from imdb_lstm.runs.model_card import write_card
from imdb_lstm.runs.run import load_run, write_model
from imdb_lstm.runs.unfinished import check_run_name, create, find_unfinished, unfinished_folder
from imdb_lstm.text.vocabulary import Vocabulary

CONFIG = Config(encoder="bag", embedding_dim=4, pooling="mean", data="films.csv")
VOCABULARY = Vocabulary(["dull", "film", "lovely", "café"])
HISTORY = [
    {"epoch": 1, "loss": 0.75, "validation_loss": 0.5, "seconds": 1.25},
    {"epoch": 2, "loss": 0.5, "validation_loss": 0.625, "seconds": 0.5},
]
METRICS = {
    "validation": evaluate_logits([0, 1, 1], [-1.0, 2.0, -0.5]),
    "parameters": 1234, "seconds": 61.5, "machine": "an abacus",
}  # fmt: skip
FINGERPRINTS = {"train": "a" * 64, "validation": "b" * 64}


@pytest.fixture(autouse=True)
def float32_again():
    yield
    keras.config.set_dtype_policy("float32")


def begin(output, name):
    folder = check_run_name(output, name, CONFIG, resume=False)
    create(folder, CONFIG, {"train": "1a"})
    return folder


def write_unfinished(output, name, vocabulary=VOCABULARY, model=None):
    """Everything that a run holds before it is sealed, written as training would."""
    folder = begin(output, name)
    model = model or build_model(CONFIG, len(VOCABULARY))
    write_model(folder, model, vocabulary)
    write_history(folder / "history.csv", HISTORY)
    write_json(folder / "metrics.json", METRICS)
    write_card(folder, CONFIG, METRICS)
    (folder / CHECKPOINT_FILE).write_bytes(b"not needed any more")
    return folder


def write_run(output, name, **parts):
    return finalize(write_unfinished(output, name, **parts), output / name, FINGERPRINTS)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A finished run and its network."""
    model = build_model(CONFIG, len(VOCABULARY))
    return write_run(tmp_path_factory.mktemp("runs"), "films", model=model), model


@pytest.fixture
def copy(sealed, tmp_path):
    """A copy of the finished run, to be damaged."""
    return shutil.copytree(sealed[0], tmp_path / "films")


def test_a_sealed_run_is_whole_under_its_name_and_nothing_is_left_beside_it(sealed):
    folder, _ = sealed
    assert [path.name for path in folder.parent.iterdir()] == ["films"]
    names = {path.name for path in folder.iterdir()}
    assert names == {*NETWORK_FILES, MANIFEST_FILE, "figures"}


def test_validation_logits_are_sealed_where_a_run_has_them(tmp_path):
    folder = write_unfinished(tmp_path, "films")
    (folder / VALIDATION_FILE).write_text("name,label,logit\n")
    run = finalize(folder, tmp_path / "films", FINGERPRINTS)
    assert set(verify(run)["files"]) == {*NETWORK_FILES, VALIDATION_FILE}
    (run / VALIDATION_FILE).write_text("")
    with pytest.raises(RunError, match=r"validation\.csv does not have the checksum"):
        verify(run)


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_loaded_run_is_what_was_written(sealed):
    folder, model = sealed
    run = load_run(folder)
    ids = np.array([[2, 3, 5, 0], [1, 4, 0, 0]])
    np.testing.assert_array_equal(run.model(ids), model(ids))
    assert run.vocabulary.words == VOCABULARY.words
    assert run.config == CONFIG
    assert run.folder == folder
    assert read_metrics(folder) == METRICS
    assert read_history(folder) == {
        key: [row[key] for row in HISTORY] for key in HISTORY[0]
    }


def test_the_manifest_says_what_a_run_was_made_with(sealed):
    manifest = verify(sealed[0])
    assert manifest["format"] == FORMAT_VERSION
    assert manifest["reviews"] == FINGERPRINTS
    assert manifest["versions"]["keras"] == keras.__version__
    assert set(manifest["files"]) == set(NETWORK_FILES)


@pytest.mark.parametrize("name", NETWORK_FILES)
def test_an_altered_file_is_named(copy, name):
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(RunError, match=f"damaged: {name} does not have the checksum"):
        load_run(copy)


@pytest.mark.parametrize("name", NETWORK_FILES)
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(RunError, match=f"damaged: {name} is missing"):
        load_run(copy)


@pytest.mark.parametrize(
    "text",
    ["", '{"format": 1, "files": {', "[1, 2]", '{"format": 1}', '{"format": 1, "files": 7}', "\0"],
)
def test_a_broken_manifest_is_refused(copy, text):
    (copy / MANIFEST_FILE).write_text(text)
    with pytest.raises(RunError, match=r"manifest\.json is damaged"):
        load_run(copy)


def change_manifest(folder, **values):
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    (folder / MANIFEST_FILE).write_text(json.dumps({**manifest, **values}))


def test_another_format_is_refused(copy):
    change_manifest(copy, format=FORMAT_VERSION + 1)
    with pytest.raises(RunError, match="is of format 3; this version reads 2"):
        load_run(copy)


def test_a_file_that_the_manifest_does_not_know_is_refused(copy):
    files = verify(copy)["files"]
    change_manifest(copy, files={name: files[name] for name in files if name != "model.keras"})
    with pytest.raises(RunError, match=r"model\.keras does not have the checksum"):
        load_run(copy)


def test_a_vocabulary_of_another_size_is_refused(tmp_path):
    folder = write_run(tmp_path, "films", vocabulary=Vocabulary(["film", "lovely"]))
    with pytest.raises(RunError, match="embedding and vocabulary differ in size"):
        load_run(folder)


def test_a_network_that_carries_code_is_refused(tmp_path):
    ids = keras.Input((None,), dtype="int32")
    model = keras.Model(ids, keras.layers.Lambda(lambda x: x + 1)(ids))
    with pytest.raises(RunError, match="cannot be loaded"):
        load_run(write_run(tmp_path, "films", model=model))


def test_a_network_that_reads_no_words_is_refused(tmp_path):
    numbers = keras.Input((3,))
    model = keras.Model(numbers, keras.layers.Dense(1)(numbers))
    with pytest.raises(RunError, match="cannot be loaded"):
        load_run(write_run(tmp_path, "films", model=model))


def test_a_vocabulary_that_is_none_is_refused(tmp_path):
    folder = write_unfinished(tmp_path, "films")
    (folder / "vocabulary.txt").write_text("film\nlovely\n")
    with pytest.raises(RunError, match="cannot be loaded"):
        load_run(finalize(folder, tmp_path / "films", FINGERPRINTS))


@pytest.mark.parametrize("manifest", [False, True])
def test_an_unfinished_run_never_looks_finished(tmp_path, manifest):
    folder = write_unfinished(tmp_path, "films")
    if manifest:  # killed between the manifest and the new name
        (folder / MANIFEST_FILE).write_text("{}")
    assert folder.name.startswith(".") and folder.name.endswith(".unfinished")
    assert not (tmp_path / "films").exists()
    assert find_unfinished(tmp_path, None)[0] == "films"


def test_a_folder_without_a_manifest_is_no_run(tmp_path):
    with pytest.raises(RunError, match="is no finished run"):
        load_run(tmp_path)


def test_names_in_use_and_other_configs_are_refused(tmp_path):
    with pytest.raises(RunError, match=r"nothing to resume: unfinished in .*: none"):
        check_run_name(tmp_path, "films", CONFIG, resume=True)
    assert not any(tmp_path.iterdir())
    folder = begin(tmp_path, "films")
    with pytest.raises(RunError, match="go on with --resume --name films"):
        check_run_name(tmp_path, "films", CONFIG, resume=False)
    assert check_run_name(tmp_path, "films", CONFIG, resume=True) == folder
    other = Config(**{**vars(CONFIG), "epochs": 9, "units": 7})
    with pytest.raises(RunError, match="other values of epochs, units"):
        check_run_name(tmp_path, "films", other, resume=True)
    elsewhere = Config(**{**vars(CONFIG), "device": "gpu", "tensorboard": True})
    assert check_run_name(tmp_path, "films", elsewhere, resume=True) == folder
    with pytest.raises(RunError, match="has changed since"):
        create(folder, CONFIG, {"train": "2b"})
    more = Config(**{**vars(CONFIG), "extra_reviews": "more.csv"})
    create(tmp_path / ".more.unfinished", more, {"train": "1a", "extra": "2b"})
    for found, file in (
        ({"train": "1a", "extra": "3c"}, "more"),
        ({"train": "2b", "extra": "3c"}, "films"),
    ):
        with pytest.raises(RunError, match=rf"^{file}\.csv has changed since"):
            create(tmp_path / ".more.unfinished", more, found)
    (tmp_path / "films").mkdir()
    for resume in (False, True):
        with pytest.raises(RunError, match="films exists: choose another --name"):
            check_run_name(tmp_path, "films", CONFIG, resume=resume)


def test_a_run_killed_before_its_config_was_written_can_be_begun_again(tmp_path):
    folder = unfinished_folder(tmp_path, "films")
    (folder / "figures").mkdir(parents=True)
    with pytest.raises(RunError, match=r"nothing to resume: unfinished in .*: none"):
        find_unfinished(tmp_path, None)
    assert begin(tmp_path, "films") == folder
    assert find_unfinished(tmp_path, None) == ("films", CONFIG)


def fill_the_disk(monkeypatch):
    """Let files be opened, and half a text be written, before the disk is full."""

    def half(path, text, encoding=None):
        path.write_bytes(text.encode()[: len(text) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", half)


def test_a_full_disk_leaves_the_old_text_and_nothing_else(tmp_path, monkeypatch):
    write_text(tmp_path / "old.txt", "as it was")
    fill_the_disk(monkeypatch)
    for name in ("old.txt", "new.txt"):
        with pytest.raises(OutputError, match=f"{name} cannot be written: No space left"):
            write_text(tmp_path / name, "as it never will be")
    assert [path.name for path in tmp_path.iterdir()] == ["old.txt"]
    assert (tmp_path / "old.txt").read_text() == "as it was"


def test_a_full_disk_while_a_run_is_written_is_the_users_to_mend(tmp_path, monkeypatch):
    folder = begin(tmp_path, "films")
    fill_the_disk(monkeypatch)
    with pytest.raises(OutputError, match="cannot be written: No space left"):
        write_model(folder, build_model(CONFIG, len(VOCABULARY)), VOCABULARY)
