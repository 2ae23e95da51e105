"""Word vectors: the texts they are learned from, and their cache."""

from dataclasses import replace

import numpy as np
import pytest
from resuming import prepared
from tiny_world import write_csv

from imdb_lstm.data.load import load_train_and_validation
from imdb_lstm.text.vocabulary import Vocabulary
from imdb_lstm.training import word_embeddings
from imdb_lstm.training.word_embeddings import (
    cached_word_vectors,
    nearest_words,
    pretrain_word_vectors,
)

TEXTS = ["a good film", "a bad film", "good acting, bad plot", "a film"] * 3
VOCABULARY = Vocabulary(["film", "good", "bad", "acting", "plot", "a"])


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("IMDB_LSTM_CACHE", str(folder))
    return folder


@pytest.fixture
def config(tiny_config):
    return replace(tiny_config, word_vectors=True, embedding_dim=4)


@pytest.fixture
def learned(monkeypatch):
    """The calls that learn vectors."""
    calls = []
    learn = word_embeddings.word_vectors
    monkeypatch.setattr(word_embeddings, "word_vectors", lambda *a: calls.append(a) or learn(*a))
    return calls


def test_the_second_time_the_vectors_are_read_from_the_cache(config, learned):
    first, second = (cached_word_vectors(TEXTS, VOCABULARY, config) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert len(learned) == 1
    assert first.shape == (len(VOCABULARY), 4)


def test_other_texts_words_or_sizes_are_learned_anew(config, learned):
    cached_word_vectors(TEXTS, VOCABULARY, config)
    others = [
        ([*TEXTS[:-1], "another"], VOCABULARY, config),
        (TEXTS, Vocabulary([*VOCABULARY.words[:-1], "other"]), config),
        (TEXTS, VOCABULARY, replace(config, embedding_dim=2)),
        (TEXTS, VOCABULARY, replace(config, maximum_length=3)),
    ]
    for number, other in enumerate(others, 2):
        cached_word_vectors(*other)
        assert len(learned) == number


def test_options_of_the_network_do_not_learn_vectors_anew(config, learned):
    for changed in (config, replace(config, units=9, seed=3, encoder="gru")):
        cached_word_vectors(TEXTS, VOCABULARY, changed)
    assert len(learned) == 1


def test_a_damaged_cache_is_replaced(config, cache):
    wanted = cached_word_vectors(TEXTS, VOCABULARY, config)
    (file,) = cache.iterdir()
    for damaged in (b"", b"no"):
        file.write_bytes(damaged)
        np.testing.assert_array_equal(cached_word_vectors(TEXTS, VOCABULARY, config), wanted)
        np.testing.assert_array_equal(np.load(file), wanted)


def test_a_cache_that_cannot_be_written_is_ignored(config, cache):
    cache.write_text("a file where the folder should be")
    assert cached_word_vectors(TEXTS, VOCABULARY, config).any()
    assert cache.is_file()


def test_nearest_words_have_similar_vectors_and_are_never_the_word_itself():
    vectors = np.array([[0, 0], [0, 0], [1, 0], [0.9, 0.1], [0, 1], [-1, 0], [0.5, 0.5], [0, -1]])
    assert nearest_words("film", VOCABULARY, vectors, 2) == ["good", "plot"]


def test_vectors_are_learned_from_train_and_unlabelled_texts_never_from_validation(
    config, learned, tmp_path
):
    (tmp_path / "more.txt").write_text("an unlabelled plot\n")
    config = replace(config, unlabelled=str(tmp_path / "more.txt"))
    train, _ = load_train_and_validation(config)
    vocabulary, vectors, path = pretrain_word_vectors(config)
    assert len(learned[0][0]) == len(train) + 1
    np.testing.assert_array_equal(np.load(path), vectors)
    assert vocabulary.words == Vocabulary.from_texts(train.texts, 43, 1).words


def test_training_starts_from_the_pretrained_vectors(config, learned, tmp_path):
    extra = write_csv(tmp_path / "more.csv", [("One more joy.", 1)], ("text", "label"))
    config = replace(config, extra_reviews=str(extra))
    vocabulary, vectors, _ = pretrain_word_vectors(config)
    examples = prepared(config)
    assert examples.vocabulary.words == vocabulary.words
    np.testing.assert_array_equal(examples.word_vectors, vectors)
    assert len(learned) == 1, "from the cache"
