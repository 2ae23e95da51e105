"""Logits of two and of more classes: probabilities, verdicts and confidence."""

import numpy as np
import pytest
from scipy.special import softmax

from imdb_lstm.metrics.logits import (
    check_labels_and_logits,
    confidence,
    log_odds,
    own_log_odds,
    predicted_classes,
    probabilities,
)

CLASSES = (3, 8, 20)


def several(classes, reviews=600):
    random = np.random.default_rng(0)
    labels = random.integers(classes, size=reviews)
    return labels, 2 * random.normal(size=(reviews, classes)) + 2 * np.eye(classes)[labels]


@pytest.mark.parametrize("classes", CLASSES)
def test_log_odds_are_those_of_the_softmax_and_never_overflow(classes):
    _, logits = several(classes)
    np.testing.assert_allclose(probabilities(logits), softmax(logits, axis=1), atol=1e-14)
    assert np.isfinite(log_odds(logits * 1e4)).all()
    np.testing.assert_array_equal(predicted_classes(logits), logits.argmax(axis=1))
    np.testing.assert_allclose(confidence(logits), log_odds(logits).max(axis=1))
    shifted = log_odds(logits + 100.0)
    np.testing.assert_allclose(shifted, log_odds(logits), atol=1e-9)


def test_two_classes_with_one_logit_are_two_classes_with_a_softmax():
    random = np.random.default_rng(1)
    logits = random.normal(size=50)
    padded = np.stack([np.zeros(50), logits, np.full(50, -700.0)], axis=1)
    np.testing.assert_allclose(probabilities(logits), probabilities(padded)[:, :2], atol=1e-12)


def test_the_log_odds_of_the_label_and_of_the_verdict_are_among_those_of_all_classes():
    labels, logits = several(8)
    odds = log_odds(logits)
    np.testing.assert_array_equal(own_log_odds(labels, logits), odds[np.arange(600), labels])
    assert (confidence(logits) == odds.max(axis=1)).all()
    np.testing.assert_array_equal(confidence(logits[:, 0]), np.abs(logits[:, 0]))


@pytest.mark.parametrize(
    ("labels", "logits", "words"),
    [
        ([0, 3], np.zeros((2, 3)), "labels must be 0 to 2"),
        ([0, 1], np.zeros((2, 2)), "same shape"),
        ([0], np.zeros((2, 3)), "same shape"),
        ([0, 1], [[0.0, np.nan, 1.0], [0.0, 0.0, 0.0]], "1 of 6 logits are not finite"),
        ([], np.zeros((0, 3)), "empty"),
    ],
)
def test_what_is_no_labels_and_logits_is_refused(labels, logits, words):
    with pytest.raises(ValueError, match=words):
        check_labels_and_logits(labels, logits)
