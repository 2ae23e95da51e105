"""n-gram embeddings learned from reviews: the vector of a review predicts the n-grams in it.

Reviews d and n-grams g have vectors of length one. Training makes the n-grams of a review similar
to the review, and random others, m, dissimilar. It minimises, for each n-gram of each review,

    −log σ(α d·g) − k E[log σ(−α d·m)]

No label is read. A logistic regression on the mean vector of a review's n-grams nevertheless
classifies better than one on their counts, which overfits rare n-grams (``benchmarks/LOG.md``).

Sources: B. Li, T. Liu, Z. Zhao, P. Wang and X. Du (2016), Learning document embeddings by
predicting n-grams for sentiment classification of long movie reviews, section 3; T. Thongtan and
T. Phienthrakul (2019), Sentiment classification using document embeddings trained with cosine
similarity, section 2, for length one and α. They take one step per n-gram. Here the vector of a
review takes a few steps for all of its n-grams together, and the n-grams then one for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

DIMENSIONS = 200  # of the embeddings of a classifier
SHARPNESS = 6.0  # α
NEGATIVES = 5.0  # k, for each n-gram of a review
SAMPLE = 1_000  # n-grams sampled per step, weighted so that they count as k per n-gram
SAMPLING_EXPONENT = 0.75  # of the number of reviews with an n-gram
BATCH = 8  # reviews that share a sample
REVIEW_STEPS, REVIEW_STEP_SIZE = 4, 0.2  # of a review's vector, before its n-grams take one step
LEARNING_RATE = 0.015  # of an n-gram, with linear decay to zero
EPOCHS = 8


def ngram_embeddings(
    reviews: Sequence[np.ndarray],
    counts: np.ndarray,
    units: int,
    seed: int = 0,
    epochs: int = EPOCHS,
    resume_from: tuple[int, np.ndarray] | None = None,
    on_epoch_end: Callable[[int, np.ndarray], None] = lambda epoch, vectors: None,
) -> np.ndarray:
    """Learn vectors of all n-grams, float32 (ngrams, units), each of length one.

    ``reviews``: the n-grams in each review, int arrays without repetition. ``counts``: the number
    of reviews with each n-gram, (ngrams,). ``on_epoch_end`` is called with the number of the
    finished epoch and the vectors; given both as ``resume_from``, with all else equal, the result
    is the same.

    n-grams of the same reviews get the same vector, others do not:

    >>> reviews = [np.arange(10) + 10 * topic for topic in range(10)] * 50
    >>> found = ngram_embeddings(reviews, np.full(100, 50), units=8)
    >>> bool(found[0] @ found[1] > 0.99 > 0.9 > found[0] @ found[10])
    True
    """
    random = np.random.default_rng(seed)
    ngrams = _normalised(random.standard_normal((len(counts), units), dtype=np.float32))
    cumulated = np.cumsum(counts**SAMPLING_EXPONENT)
    filled = np.array([index for index, review in enumerate(reviews) if len(review)])
    first, ngrams = (0, ngrams) if resume_from is None else (resume_from[0], resume_from[1].copy())
    for epoch in range(epochs):
        order = random.permutation(filled)
        for start in range(0, len(order), BATCH):
            rate = LEARNING_RATE * (1 - (epoch + start / len(order)) / epochs)
            places = random.random(SAMPLE) * cumulated[-1]
            if epoch < first:
                continue  # draw the random numbers of the epochs that are not repeated
            sampled = np.unique(np.searchsorted(cumulated, places))
            batch = [reviews[index] for index in order[start : start + BATCH]]
            _step(ngrams, batch, sampled, rate * SHARPNESS)
        if epoch >= first:
            on_epoch_end(epoch + 1, ngrams)
    return ngrams


def _step(ngrams: np.ndarray, batch: list[np.ndarray], sampled: np.ndarray, rate: float) -> None:
    """Move the n-grams of each review of a batch towards it, and sampled ones away from all."""
    others = ngrams[sampled]
    owns = [ngrams[review] for review in batch]
    weights = np.array([NEGATIVES * len(review) / len(sampled) for review in batch], np.float32)
    vectors = review_vectors(owns, others, weights)
    for review, own, vector in zip(batch, owns, vectors, strict=True):
        pull = np.float32(rate) * _sigmoid(-SHARPNESS * (own @ vector))
        ngrams[review] = _normalised(ngrams[review] + np.multiply.outer(pull, vector))
    push = np.float32(rate) * weights * _sigmoid(SHARPNESS * (others @ vectors.T))
    ngrams[sampled] = _normalised(ngrams[sampled] - push @ vectors)


def review_vectors(
    owns: Sequence[np.ndarray], others: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Fit vectors of reviews, float32 (reviews, units), to given vectors of n-grams.

    Gradient descent on the sphere, from the mean of a review's n-grams, minimises the mean loss of
    the module's docstring. ``owns``: the n-grams of each review; ``others``: sampled n-grams,
    (sampled, units); ``weights``: by how many n-grams each of these counts, (reviews,).
    """
    lengths = np.array([[len(own)] for own in owns], np.float32)
    vectors = _normalised(np.stack([own.mean(axis=0) for own in owns]) - others.mean(axis=0))
    for _ in range(REVIEW_STEPS):
        pulls = [_sigmoid(-SHARPNESS * (own @ vector)) @ own
                 for own, vector in zip(owns, vectors, strict=True)]  # fmt: skip
        push = weights * _sigmoid(SHARPNESS * (others @ vectors.T))
        ascent = (np.stack(pulls) - push.T @ others) * (SHARPNESS / lengths)
        ascent -= np.sum(ascent * vectors, axis=1, keepdims=True) * vectors
        vectors = _normalised(vectors + REVIEW_STEP_SIZE * ascent)
    return vectors


def _normalised(rows: np.ndarray) -> np.ndarray:
    """Divide the rows (n, units) by their lengths, in place."""
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None] + 1e-12
    return rows


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))
