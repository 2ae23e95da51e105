"""The corpus of a language model, prepared or read from the reviews, is the same."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from resuming import assert_same_language_model

from imdb_lstm.errors import DataError, RunError
from imdb_lstm.runs.manifest import PREPARED_FILE
from imdb_lstm.training.language_model.corpus import (
    read_corpus,
    read_prepared_corpus,
    write_corpus,
)
from imdb_lstm.training.language_model.pretrain import pretrain_language_model


@pytest.fixture
def config(tiny_config):
    return replace(
        tiny_config, encoder="bilstm", batch_size=2, bptt_length=4, sampled_softmax_size=9, epochs=1
    )


def test_what_is_written_is_read(config, tmp_path):
    for vectors in (True, False):
        corpus = read_corpus(replace(config, word_vectors=vectors))
        write_corpus(tmp_path, corpus)
        found = read_prepared_corpus(tmp_path, config)
        assert found.vocabulary.words == corpus.vocabulary.words
        assert found.fingerprints == corpus.fingerprints
        np.testing.assert_array_equal(found.vectors, corpus.vectors)
        for ours, theirs in ((corpus.train, found.train), (corpus.held_out, found.held_out)):
            assert ours.steps == theirs.steps
            for name, part in ours.batch(ours.steps - 1).items():
                other = theirs.batch(ours.steps - 1)[name]
                np.testing.assert_array_equal(other, part, err_msg=name)


def test_without_a_prepared_file_nothing_is_read(config, tmp_path):
    assert read_prepared_corpus(tmp_path, config) is None
    (tmp_path / PREPARED_FILE).write_bytes(b"nothing")
    with pytest.raises(RunError, match="is damaged"):
        read_prepared_corpus(tmp_path, config)


@pytest.mark.slow
def test_a_copied_language_model_equals_one_that_stayed(config, tmp_path):
    for name in ("stayed", "here", "there"):
        (tmp_path / name).mkdir()
    shutil.copy(config.data, tmp_path / "films.csv")
    config = replace(config, data=str(tmp_path / "films.csv"))
    stayed = pretrain_language_model(config, tmp_path / "stayed", "words")
    assert pretrain_language_model(config, tmp_path / "here", "words", prepare_only=True) is None
    shutil.move(tmp_path / "here" / ".words.pretraining", tmp_path / "there")
    os.remove(config.data)
    moved = pretrain_language_model(config, tmp_path / "there", "words")
    assert_same_language_model(stayed, moved)
    assert not (moved / PREPARED_FILE).exists()


def test_too_few_reviews_for_the_streams_are_refused(config, tmp_path):
    write_corpus(tmp_path, read_corpus(config))
    with pytest.raises(DataError, match="too few reviews for 99 streams"):
        read_prepared_corpus(tmp_path, replace(config, batch_size=99))
