"""Word vectors learned from the reviews, without outside text and deterministically.

The first half of a vector is learned from co-occurrence: positive pointwise mutual information
(PPMI), factorised (Levy, Goldberg & Dagan 2015, "Improving Distributional Similarity with Lessons
Learned from Word Embeddings", sections 2 and 3). The second half is latent semantic analysis: the
factorised TF-IDF of words in reviews (Deerwester et al. 1990). The first reflects syntax, the
second sentiment: a mean of frozen embeddings classifies far better with the second half alone (see
``benchmarks/LOG.md``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from imdb_lstm.text.vocabulary import PADDING_ID, UNKNOWN_ID

VERSION = 1  # of the method: increase it when the vectors of the same texts change
WINDOW = 5
CONTEXT_SMOOTHING = 0.75  # section 3.2: lowers the weight of rare contexts
SPREAD = 0.1  # standard deviation of the values, small enough for training to change them


def word_vectors(
    ids: Sequence[np.ndarray], vocabulary_size: int, units: int, seed: int = 0
) -> np.ndarray:
    """Learn vectors of all words, float32 (vocabulary_size, units); words without data get zeros.

    ``ids``: the texts, int32 arrays (tokens,). Words with similar contexts get similar vectors:

    >>> texts = [np.array(t) for t in ([2, 4, 5], [3, 4, 5], [2, 4, 6], [3, 4, 6])] * 9
    >>> a, b = word_vectors(texts, vocabulary_size=7, units=2)[2:4]
    >>> bool(np.allclose(a, b, atol=1e-3))
    True
    """
    ppmi = _positive_pmi(_cooccurrences(ids, vocabulary_size))
    by_review = _tf_idf(ids, vocabulary_size)
    first, second = units - units // 2, units // 2
    return np.concatenate(
        [_factorised(ppmi, first, seed, 0.5), _factorised(by_review, second, seed, 1.0)], axis=1
    )


def _factorised(matrix: sparse.csr_matrix, units: int, seed: int, power: float) -> np.ndarray:
    """Reduce the rows of the matrix, one per word, to ``units`` dimensions and equal length.

    Returns float32 (words, units). ``power``: exponent of the singular values; 0.5 works best for
    PPMI (Levy et al., section 3.3).
    """
    from sklearn.preprocessing import normalize
    from sklearn.utils.extmath import randomized_svd

    vectors = np.zeros((matrix.shape[0], units), np.float32)
    count = min(units, min(matrix.shape) - 1)
    if count < 1:
        return vectors
    left, singular_values, _ = randomized_svd(matrix, count, n_iter=4, random_state=seed)
    found = normalize(left * singular_values**power)
    found[np.diff(matrix.indptr) == 0] = 0  # words without data
    vectors[:, :count] = found * (SPREAD / max(found.std(), 1e-12))
    return vectors


def _tf_idf(ids: Sequence[np.ndarray], vocabulary_size: int) -> sparse.csr_matrix:
    """TF-IDF of every word in every review, float32 (vocabulary_size, reviews)."""
    from sklearn.feature_extraction.text import TfidfTransformer

    starts = np.cumsum([0, *map(len, ids)])
    stream = np.concatenate(ids)
    counts = sparse.csr_matrix(
        ((stream > UNKNOWN_ID).astype(np.float32), stream, starts),
        shape=(len(ids), vocabulary_size),
    )
    counts.sum_duplicates()
    counts.eliminate_zeros()
    return TfidfTransformer(sublinear_tf=True).fit_transform(counts).T.tocsr()


def _cooccurrences(ids: Sequence[np.ndarray], vocabulary_size: int) -> sparse.csr_matrix:
    """Co-occurrence counts within ``WINDOW`` tokens, float32 (words, words), symmetric.

    A co-occurrence at distance d counts 1 / d.
    """
    gap = np.full(WINDOW, PADDING_ID, np.int32)
    stream = np.concatenate([part for text in ids for part in (text, gap)])
    known = stream > UNKNOWN_ID
    total = sparse.csr_matrix((vocabulary_size, vocabulary_size), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        both = known[:-distance] & known[distance:]
        pair = stream[:-distance][both], stream[distance:][both]
        weights = np.full(len(pair[0]), 1 / distance, np.float32)
        total = total + sparse.coo_matrix((weights, pair), shape=total.shape).tocsr()
    return (total + total.T).tocsr()


def _positive_pmi(cooccurrences: sparse.csr_matrix) -> sparse.csr_matrix:
    """PPMI: log(P(word, context) / (P(word) P(context))) where it is positive, else zero."""
    words = np.asarray(cooccurrences.sum(axis=1)).ravel()
    contexts = words**CONTEXT_SMOOTHING
    contexts *= words.sum() / max(contexts.sum(), 1)
    pairs = cooccurrences.tocoo()
    expected = words[pairs.row] * contexts[pairs.col] / max(words.sum(), 1)
    pmi = np.log(pairs.data / expected)
    positive = pmi > 0
    values = pmi[positive].astype(np.float32), (pairs.row[positive], pairs.col[positive])
    return sparse.csr_matrix(values, shape=cooccurrences.shape)
