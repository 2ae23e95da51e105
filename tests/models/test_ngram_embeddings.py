"""n-gram vectors: what they are said to find, by a world made to have it; steps worked by hand."""

import numpy as np
import pytest

from imdb_lstm.models import ngram_embeddings as module
from imdb_lstm.models.ngram_embeddings import SHARPNESS, ngram_embeddings, review_vectors

TOPICS, NGRAMS, REVIEWS = 5, 12, 40


def world(seed=0):
    """Reviews of half of the n-grams of one topic each, and of two n-grams that stand anywhere."""
    random = np.random.default_rng(seed)
    everywhere = TOPICS * NGRAMS + np.arange(2)
    reviews = [
        np.concatenate([topic * NGRAMS + random.permutation(NGRAMS)[: NGRAMS // 2], everywhere])
        for topic in range(TOPICS)
        for _ in range(REVIEWS)
    ]
    return reviews, np.bincount(np.concatenate(reviews))


@pytest.fixture(scope="module")
def vectors():
    return ngram_embeddings(*world(), units=10)


def test_the_vectors_are_directions_and_the_same_again(vectors):
    assert vectors.shape == (TOPICS * NGRAMS + 2, 10) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors, ngram_embeddings(*world(), units=10))
    assert not np.array_equal(vectors, ngram_embeddings(*world(), units=10, seed=1))


def test_ngrams_of_one_topic_gather_though_no_review_holds_them_all(vectors):
    nearness = vectors[:-2] @ vectors[:-2].T
    topics = np.arange(TOPICS * NGRAMS) // NGRAMS
    same = topics[:, None] == topics
    assert nearness[same].mean() > nearness[~same].mean() + 0.15
    nearest = (nearness - 2 * np.eye(len(nearness))).argmax(axis=1)
    assert (topics[nearest] == topics).all()


def test_an_ngram_that_stands_anywhere_is_of_no_topic(vectors):
    nearness = (vectors[:-2] @ vectors[-1]).reshape(TOPICS, NGRAMS).mean(axis=1)
    assert np.ptp(nearness) < 0.1 < 0.6 < (vectors[:NGRAMS] @ vectors[0]).min()


def test_a_review_that_holds_nothing_known_changes_nothing(vectors):
    reviews, counts = world()
    found = ngram_embeddings([np.zeros(0, np.int32), *reviews], counts, units=10)
    assert np.isfinite(found).all() and found.shape == vectors.shape


def test_epochs_are_told_as_they_are_done():
    told = []
    ngram_embeddings(*world(), units=3, epochs=2, done=lambda epoch, vectors: told.append(epoch))
    assert told == [1, 2]


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_vectors_that_go_on_come_to_the_same_end(epoch):
    kept = {}

    def keep(number, vectors):
        kept[number] = vectors.copy()

    whole = ngram_embeddings(*world(), units=3, epochs=3, done=keep)
    told = []
    begun = (epoch, kept[epoch])
    again = ngram_embeddings(
        *world(), units=3, epochs=3, begun=begun, done=lambda number, _: told.append(number)
    )
    np.testing.assert_array_equal(again, whole)
    assert told == list(range(epoch + 1, 4))
    assert epoch == 3 or not np.array_equal(kept[epoch], whole)


def loss(vector, own, others, weight):
    """The module's description, for one review, by ``logaddexp`` instead of sigmoids."""
    pull = np.logaddexp(0, -SHARPNESS * own @ vector).sum()
    return (pull + weight * np.logaddexp(0, SHARPNESS * others @ vector).sum()) / len(own)


def vector_of(own, others, weight):
    return review_vectors([own], others, np.array([weight], own.dtype))[0]


def test_reviews_together_have_the_vectors_that_each_has_alone():
    random = np.random.default_rng(2)
    owns = [random.normal(size=(n, 6)).astype(np.float32) for n in (1, 9, 4)]
    others, weights = random.normal(size=(30, 6)).astype(np.float32), np.float32([0.1, 0.9, 0.5])
    together = review_vectors(owns, others, weights)
    assert together.shape == (3, 6) and together.dtype == np.float32
    for own, weight, found in zip(owns, weights, together, strict=True):
        np.testing.assert_allclose(found, vector_of(own, others, weight), atol=1e-5)


def test_a_reviews_vector_makes_the_loss_smaller_at_every_turn(monkeypatch):
    random = np.random.default_rng(0)
    own, others = (random.normal(size=(n, 6)).astype(np.float32) for n in (9, 30))
    own, others = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (own, others))
    monkeypatch.setattr(module, "TURN", 0.02)
    losses = []
    for turns in range(6):
        monkeypatch.setattr(module, "TURNS", turns)
        vector = vector_of(own, others, 0.5)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
        losses.append(loss(vector, own, others, 0.5))
    assert (np.diff(losses) < 0).all()


def test_a_turn_is_the_gradients_by_differences(monkeypatch):
    random = np.random.default_rng(1)
    own, others = (random.normal(size=(n, 4)) for n in (5, 7))
    monkeypatch.setattr(module, "TURNS", 0)
    before = vector_of(own, others, 0.5)
    monkeypatch.setattr(module, "TURNS", 1)
    monkeypatch.setattr(module, "TURN", 1e-4)
    moved = vector_of(own, others, 0.5) - before
    slopes = [
        (loss(before + step, own, others, 0.5) - loss(before - step, own, others, 0.5)) / 2e-5
        for step in 1e-5 * np.eye(4)
    ]
    slopes -= (slopes @ before) * before
    np.testing.assert_allclose(moved / 1e-4, -slopes, rtol=1e-2, atol=1e-3)
