"""What a language model reads, carried or not, is the same, and leads to the same model."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from test_language_training import assert_same

from imdb_lstm.errors import DataError, RunError
from imdb_lstm.runs.manifest import PREPARED_FILE
from imdb_lstm.training.language_model import corpus as language_words
from imdb_lstm.training.language_model.corpus import read_corpus, read_prepared_corpus, write_corpus
from imdb_lstm.training.language_model.pretrain import pretrain_language_model


@pytest.fixture
def config(tiny_config):
    return replace(tiny_config, encoder="bilstm", batch_size=2, window=4, candidates=9, epochs=1)


@pytest.mark.parametrize("vectors", [True, False])
def test_what_is_written_is_read(config, tmp_path, vectors):
    words = read_corpus(replace(config, word_vectors=vectors))
    write_corpus(tmp_path, words)
    found = read_prepared_corpus(tmp_path, config)
    assert found.vocabulary.words == words.vocabulary.words
    assert found.fingerprints == words.fingerprints
    np.testing.assert_array_equal(found.vectors, words.vectors)
    for ours, theirs in ((words.learned, found.learned), (words.held_out, found.held_out)):
        assert ours.steps == theirs.steps
        for name, part in ours.batch(ours.steps - 1).items():
            np.testing.assert_array_equal(theirs.batch(ours.steps - 1)[name], part, err_msg=name)


def test_where_nothing_was_written_nothing_is_read(config, tmp_path):
    assert read_prepared_corpus(tmp_path, config) is None
    (tmp_path / PREPARED_FILE).write_bytes(b"nothing")
    with pytest.raises(RunError, match="is damaged"):
        read_prepared_corpus(tmp_path, config)


def test_a_carried_language_model_equals_one_that_stayed(config, tmp_path, monkeypatch):
    for name in ("stayed", "here", "there"):
        (tmp_path / name).mkdir()
    stayed = pretrain_language_model(config, tmp_path / "stayed", "words")
    assert pretrain_language_model(config, tmp_path / "here", "words", prepare_only=True) is None
    shutil.move(tmp_path / "here" / ".words.pretraining", tmp_path / "there")
    monkeypatch.setattr(language_words, "gather", None)
    moved = pretrain_language_model(config, tmp_path / "there", "words")
    assert_same(stayed, moved)
    assert not (moved / PREPARED_FILE).exists()


def test_too_few_reviews_for_so_many_streams_are_refused(config, tmp_path):
    write_corpus(tmp_path, read_corpus(config))
    with pytest.raises(DataError, match="too few reviews for 99 streams"):
        read_prepared_corpus(tmp_path, replace(config, batch_size=99))
