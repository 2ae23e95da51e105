"""Soft labels: calibrated, weighed by what the teachers are worth, blind to their scale."""

import numpy as np
import pytest

from imdb_lstm.teacher import soft_labels


def teachers(noises, count=4000, seed=0):
    """Labels, and the logits of teachers that see them through noise."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count)
    return labels, [2 * labels - 1 + noise * random.normal(size=count) for noise in noises]


def test_the_labels_are_calibrated():
    labels, logits = teachers([1.0])
    new, unseen = teachers([1.0], seed=1)
    found = soft_labels([9 * logits[0]], labels, [9 * unseen[0]])
    for low in np.arange(0.1, 0.9, 0.2):
        here = (found >= low) & (found < low + 0.2)
        assert new[here].mean() == pytest.approx(found[here].mean(), abs=0.06)


def test_teachers_together_are_right_more_often_than_the_best_alone():
    labels, logits = teachers([1.0, 1.2])
    new, unseen = teachers([1.0, 1.2], seed=1)
    together = np.mean((soft_labels(logits, labels, unseen) > 0.5) == new)
    alone = [np.mean((one > 0) == new) for one in unseen]
    assert together > max(alone) + 0.03


def test_a_teacher_that_guesses_counts_for_nothing():
    labels, logits = teachers([1.0])
    guess = np.random.default_rng(5).normal(size=len(labels))
    without = soft_labels(logits, labels, logits)
    beside = soft_labels([*logits, guess], labels, [*logits, guess])
    np.testing.assert_allclose(without, beside, atol=0.03)


def test_the_scale_of_a_teachers_logits_does_not_matter():
    labels, logits = teachers([1.0, 1.5])
    scaled = [100 * logits[0], 0.01 * logits[1]]
    np.testing.assert_allclose(
        soft_labels(logits, labels, logits), soft_labels(scaled, labels, scaled), atol=1e-3
    )


def test_shape_and_type():
    labels, logits = teachers([1.0])
    found = soft_labels(logits, labels, [logits[0][:7]])
    assert found.shape == (7,)
    assert found.dtype == np.float32
