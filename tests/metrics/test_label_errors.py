"""Likely label errors: confident learning against its definition."""

import numpy as np

from imdb_lstm.metrics.label_errors import (
    label_probability,
    likely_label_errors,
    mean_self_confidence,
)
from imdb_lstm.metrics.logits import sigmoid

RANDOM = np.random.default_rng(3)
TRUE = RANDOM.integers(0, 2, 500)
LOGITS = RANDOM.normal((2 * TRUE - 1) * 2.0, 1.5)
LABELS = np.where(RANDOM.random(500) < 0.1, 1 - TRUE, TRUE)


def confident_joint(labels, logits):
    """The class that each review counts as, or None: equations 1 and 2 of the paper."""
    positive = sigmoid(logits)
    both = np.stack([1 - positive, positive], axis=1)
    means = [both[labels == label, label].mean() for label in (0, 1)]
    for row in both:
        reached = [label for label in (0, 1) if row[label] >= means[label]]
        yield max(reached, key=lambda label: row[label]) if reached else None


def test_label_errors_are_off_the_diagonal_of_the_confident_joint():
    counted = list(confident_joint(LABELS, LOGITS))
    off = [i for i in range(500) if counted[i] is not None and counted[i] != LABELS[i]]
    found = likely_label_errors(LABELS, LOGITS)
    assert sorted(found) == off
    assert 10 < len(off) < 100


def test_the_least_probable_label_comes_first_even_where_probabilities_round_to_zero():
    own = label_probability(LABELS, LOGITS)[likely_label_errors(LABELS, LOGITS)]
    assert (np.diff(own) >= 0).all() and (own < 0.5).all()
    labels = [0, 0, 0, 1, 1, 1]
    assert likely_label_errors(labels, [-9.0, 900.0, 901.0, 9.0, 9.0, -950.0]).tolist() == [5, 2, 1]


def test_most_of_the_flipped_labels_are_found():
    found = likely_label_errors(LABELS, LOGITS)
    flipped = np.flatnonzero(LABELS != TRUE)
    assert len(set(found) & set(flipped)) / len(found) > 0.7
    assert len(set(found) & set(flipped)) / len(flipped) > 0.4


def test_a_probability_of_the_other_class_just_above_a_half_is_not_enough():
    labels, logits = [0, 0, 1, 1, 1], [-4.0, -4.0, 4.0, 4.0, -0.1]
    assert not len(likely_label_errors(labels, logits))


def test_with_one_label_there_are_no_label_errors():
    for labels in ([1, 1], [0, 0]):
        assert not len(likely_label_errors(labels, [-3.0, 3.0]))
        assert np.isnan(mean_self_confidence(labels, [-3.0, 3.0])).sum() == 1
