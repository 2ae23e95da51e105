"""Word vectors: what they are learned from, and the cache that spares learning them again."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_world import write_csv

from imdb_lstm.data.load import load_train_and_validation
from imdb_lstm.models import word_embeddings as word_vectors
from imdb_lstm.models.word_embeddings import word_vectors
from imdb_lstm.text.vocabulary import Vocabulary
from imdb_lstm.training import word_embeddings as pretrain
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.word_embeddings import cached_word_vectors, nearest_words, pretrain_word_vectors

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
    """Counts how often vectors are really learned."""
    calls = []
    real = word_vectors
    monkeypatch.setattr(word_vectors, "word_vectors", lambda *a: calls.append(a) or real(*a))
    return calls


def test_the_second_time_the_vectors_come_from_the_cache(config, learned):
    first, second = (cached_word_vectors(TEXTS, VOCABULARY, config) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert len(learned) == 1
    assert first.shape == (len(VOCABULARY), 4)


@pytest.mark.parametrize(
    "change",
    [
        lambda t, v, c: ([*t[:-1], "another"], v, c),
        lambda t, v, c: (t, Vocabulary([*v.words[:-1], "other"]), c),
        lambda t, v, c: (t, v, replace(c, embedding_dim=2)),
        lambda t, v, c: (t, v, replace(c, maximum_length=3)),
    ],
)
def test_other_texts_words_or_sizes_are_learned_anew(change, config, learned):
    cached_word_vectors(TEXTS, VOCABULARY, config)
    cached_word_vectors(*change(TEXTS, VOCABULARY, config))
    assert len(learned) == 2


def test_what_has_nothing_to_do_with_vectors_does_not_learn_them_anew(config, learned):
    for changed in (config, replace(config, units=9, seed=3, encoder="gru")):
        cached_word_vectors(TEXTS, VOCABULARY, changed)
    assert len(learned) == 1


@pytest.mark.parametrize("damage", [lambda f: f.write_bytes(b""), lambda f: f.write_bytes(b"no")])
def test_a_damaged_cache_is_replaced(damage, config, cache, learned):
    wanted = cached_word_vectors(TEXTS, VOCABULARY, config)
    (file,) = cache.iterdir()
    damage(file)
    np.testing.assert_array_equal(cached_word_vectors(TEXTS, VOCABULARY, config), wanted)
    np.testing.assert_array_equal(np.load(file), wanted)


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(config, cache):
    cache.write_text("a file where the folder should be")
    assert cached_word_vectors(TEXTS, VOCABULARY, config).any()
    assert cache.is_file()


def test_nearest_words_are_words_of_like_vectors_and_never_the_word_itself():
    vectors = np.array([[0, 0], [0, 0], [1, 0], [0.9, 0.1], [0, 1], [-1, 0], [0.5, 0.5], [0, -1]])
    assert nearest_words("film", VOCABULARY, vectors, 2) == ["good", "plot"]


def test_pretrain_learns_from_train_and_unlabelled_texts_never_from_validation(
    config, learned, monkeypatch
):
    monkeypatch.setattr(pretrain, "load_unlabelled", lambda config: ["an unlabelled plot"])
    train, _ = load_train_and_validation(config)
    vocabulary, vectors, path = pretrain_word_vectors(config)
    assert len(learned[0][0]) == len(train) + 1
    np.testing.assert_array_equal(np.load(path), vectors)
    assert vocabulary.words == Vocabulary.from_texts(train.texts, 43, 1).words


def test_training_starts_from_the_vectors_that_pretrain_shows(config, learned, tmp_path):
    extra = write_csv(tmp_path / "more.csv", [("One more joy.", 1)], ("text", "label"))
    config = replace(config, extra_reviews=str(extra))
    vocabulary, vectors, _ = pretrain_word_vectors(config)
    prepared = prepare(config)
    assert prepared.vocabulary.words == vocabulary.words
    np.testing.assert_array_equal(prepared.word_vectors, vectors)
    assert len(learned) == 1, "from the cache"
