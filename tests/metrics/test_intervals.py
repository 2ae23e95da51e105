"""Intervals: their coverage of the true value, and agreement with references."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from imdb_lstm.metrics.intervals import auc_interval, f1_interval, mean_interval

RANDOM = np.random.default_rng(7)


def drawn(reviews):
    labels = RANDOM.integers(0, 2, reviews)
    return labels, RANDOM.normal(labels * 1.5, 1.0)


def coverage(truth, intervals):
    return np.mean([low <= truth <= high for low, high in intervals])


def test_the_interval_of_the_area_has_its_nominal_coverage():
    labels, logits = drawn(200_000)
    truth = roc_auc_score(labels, logits)
    assert 0.9 < coverage(truth, [auc_interval(*drawn(150)) for _ in range(300)]) < 0.99


@pytest.mark.slow
def test_the_interval_of_f1_has_its_nominal_coverage():
    labels, logits = drawn(200_000)
    truth = f1_score(labels, logits > 0.75)
    found = []
    for _ in range(200):
        labels, logits = drawn(200)
        cells = np.bincount(2 * labels + (logits > 0.75), minlength=4).reshape(2, 2)
        found.append(f1_interval(cells.tolist()))
    assert 0.89 < coverage(truth, found) < 0.995


def test_the_interval_of_a_mean_of_zeros_and_ones_is_that_of_a_proportion():
    low, high = mean_interval([0.0] * 50 + [1.0] * 50)
    assert (low + high) / 2 == 0.5
    assert high - low == pytest.approx(2 * 1.959964 * np.sqrt(0.25 / 99), rel=1e-6)


@pytest.mark.slow
def test_the_interval_of_the_area_is_as_wide_as_that_of_the_bootstrap():
    labels, logits = drawn(400)
    rows = [RANDOM.integers(0, 400, 400) for _ in range(400)]
    areas = [roc_auc_score(labels[row], logits[row]) for row in rows]
    low, high = auc_interval(labels, logits)
    assert high - low == pytest.approx(np.subtract(*np.percentile(areas, (97.5, 2.5))), rel=0.2)


def test_there_is_no_interval_where_the_variance_cannot_be_estimated():
    assert auc_interval([0, 0, 1, 1], [-2.0, -1.0, 1.0, 2.0]) is None
    assert auc_interval([0, 1, 1], [-2.0, -1.0, 1.0]) is None
    assert f1_interval([[5, 0], [0, 5]]) is None
    assert f1_interval([[5, 1], [2, 0]]) is None
    assert mean_interval([1.0]) is None
