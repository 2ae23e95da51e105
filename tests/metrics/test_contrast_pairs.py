"""Contrast pairs: what counts as a pair, and how its two predictions are counted."""

import numpy as np

from imdb_lstm.metrics.contrast_pairs import pair_consistency
from imdb_lstm.metrics.intervals import accuracy_interval

PAIRS = ["a", "b", "a", "c", "b", "c", "d", "d"]
LABELS = np.array([1, 0, 0, 1, 1, 0, 1, 0])
LOGITS = np.array(
    [2.0, -1.0, -3.0, 1.0, -2.0, 4.0, -1.0, 1.0]
)  # a right, b and c the same, d swapped


def test_the_predictions_of_each_pair_are_counted():
    low, high = accuracy_interval(1, 4)
    assert pair_consistency(LABELS, LOGITS, PAIRS) == {
        "pairs": 4, "both_right": 0.25, "both_right_low": low, "both_right_high": high,
        "same_verdict": 0.5,
    }  # fmt: skip


def test_two_reviews_without_a_name_are_no_pair():
    assert pair_consistency([1, 0, 1, 0], [1.0, -1.0, -1.0, -1.0], ["", "", "a", "a"]) == (
        pair_consistency([1, 0], [-1.0, -1.0], ["a", "a"])
    )


def test_the_order_of_the_reviews_does_not_matter():
    order = np.random.default_rng(2).permutation(len(PAIRS))
    shuffled = pair_consistency(LABELS[order], LOGITS[order], [PAIRS[i] for i in order])
    assert shuffled == pair_consistency(LABELS, LOGITS, PAIRS)


def test_a_constant_prediction_gets_no_pair_right():
    found = pair_consistency(LABELS, np.ones(8), PAIRS)
    assert (found["both_right"], found["same_verdict"]) == (0.0, 1.0)


def test_names_that_are_no_pair_are_ignored():
    assert pair_consistency(LABELS, LOGITS, []) == {}
    for pairs in (
        [""] * 8,
        list("abcdefgh"),
        list("aaabbbcd"),  # three reviews per name
        ["a", "b", "c", "a", "d", "e", "f", "g"],  # two positive ones
    ):
        assert pair_consistency(LABELS, LOGITS, pairs) == {}
        found = pair_consistency([*LABELS, 1, 0], [*LOGITS, 1.0, -1.0], [*pairs, "x", "x"])
        assert (found["pairs"], found["both_right"]) == (1, 1.0)
