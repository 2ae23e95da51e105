"""n-gram vectors from the reviews themselves: a review's own vector foretells the n-grams in it.

Reviews d and n-grams g are directions, vectors of length one. They are turned until the n-grams of
a review point its way and others, m, drawn at random, do not: what is made small, for each n-gram
of each review, is

    −log σ(α d·g) − k E[log σ(−α d·m)]

No label is read. Still a logistic regression on the mean vector of a review's n-grams tells praise
from blame better than one on their counts does, which fits each n-gram to its few reviews
(``benchmarks/LOG.md``).

Sources: B. Li, T. Liu, Z. Zhao, P. Wang and X. Du (2016), Learning document embeddings by
predicting n-grams for sentiment classification of long movie reviews, section 3; T. Thongtan and
T. Phienthrakul (2019), Sentiment classification using document embeddings trained with cosine
similarity, section 2, for length one and α. They take a step for every n-gram in turn; here a
review's vector takes a few for all of its n-grams together, and these one for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

DIMENSIONS = 200  # of the vectors, where no other number is given
SHARPNESS = 6.0  # α
NEGATIVES = 5.0  # k, for each n-gram of a review
SAMPLE = 1_000  # n-grams that stand for all in a step, weighed so that k of them stand
FLATTENING = 0.75  # an n-gram is drawn by the number of its reviews to this power
BATCH = 8  # reviews that share a sample
TURNS, TURN = 4, 0.2  # of a review's vector before its n-grams learn from it, and how far each
LEARNING_RATE = 0.015  # of an n-gram, falling to zero in a line
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
    """Vectors of all n-grams, float32 (ngrams, units), each of length one.

    ``reviews``: the n-grams that stand in each, int arrays without repetition. ``counts``: in how
    many reviews each n-gram stands, (ngrams,). ``done`` is told the number of each epoch done, and
    the vectors; with these two as ``begun``, in a call else the same, it goes on to the same end.

    n-grams that stand in the same reviews get the same vector, others do not:

    >>> reviews = [np.arange(10) + 10 * topic for topic in range(10)] * 50
    >>> found = ngram_embeddings(reviews, np.full(100, 50), units=8)
    >>> bool(found[0] @ found[1] > 0.99 > 0.9 > found[0] @ found[10])
    True
    """
    random = np.random.default_rng(seed)
    ngrams = _unit(random.standard_normal((len(counts), units), dtype=np.float32))
    cumulated = np.cumsum(counts**FLATTENING)
    filled = np.array([index for index, review in enumerate(reviews) if len(review)])
    first, ngrams = (0, ngrams) if resume_from is None else (resume_from[0], resume_from[1].copy())
    for epoch in range(epochs):
        order = random.permutation(filled)
        for start in range(0, len(order), BATCH):
            rate = LEARNING_RATE * (1 - (epoch + start / len(order)) / epochs)
            places = random.random(SAMPLE) * cumulated[-1]
            if epoch < first:
                continue  # what was drawn then is drawn again, so that all that follows is the same
            drawn = np.unique(np.searchsorted(cumulated, places))
            batch = [reviews[index] for index in order[start : start + BATCH]]
            _learn(ngrams, batch, drawn, rate * SHARPNESS)
        if epoch >= first:
            on_epoch_end(epoch + 1, ngrams)
    return ngrams


def _learn(ngrams: np.ndarray, batch: list[np.ndarray], drawn: np.ndarray, rate: float) -> None:
    """Turn the n-grams of each review of a batch towards it, and those drawn away from all."""
    others = ngrams[drawn]
    owns = [ngrams[review] for review in batch]
    weights = np.array([NEGATIVES * len(review) / len(drawn) for review in batch], np.float32)
    vectors = review_vectors(owns, others, weights)
    for review, own, vector in zip(batch, owns, vectors, strict=True):
        pull = np.float32(rate) * _sigmoid(-SHARPNESS * (own @ vector))
        ngrams[review] = _unit(ngrams[review] + np.multiply.outer(pull, vector))
    push = np.float32(rate) * weights * _sigmoid(SHARPNESS * (others @ vectors.T))
    ngrams[drawn] = _unit(ngrams[drawn] - push @ vectors)


def review_vectors(
    owns: Sequence[np.ndarray], others: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Vectors of reviews, float32 (reviews, units), by those of their n-grams and of ``others``.

    Gradient descent on the mean loss of the module's description from the mean of a review's
    n-grams, on the sphere. ``weights``: how many n-grams drawn each of the others stands for.
    """
    lengths = np.array([[len(own)] for own in owns], np.float32)
    vectors = _unit(np.stack([own.mean(axis=0) for own in owns]) - others.mean(axis=0))
    for _ in range(TURNS):
        pulls = [_sigmoid(-SHARPNESS * (own @ vector)) @ own
                 for own, vector in zip(owns, vectors, strict=True)]  # fmt: skip
        push = weights * _sigmoid(SHARPNESS * (others @ vectors.T))
        uphill = (np.stack(pulls) - push.T @ others) * (SHARPNESS / lengths)
        uphill -= np.sum(uphill * vectors, axis=1, keepdims=True) * vectors
        vectors = _unit(vectors + TURN * uphill)
    return vectors


def _unit(rows: np.ndarray) -> np.ndarray:
    """The rows (n, units), each brought to length one, in place."""
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None] + 1e-12
    return rows


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))
