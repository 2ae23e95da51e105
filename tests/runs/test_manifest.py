"""The manifest: finished runs are complete, and every damage is found."""

import json
import shutil

import keras
import pytest
from saved_runs import FINGERPRINTS, write_run, write_unfinished

from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.runs.files import TEMPORARY
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.manifest import (
    FORMAT_VERSION,
    NETWORK_FILE,
    NETWORK_FILES,
    NGRAM_FILES,
    finalize,
    model_bytes,
    verify,
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run. Do not change it."""
    return write_run(tmp_path_factory.mktemp("runs"), "films")


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of the finished run, to be damaged."""
    return shutil.copytree(finished, tmp_path / "films")


def test_a_finished_run_is_complete_and_nothing_else_is_left(finished):
    assert [path.name for path in finished.parent.iterdir()] == ["films"]
    names = {path.name for path in finished.iterdir()}
    assert names == {*NETWORK_FILES, MANIFEST_FILE, "figures"}
    assert model_bytes(finished) == (finished / NETWORK_FILE).stat().st_size


def test_the_manifest_says_what_a_run_was_made_with(finished):
    manifest = verify(finished)
    assert manifest["format"] == FORMAT_VERSION
    assert manifest["reviews"] == FINGERPRINTS
    assert manifest["versions"]["keras"] == keras.__version__
    assert set(manifest["files"]) == set(NETWORK_FILES)


def test_files_of_a_killed_process_are_removed(tmp_path):
    folder = write_unfinished(tmp_path, "films")
    (folder / f".123{TEMPORARY}.model.keras").touch()
    run = finalize(folder, tmp_path / "films", FINGERPRINTS)
    assert {path.name for path in run.iterdir()} == {*NETWORK_FILES, MANIFEST_FILE, "figures"}


def test_an_incomplete_run_and_a_name_in_use_are_not_finalized(tmp_path):
    folder = write_unfinished(tmp_path, "films")
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "other").touch()
    with pytest.raises(OutputError, match="films cannot be written"):
        finalize(folder, tmp_path / "films", FINGERPRINTS)
    (folder / "history.csv").unlink()
    with pytest.raises(OutputError, match="more cannot be written: No such file"):
        finalize(folder, tmp_path / "more", FINGERPRINTS)
    assert not (tmp_path / "more").exists()


def check_that_damage_is_found(run, names):
    for name in names:
        content = (run / name).read_bytes()
        (run / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(RunError, match=f"damaged: {name} does not match its checksum"):
            verify(run)
        (run / name).unlink()
        with pytest.raises(RunError, match=f"damaged: {name} is missing"):
            verify(run)
        (run / name).write_bytes(content)
    verify(run)


def test_altered_and_missing_files_are_named(copy):
    check_that_damage_is_found(copy, NETWORK_FILES)


@pytest.mark.slow
def test_altered_and_missing_files_of_ngrams_are_named(tiny_ngrams, tmp_path):
    run = shutil.copytree(tiny_ngrams, tmp_path / "words")
    assert {path.name for path in run.iterdir()} == {*NGRAM_FILES, MANIFEST_FILE, "figures"}
    check_that_damage_is_found(run, NGRAM_FILES)


def test_a_broken_manifest_is_refused(copy):
    for text in (
        "", '{"format": 1, "files": {', "[1, 2]", '{"format": 1}', '{"format": 1, "files": 7}',
        "\0",
    ):  # fmt: skip
        (copy / MANIFEST_FILE).write_text(text)
        with pytest.raises(RunError, match=r"manifest\.json is damaged"):
            verify(copy)
    (copy / MANIFEST_FILE).write_bytes(b"\xff")
    with pytest.raises(RunError, match=r"manifest\.json is damaged"):
        verify(copy)


def change_manifest(folder, **values):
    manifest = json.loads((folder / MANIFEST_FILE).read_text())
    (folder / MANIFEST_FILE).write_text(json.dumps({**manifest, **values}))


def test_other_formats_are_refused(copy):
    for version in (FORMAT_VERSION + 1, FORMAT_VERSION - 1):
        change_manifest(copy, format=version)
        said = f"run format {version}; this version reads format {FORMAT_VERSION}: train it again"
        with pytest.raises(RunError, match=said):
            verify(copy)


def test_a_file_without_a_checksum_is_refused(copy):
    files = verify(copy)["files"]
    change_manifest(copy, files={name: files[name] for name in files if name != "model.keras"})
    with pytest.raises(RunError, match=r"model\.keras does not match its checksum"):
        verify(copy)


def test_a_folder_without_a_manifest_is_not_a_run(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(RunError, match="is not a finished run"):
            verify(folder)
