"""Exported folders: tried in a fresh process, and nothing is left of what fails there."""

import json
import subprocess
import sys

import numpy as np
import pytest

from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.inference.export import numpy_folder
from imdb_lstm.inference.export.check import TOLERANCE
from imdb_lstm.inference.export.export import export
from imdb_lstm.runs.run import load_run

TEXTS = ["The plot is wonderful, a joy: 9/10!", "", "Every scene was bad and boring.", "Zyx."]
pytestmark = pytest.mark.slow  # each starts a process


def test_a_network_in_numpy_predicts_without_this_package(tiny_run, tmp_path):
    done = export(tiny_run, "numpy", tmp_path / "small")
    assert done.checked.difference < TOLERANCE
    assert done.checked.texts > 20
    names = ["README.md", "model.json", "network.py", "predict.py", "tokenizer.py"]
    found = sorted(path.name for path in done.folder.iterdir())
    assert found == [*names, "vocabulary.txt", "weights.npz"]
    assert done.bytes == sum(path.stat().st_size for path in done.folder.iterdir())
    program = [sys.executable, "-X", "importtime", str(done.folder / "predict.py"), *TEXTS]
    ran = subprocess.run(program, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert not {name.partition(".")[0] for name in imported} & {"imdb_lstm", "keras", "scipy"}
    rows = [line.split("\t") for line in ran.stdout.splitlines()]
    logits = load_run(tiny_run).predict_logits(TEXTS)
    assert [row[1] for row in rows] == np.where(logits > 0, "positive", "negative").tolist()


def test_keras_loads_its_file_without_this_package(tiny_run, tmp_path):
    done = export(tiny_run, "keras", tmp_path / "own")
    assert done.checked.difference < TOLERANCE
    settings = json.loads((done.folder / "model.json").read_text())
    assert settings["classes"] == ["negative", "positive"]


def test_onnx_runtime_reads_its_file(tiny_run, tmp_path):
    pytest.importorskip("onnxruntime")
    assert export(tiny_run, "onnx", tmp_path / "own").checked.difference < TOLERANCE


def test_ngrams_predict_in_numpy_and_have_no_other_format(tiny_ngrams, tmp_path):
    assert export(tiny_ngrams, "numpy", tmp_path / "own").checked.difference < TOLERANCE
    with pytest.raises(RunError, match="only --format numpy exports it"):
        export(tiny_ngrams, "onnx", tmp_path / "other")


def test_a_difference_is_refused_and_nothing_stays(tiny_run, tmp_path, monkeypatch):
    write = numpy_folder.write_numpy

    def changed(run, folder):
        write(run, folder)
        with np.load(folder / "weights.npz") as stored:
            arrays = dict(stored)
        arrays["logit/vars/1"] = arrays["logit/vars/1"] + np.float32(2 * TOLERANCE)
        np.savez(folder / "weights.npz", **arrays)

    monkeypatch.setattr(numpy_folder, "write_numpy", changed)
    with pytest.raises(RunError, match=r"a logit of what was written differs by 0\.0002"):
        export(tiny_run, "numpy", tmp_path / "small")
    monkeypatch.setattr(numpy_folder, "write_numpy", lambda run, folder: None)
    with pytest.raises(RunError, match="what was written fails: ModuleNotFoundError"):
        export(tiny_run, "numpy", tmp_path / "small")
    assert not list(tmp_path.iterdir())


def test_bad_options_are_refused(tiny_run, tmp_path):
    with pytest.raises(ConfigError, match="format must be one of keras, "):
        export(tiny_run, "pickle", tmp_path / "small")
    with pytest.raises(RunError, match="exists: choose another --output"):
        export(tiny_run, "numpy", tmp_path)
