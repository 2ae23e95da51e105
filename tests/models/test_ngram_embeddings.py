"""n-gram embeddings: they find the topics of generated reviews, and minimise the loss."""

import numpy as np
import pytest

from imdb_lstm.models import ngram_embeddings as module
from imdb_lstm.models.ngram_embeddings import SHARPNESS, ngram_embeddings, review_vectors

TOPICS, NGRAMS, REVIEWS = 5, 12, 40


def world(seed=0):
    """Reviews with half of the n-grams of one topic each, and two n-grams that are in all."""
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


@pytest.mark.slow
def test_the_vectors_have_length_one_and_are_reproducible(vectors):
    assert vectors.shape == (TOPICS * NGRAMS + 2, 10) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors, ngram_embeddings(*world(), units=10))
    assert not np.array_equal(vectors, ngram_embeddings(*world(), units=10, seed=1))


def test_ngrams_of_one_topic_have_similar_vectors_although_no_review_has_all(vectors):
    nearness = vectors[:-2] @ vectors[:-2].T
    topics = np.arange(TOPICS * NGRAMS) // NGRAMS
    same = topics[:, None] == topics
    assert nearness[same].mean() > nearness[~same].mean() + 0.15
    nearest = (nearness - 2 * np.eye(len(nearness))).argmax(axis=1)
    assert (topics[nearest] == topics).all()


def test_an_ngram_of_all_reviews_belongs_to_no_topic(vectors):
    nearness = (vectors[:-2] @ vectors[-1]).reshape(TOPICS, NGRAMS).mean(axis=1)
    assert np.ptp(nearness) < 0.1 < 0.6 < (vectors[:NGRAMS] @ vectors[0]).min()


def test_a_review_without_known_ngrams_is_ignored(vectors):
    reviews, counts = world()
    found = ngram_embeddings([np.zeros(0, np.int32), *reviews], counts, units=10)
    assert np.isfinite(found).all() and found.shape == vectors.shape


def test_a_resumed_training_gives_the_same_vectors():
    saved = {}

    def save(epoch, vectors):
        saved[epoch] = vectors.copy()

    whole = ngram_embeddings(*world(), units=3, epochs=3, on_epoch_end=save)
    assert list(saved) == [1, 2, 3]
    for epoch, vectors in saved.items():
        reported = []
        again = ngram_embeddings(
            *world(), units=3, epochs=3, resume_from=(epoch, vectors),
            on_epoch_end=lambda number, _, found=reported: found.append(number),
        )  # fmt: skip
        np.testing.assert_array_equal(again, whole)
        assert reported == list(range(epoch + 1, 4))
        assert epoch == 3 or not np.array_equal(vectors, whole)


def loss(vector, own, others, weight):
    """The loss of the module's docstring for one review, by ``logaddexp`` instead of sigmoids."""
    pull = np.logaddexp(0, -SHARPNESS * own @ vector).sum()
    return (pull + weight * np.logaddexp(0, SHARPNESS * others @ vector).sum()) / len(own)


def vector_of(own, others, weight):
    return review_vectors([own], others, np.array([weight], own.dtype))[0]


def test_a_batch_of_reviews_gets_the_vectors_of_each_review_alone():
    random = np.random.default_rng(2)
    owns = [random.normal(size=(n, 6)).astype(np.float32) for n in (1, 9, 4)]
    others, weights = random.normal(size=(30, 6)).astype(np.float32), np.float32([0.1, 0.9, 0.5])
    batch = review_vectors(owns, others, weights)
    assert batch.shape == (3, 6) and batch.dtype == np.float32
    for own, weight, found in zip(owns, weights, batch, strict=True):
        np.testing.assert_allclose(found, vector_of(own, others, weight), atol=1e-5)


def test_every_step_of_a_review_lowers_the_loss(monkeypatch):
    random = np.random.default_rng(0)
    own, others = (random.normal(size=(n, 6)).astype(np.float32) for n in (9, 30))
    own, others = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (own, others))
    monkeypatch.setattr(module, "REVIEW_STEP_SIZE", 0.02)
    losses = []
    for steps in range(6):
        monkeypatch.setattr(module, "REVIEW_STEPS", steps)
        vector = vector_of(own, others, 0.5)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
        losses.append(loss(vector, own, others, 0.5))
    assert (np.diff(losses) < 0).all()


def test_a_step_is_the_gradient_by_finite_differences(monkeypatch):
    random = np.random.default_rng(1)
    own, others = (random.normal(size=(n, 4)) for n in (5, 7))
    monkeypatch.setattr(module, "REVIEW_STEPS", 0)
    before = vector_of(own, others, 0.5)
    monkeypatch.setattr(module, "REVIEW_STEPS", 1)
    monkeypatch.setattr(module, "REVIEW_STEP_SIZE", 1e-4)
    moved = vector_of(own, others, 0.5) - before
    slopes = [
        (loss(before + step, own, others, 0.5) - loss(before - step, own, others, 0.5)) / 2e-5
        for step in 1e-5 * np.eye(4)
    ]
    slopes -= (slopes @ before) * before
    np.testing.assert_allclose(moved / 1e-4, -slopes, rtol=1e-2, atol=1e-3)
