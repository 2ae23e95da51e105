"""Word vectors: what counts as company, what becomes of it, and what never leaks."""

import numpy as np
import pytest

from imdb_lstm.word_vectors import (
    SPREAD,
    WINDOW,
    _company,
    _positive_information,
    word_vectors,
)


def texts(*rows):
    return [np.array(row, np.int32) for row in rows]


def random_texts(words=23, seed=3):
    random = np.random.default_rng(seed)
    return [random.integers(2, words, size=random.integers(1, 40)) for _ in range(60)]


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_company_counts_neighbours_by_nearness_both_ways():
    company = _company(texts([2, 3, 4]), 5).toarray()
    assert company[2, 3] == company[3, 2] == 1
    assert company[2, 4] == company[4, 2] == 0.5
    assert company.sum() == 5


def test_company_never_crosses_from_one_text_to_the_next():
    company = _company(texts([2, 3], [4, 5]), 6).toarray()
    assert company[2, 3] == company[4, 5] == 1
    assert not company[:4, 4:].any()


def test_company_ends_with_the_window():
    row = [2, *[4] * WINDOW, 3]
    assert _company(texts(row), 5).toarray()[2, 3] == 0


def test_padding_and_unknown_words_keep_no_company():
    company = _company(texts([2, 1, 3, 1, 0, 0]), 4).toarray()
    assert not company[:2].any()
    assert company[2, 3] == 0.5, "an unknown word between two others still takes its place"


def test_information_is_that_of_the_formula():
    company = _company(random_texts(), 23)
    dense = company.toarray().astype(float)
    contexts = dense.sum(axis=1) ** 0.75
    expected = np.outer(dense.sum(axis=1), contexts / contexts.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = np.nan_to_num(np.maximum(np.log(dense / expected), 0))
    np.testing.assert_allclose(_positive_information(company).toarray(), wanted, atol=1e-5)


def test_words_in_like_company_are_alike_and_others_are_not():
    rows = [[2, 4, 5], [3, 4, 5], [2, 5, 4], [3, 5, 4], [6, 7, 8], [8, 6, 7]] * 5
    vectors = word_vectors(texts(*rows), 9, 3)
    assert cosine(vectors[2], vectors[3]) > 0.99
    assert abs(cosine(vectors[2], vectors[6])) < 0.1


@pytest.mark.parametrize("units", [1, 5, 40])
def test_shape_type_and_spread(units):
    vectors = word_vectors(random_texts(), 23, units)
    assert vectors.shape == (23, units)
    assert vectors.dtype == np.float32
    assert vectors[:, :22].std() == pytest.approx(SPREAD, rel=1e-3)


def test_words_never_seen_get_zeros():
    vectors = word_vectors(random_texts(words=20), 23, 4)
    np.testing.assert_allclose(vectors[[0, 1, 20, 21, 22]], 0, atol=1e-6)


def test_the_same_texts_give_the_same_vectors():
    first, second = (word_vectors(random_texts(), 23, 6, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_texts_without_company_give_zeros_rather_than_an_error():
    assert not word_vectors(texts([1], [2]), 7, 3).any()
