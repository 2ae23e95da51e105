"""Word vectors from the reviews themselves, with no outside text and the same result every time.

One half of a vector tells which words stand around a word: positive pointwise mutual information,
factorised (Levy, Goldberg & Dagan 2015, "Improving Distributional Similarity with Lessons Learned
from Word Embeddings", sections 2 and 3). The other half tells in which reviews it stands: latent
semantic analysis of TF-IDF (Deerwester et al. 1990). The first knows syntax, the second what goes
with praise or blame: on it alone a mean of frozen vectors classifies far better (see
``benchmarks/LOG.md``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from imdb_lstm.text.vocabulary import PADDING_ID, UNKNOWN_ID

VERSION = 1  # of the method: to be raised when the vectors of the same texts change
WINDOW = 5
CONTEXT_SMOOTHING = 0.75  # section 3.2: rare contexts count for less
SPREAD = 0.1  # standard deviation of the values, so that training can still move them


def word_vectors(
    ids: Sequence[np.ndarray], vocabulary_size: int, units: int, seed: int = 0
) -> np.ndarray:
    """Vectors of all the words, float32 (vocabulary_size, units); zero where nothing is known.

    ``ids``: the texts, int32 arrays (tokens,). Words that stand in like company get like vectors:

    >>> texts = [np.array(t) for t in ([2, 4, 5], [3, 4, 5], [2, 4, 6], [3, 4, 6])] * 9
    >>> a, b = word_vectors(texts, vocabulary_size=7, units=2)[2:4]
    >>> bool(np.allclose(a, b, atol=1e-3))
    True
    """
    by_company = _positive_pmi(_cooccurrences(ids, vocabulary_size))
    by_review = _weighed_counts(ids, vocabulary_size)
    near, far = units - units // 2, units // 2
    return np.concatenate(
        [_factorised(by_company, near, seed, 0.5), _factorised(by_review, far, seed, 1.0)], axis=1
    )


def _factorised(matrix: sparse.csr_matrix, units: int, seed: int, power: float) -> np.ndarray:
    """The words, rows of the matrix, in ``units`` dimensions, all of one length: float32.

    ``power``: of the singular values; a half does best for company (Levy et al., section 3.3).
    """
    from sklearn.preprocessing import normalize
    from sklearn.utils.extmath import randomized_svd

    vectors = np.zeros((matrix.shape[0], units), np.float32)
    count = min(units, min(matrix.shape) - 1)
    if count < 1:
        return vectors
    left, strengths, _ = randomized_svd(matrix, count, n_iter=4, random_state=seed)
    found = normalize(left * strengths**power)
    found[np.diff(matrix.indptr) == 0] = 0  # nothing is known of these words
    vectors[:, :count] = found * (SPREAD / max(found.std(), 1e-12))
    return vectors


def _weighed_counts(ids: Sequence[np.ndarray], vocabulary_size: int) -> sparse.csr_matrix:
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
    """How often two words stand within ``WINDOW`` of each other, the nearer the more it counts."""
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


def _positive_pmi(company: sparse.csr_matrix) -> sparse.csr_matrix:
    """log(P(word, context) / (P(word) P(context))) where that is above zero."""
    words = np.asarray(company.sum(axis=1)).ravel()
    contexts = words**CONTEXT_SMOOTHING
    contexts *= words.sum() / max(contexts.sum(), 1)
    pairs = company.tocoo()
    expected = words[pairs.row] * contexts[pairs.col] / max(words.sum(), 1)
    information = np.log(pairs.data / expected)
    kept = information > 0
    values = information[kept].astype(np.float32), (pairs.row[kept], pairs.col[kept])
    return sparse.csr_matrix(values, shape=company.shape)
