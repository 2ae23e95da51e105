"""Runs are loaded as they were written; what is inconsistent or carries code is refused."""

import errno
import json
import os
import shutil

import keras
import numpy as np
import pytest
from saved_runs import (
    CONFIG,
    FINGERPRINTS,
    METRICS,
    VOCABULARY,
    start,
    write_run,
    write_unfinished,
)

from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.models.network import build_model
from imdb_lstm.models.ngram_classifier import NgramClassifier
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.keras_network import write_network
from imdb_lstm.runs.manifest import NGRAMS_FILE, finalize, verify
from imdb_lstm.runs.run import NetworkRun, NgramRun, load_run, write_ngrams
from imdb_lstm.text.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run and its network."""
    model = build_model(CONFIG, len(VOCABULARY))
    return write_run(tmp_path_factory.mktemp("runs"), "films", model=model), model


@pytest.mark.filterwarnings("error::UserWarning")
def test_a_loaded_network_is_what_was_written(finished):
    folder, model = finished
    run = load_run(folder)
    assert isinstance(run, NetworkRun)
    ids = [np.array(row, np.int32) for row in ([2, 3, 5], [1, 4])]
    wanted = [float(model(row[None])[0, 0]) for row in ids]
    for backend in ("numpy", "keras"):
        found = load_run(folder, backend).network.logits(ids)
        np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert run.vocabulary.words == VOCABULARY.words
    assert (run.config, run.folder, run.manifest) == (CONFIG, folder, verify(folder))
    assert read_metrics(folder) == METRICS


def test_a_network_predicts_logits_of_any_texts_and_knows_its_words(finished):
    run = load_run(finished[0])
    logits = run.predict_logits(["A lovely film", "", "★ lovely ★"])
    assert (logits.shape, logits.dtype) == ((3,), np.float32)
    assert len(set(logits.tolist())) == 3
    assert run.predict_logits([]).shape == (0,)
    assert run.knows("café") and not run.knows("cafe")


@pytest.mark.slow
def test_ngrams_predict_logits_of_any_texts_and_know_their_ngrams(tiny_ngrams):
    run = load_run(tiny_ngrams)
    assert isinstance(run, NgramRun)
    logits = run.predict_logits(["The plot was great and moving.", "", "★ qwertyuiop"])
    assert logits.dtype == np.float32
    assert logits[0] > 0 and logits[1] == logits[2] == np.float32(run.model.bias)
    assert run.predict_logits([]).shape == (0,)
    assert run.knows("plot") and not run.knows("qwertyuiop")


@pytest.mark.slow
def test_ngrams_that_need_a_pickle_are_refused(tiny_ngrams, tmp_path):
    run = shutil.copytree(tiny_ngrams, tmp_path / "words")
    np.savez(run / NGRAMS_FILE, ngrams=np.array(["a", None]), weights=np.zeros(2), bias=0)
    finalize(run, tmp_path / "again", json.loads((run / MANIFEST_FILE).read_text())["reviews"])
    with pytest.raises(RunError, match="again cannot be loaded: Object arrays"):
        load_run(tmp_path / "again")


def test_a_vocabulary_of_another_size_is_refused(tmp_path):
    folder = write_run(tmp_path, "films", vocabulary=Vocabulary(["film", "lovely"]))
    with pytest.raises(RunError, match="embedding and vocabulary differ in size"):
        load_run(folder)


def test_a_network_that_carries_code_or_reads_no_words_is_refused(tmp_path):
    ids, numbers = keras.Input((None,), dtype="int32"), keras.Input((3,))
    code = keras.Model(ids, keras.layers.Lambda(lambda x: x + 1)(ids))
    dense = keras.Model(numbers, keras.layers.Dense(1)(numbers))
    for name, model in (("code", code), ("dense", dense)):
        with pytest.raises(RunError, match=f"{name} cannot be loaded"):
            load_run(write_run(tmp_path, name, model=model))


def test_other_files_than_a_vocabulary_or_a_config_are_refused(tmp_path):
    for name in ("vocabulary.txt", "config.toml"):
        folder = write_unfinished(tmp_path, name.partition(".")[0])
        (folder / name).write_text("film\nlovely\n")
        with pytest.raises(RunError, match="cannot be loaded"):
            load_run(finalize(folder, tmp_path / f"{name}-run", FINGERPRINTS))


def test_the_options_of_an_earlier_version_are_refused_by_name(tmp_path):
    folder = write_unfinished(tmp_path, "films")
    (folder / "config.toml").write_text('teacher = "none"\n')
    with pytest.raises(RunError, match="now called 'pseudo_labels_from'"):
        load_run(finalize(folder, tmp_path / "films", FINGERPRINTS))


def test_a_full_disk_leaves_no_part_of_a_network_or_of_ngrams(tmp_path, monkeypatch):
    folder = start(tmp_path, "films")
    before = {path.name for path in folder.iterdir()}

    def fill_the_disk(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(keras.Model, "save", fill_the_disk)
    monkeypatch.setattr(np, "savez_compressed", fill_the_disk)
    with pytest.raises(OutputError, match=r"model\.keras cannot be written: No space left"):
        write_network(folder, build_model(CONFIG, len(VOCABULARY)), VOCABULARY)
    with pytest.raises(OutputError, match=r"ngrams\.npz cannot be written: No space left"):
        write_ngrams(folder, NgramClassifier(["a"], np.zeros(1, np.float32), 0.0))
    assert {path.name for path in folder.iterdir()} == before


def test_a_full_disk_leaves_no_part_of_a_vocabulary(tmp_path, monkeypatch):
    def half(vocabulary, path):
        path.write_text("<pad>\n")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Vocabulary, "save", half)
    with pytest.raises(OutputError, match=r"vocabulary\.txt cannot be written: No space left"):
        write_network(tmp_path, build_model(CONFIG, len(VOCABULARY)), VOCABULARY)
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]
