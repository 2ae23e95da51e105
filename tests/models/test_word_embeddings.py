"""Word vectors: what counts as company, what becomes of it, and what never leaks."""

import numpy as np
import pytest

from imdb_lstm.models.word_embeddings import SPREAD, WINDOW, _cooccurrences, _positive_pmi, _weighed_counts, word_vectors


def texts(*rows):
    return [np.array(row, np.int32) for row in rows]


def random_texts(words=23, seed=3):
    random = np.random.default_rng(seed)
    return [random.integers(2, words, size=random.integers(1, 40)) for _ in range(60)]


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_company_counts_neighbours_by_nearness_both_ways():
    company = _cooccurrences(texts([2, 3, 4]), 5).toarray()
    assert company[2, 3] == company[3, 2] == 1
    assert company[2, 4] == company[4, 2] == 0.5
    assert company.sum() == 5


def test_company_never_crosses_from_one_text_to_the_next():
    company = _cooccurrences(texts([2, 3], [4, 5]), 6).toarray()
    assert company[2, 3] == company[4, 5] == 1
    assert not company[:4, 4:].any()


def test_company_ends_with_the_window():
    row = [2, *[4] * WINDOW, 3]
    assert _cooccurrences(texts(row), 5).toarray()[2, 3] == 0


def test_padding_and_unknown_words_keep_no_company():
    company = _cooccurrences(texts([2, 1, 3, 1, 0, 0]), 4).toarray()
    assert not company[:2].any()
    assert company[2, 3] == 0.5, "an unknown word between two others still takes its place"


def test_information_is_that_of_the_formula():
    company = _cooccurrences(random_texts(), 23)
    dense = company.toarray().astype(float)
    contexts = dense.sum(axis=1) ** 0.75
    expected = np.outer(dense.sum(axis=1), contexts / contexts.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.nan_to_num(np.maximum(np.log(dense / expected), 0))
    np.testing.assert_allclose(_positive_pmi(company).toarray(), wanted, atol=1e-5)


def halves(vectors):
    """The part that tells company, and the part that tells reviews."""
    near = vectors.shape[1] - vectors.shape[1] // 2
    return vectors[:, :near], vectors[:, near:]


def test_words_in_like_company_are_alike_and_others_are_not():
    rows = [[2, 4, 5], [3, 4, 5], [2, 5, 4], [3, 5, 4], [6, 7, 8], [8, 6, 7]] * 5
    company, _ = halves(word_vectors(texts(*rows), 9, 6))
    assert cosine(company[2], company[3]) > 0.99
    assert abs(cosine(company[2], company[6])) < 0.1


def test_words_of_the_same_reviews_are_alike_however_far_apart_and_others_are_not():
    rows = [[2, *[9] * 9, 3], [3, *[9] * 9, 2], [4, 9, 5], [5, 9, 4]] * 5
    _, reviews = halves(word_vectors(texts(*rows), 10, 6))
    assert cosine(reviews[2], reviews[3]) > 0.99
    assert cosine(reviews[2], reviews[4]) < 0.5


def test_counts_are_weighed_as_the_formula_says():
    rows = [[2, 2, 3], [2, 4], [1, 0, 4]]
    found = _weighed_counts(texts(*rows), 5).toarray()
    counts = np.array([[2, 1, 0], [1, 0, 1], [0, 0, 1]], float)
    frequency = np.log((1 + 3) / (1 + (counts > 0).sum(axis=0))) + 1
    wanted = np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0) * frequency
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    np.testing.assert_allclose(found[2:].T, wanted, rtol=1e-5)
    assert not found[:2].any(), "padding and unknown words are not counted"


@pytest.mark.parametrize("units", [1, 5, 40])
def test_shape_type_and_spread(units):
    vectors = word_vectors(random_texts(), 23, units)
    assert vectors.shape == (23, units)
    assert vectors.dtype == np.float32
    for half in halves(vectors):
        if half.size:  # 23 words have at most 22 dimensions, of which no half needs more than 20
            assert half.std() == pytest.approx(SPREAD, rel=1e-3)


def test_words_never_seen_get_zeros():
    vectors = word_vectors(random_texts(words=20), 23, 4)
    np.testing.assert_allclose(vectors[[0, 1, 20, 21, 22]], 0, atol=1e-6)


def test_the_same_texts_give_the_same_vectors():
    first, second = (word_vectors(random_texts(), 23, 6, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_texts_without_known_words_give_zeros_rather_than_an_error():
    assert not word_vectors(texts([1], [1, 1]), 7, 3).any()


def test_a_single_text_gives_vectors_of_company_alone():
    company, reviews = halves(word_vectors(texts([2, 3, 4]), 7, 4))
    assert company.any()
    assert not reviews.any()
