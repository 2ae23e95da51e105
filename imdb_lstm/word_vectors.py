"""Word vectors from the reviews themselves, as a start for the embedding.

Words are described by the words around them: positive pointwise mutual information, factorised
(Levy, Goldberg & Dagan 2015, "Improving Distributional Similarity with Lessons Learned from Word
Embeddings", sections 2 and 3). No outside text, the same result every time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from imdb_lstm.text import PADDING_ID, UNKNOWN_ID

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
    >>> bool(np.allclose(a, b, atol=1e-5))
    True
    """
    from sklearn.utils.extmath import randomized_svd

    association = _positive_information(_company(ids, vocabulary_size))
    units_found = min(units, vocabulary_size - 1)
    left, strengths, _ = randomized_svd(association, units_found, n_iter=4, random_state=seed)
    found = left * np.sqrt(strengths)  # section 3.3: the root of the strengths does best
    vectors = np.zeros((vocabulary_size, units), np.float32)
    vectors[:, :units_found] = found * (SPREAD / max(found.std(), 1e-12))
    return vectors


def _company(ids: Sequence[np.ndarray], vocabulary_size: int) -> sparse.csr_matrix:
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


def _positive_information(company: sparse.csr_matrix) -> sparse.csr_matrix:
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
