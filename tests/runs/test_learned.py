"""The classes of a run and the hashes of its texts, and what is said where there are none."""

import json
import shutil

import numpy as np
import pytest
from saved_runs import write_run

from imdb_lstm.data.labels import LEFT_OUT, Classes
from imdb_lstm.errors import RunError
from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.runs.find import shipped_folder
from imdb_lstm.runs.learned import read_classes, read_learned, write_learned
from imdb_lstm.runs.manifest import CLASSES_FILE, FORMAT_VERSION, LEARNED_FILE, MANIFEST_FILE

READERS = read_classes, read_learned


def test_what_is_written_is_read(tmp_path):
    classes = Classes(("schlecht 😡", "gut"), {"1": 0, "5": 1, "3": LEFT_OUT, "ä": 1}, "a message")
    keys = np.array([2**64 - 1, 7, 0, 7, 2**63], np.uint64)
    write_learned(tmp_path, classes, keys)
    assert read_classes(tmp_path) == classes
    assert read_learned(tmp_path).tolist() == [0, 7, 2**63, 2**64 - 1]
    assert read_learned(tmp_path).dtype == np.uint64


def test_a_folder_that_has_none_is_told_for_what_it_is(tmp_path):
    run = write_run(tmp_path, "run")
    manifest = json.loads((run / MANIFEST_FILE).read_text())
    for name in (CLASSES_FILE, LEARNED_FILE):
        (run / name).unlink()
    for read in READERS:
        with pytest.raises(RunError, match="none is not a finished run"):
            read(tmp_path / "none")
        with pytest.raises(RunError, match=r"run is damaged: (classes|learned)\.\w+ is missing"):
            read(run)
    manifest["format"] = FORMAT_VERSION - 1
    (run / MANIFEST_FILE).write_text(json.dumps(manifest))
    for read in (*READERS, load_classifier):
        with pytest.raises(RunError, match=f"format {FORMAT_VERSION - 1}; .* train it again"):
            read(run)


def test_a_language_model_has_learned_no_classes(tmp_path):
    shutil.copytree(shipped_folder("shipped_encoder"), tmp_path / "words")
    for read in (*READERS, load_classifier):
        with pytest.raises(RunError, match="words is a language model"):
            read(tmp_path / "words")


@pytest.mark.parametrize("content", [b"", b"[", b'{"names": ["a"]}', b'{"names": ["a", "b"]}'])
def test_damaged_files_are_named(content, tmp_path):
    for name, read in ((CLASSES_FILE, read_classes), (LEARNED_FILE, read_learned)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RunError, match=name.replace(".", r"\.")):
            read(tmp_path)
