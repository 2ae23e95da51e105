"""Word vectors: co-occurrence counts, PPMI and TF-IDF worked out by hand, and no leaks."""

import numpy as np
import pytest

from imdb_lstm.models.word_embeddings import (
    SPREAD,
    WINDOW,
    _cooccurrences,
    _positive_pmi,
    _tf_idf,
    word_vectors,
)


def texts(*rows):
    return [np.array(row, np.int32) for row in rows]


def random_texts(words=23, seed=3):
    random = np.random.default_rng(seed)
    return [random.integers(2, words, size=random.integers(1, 40)) for _ in range(60)]


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_cooccurrences_are_weighted_by_distance_in_both_directions():
    counts = _cooccurrences(texts([2, 3, 4]), 5).toarray()
    assert counts[2, 3] == counts[3, 2] == 1
    assert counts[2, 4] == counts[4, 2] == 0.5
    assert counts.sum() == 5


def test_words_of_different_texts_do_not_cooccur():
    counts = _cooccurrences(texts([2, 3], [4, 5]), 6).toarray()
    assert counts[2, 3] == counts[4, 5] == 1
    assert not counts[:4, 4:].any()


def test_words_outside_the_window_do_not_cooccur():
    row = [2, *[4] * WINDOW, 3]
    assert _cooccurrences(texts(row), 5).toarray()[2, 3] == 0


def test_padding_and_unknown_words_are_not_counted():
    counts = _cooccurrences(texts([2, 1, 3, 1, 0, 0]), 4).toarray()
    assert not counts[:2].any()
    assert counts[2, 3] == 0.5, "an unknown word between two others adds to their distance"


def test_ppmi_equals_the_formula():
    counts = _cooccurrences(random_texts(), 23)
    dense = counts.toarray().astype(float)
    contexts = dense.sum(axis=1) ** 0.75
    expected = np.outer(dense.sum(axis=1), contexts / contexts.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.nan_to_num(np.maximum(np.log(dense / expected), 0))
    np.testing.assert_allclose(_positive_pmi(counts).toarray(), wanted, atol=1e-5)


def halves(vectors):
    """The half learned from co-occurrence, and the half learned from reviews."""
    near = vectors.shape[1] - vectors.shape[1] // 2
    return vectors[:, :near], vectors[:, near:]


def test_words_with_the_same_contexts_have_similar_vectors():
    rows = [[2, 4, 5], [3, 4, 5], [2, 5, 4], [3, 5, 4], [6, 7, 8], [8, 6, 7]] * 5
    first, _ = halves(word_vectors(texts(*rows), 9, 6))
    assert cosine(first[2], first[3]) > 0.99
    assert abs(cosine(first[2], first[6])) < 0.1


def test_words_of_the_same_reviews_have_similar_vectors_at_any_distance():
    rows = [[2, *[9] * 9, 3], [3, *[9] * 9, 2], [4, 9, 5], [5, 9, 4]] * 5
    _, second = halves(word_vectors(texts(*rows), 10, 6))
    assert cosine(second[2], second[3]) > 0.99
    assert cosine(second[2], second[4]) < 0.5


def test_tf_idf_equals_the_formula():
    rows = [[2, 2, 3], [2, 4], [1, 0, 4]]
    found = _tf_idf(texts(*rows), 5).toarray()
    counts = np.array([[2, 1, 0], [1, 0, 1], [0, 0, 1]], float)
    frequency = np.log((1 + 3) / (1 + (counts > 0).sum(axis=0))) + 1
    wanted = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * frequency
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    np.testing.assert_allclose(found[2:].T, wanted, rtol=1e-5)
    assert not found[:2].any(), "padding and unknown words are not counted"


def test_shape_dtype_and_standard_deviation():
    for units in (1, 5, 40):
        vectors = word_vectors(random_texts(), 23, units)
        assert vectors.shape == (23, units)
        assert vectors.dtype == np.float32
        for half in halves(vectors):
            if half.size:  # 23 words have at most 22 dimensions; a half has no more than 20
                assert half.std() == pytest.approx(SPREAD, rel=1e-3)


def test_words_without_occurrences_get_zeros():
    vectors = word_vectors(random_texts(words=20), 23, 4)
    np.testing.assert_allclose(vectors[[0, 1, 20, 21, 22]], 0, atol=1e-6)


def test_the_same_texts_give_the_same_vectors():
    first, second = (word_vectors(random_texts(), 23, 6, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_texts_without_known_words_give_zeros_rather_than_an_error():
    assert not word_vectors(texts([1], [1, 1]), 7, 3).any()


def test_a_single_text_gives_vectors_of_cooccurrence_only():
    first, second = halves(word_vectors(texts([2, 3, 4]), 7, 4))
    assert first.any()
    assert not second.any()
