"""Pairs of reviews: what counts as one, and how its two answers are counted."""

import numpy as np
import pytest

from imdb_lstm.metrics.classification import accuracy_interval
from imdb_lstm.metrics.contrast_pairs import pair_consistency

PAIRS = ["a", "b", "a", "c", "b", "c", "d", "d"]
LABELS = np.array([1, 0, 0, 1, 1, 0, 1, 0])
LOGITS = np.array([2.0, -1.0, -3.0, 1.0, -2.0, 4.0, -1.0, 1.0])  # a right, b and c alike, d swapped


def test_the_answers_to_each_pair_are_counted():
    low, high = accuracy_interval(1, 4)
    assert pair_consistency(LABELS, LOGITS, PAIRS) == {
        "pairs": 4, "both_right": 0.25, "both_right_low": low, "both_right_high": high,
        "same_verdict": 0.5,
    }  # fmt: skip


def test_the_order_of_the_reviews_does_not_matter():
    order = np.random.default_rng(2).permutation(len(PAIRS))
    shuffled = pair_consistency(LABELS[order], LOGITS[order], [PAIRS[i] for i in order])
    assert shuffled == pair_consistency(LABELS, LOGITS, PAIRS)


def test_the_verdict_for_all_gets_no_pair_right_though_half_the_reviews():
    found = pair_consistency(LABELS, np.ones(8), PAIRS)
    assert (found["both_right"], found["same_verdict"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [""] * 8,
        list("abcdefgh"),
        list("aaabbbcd"),  # three reviews to a name
        ["a", "b", "c", "a", "d", "e", "f", "g"],  # two positive ones
    ],
)
def test_what_is_no_pair_is_left_out(pairs):
    assert pair_consistency(LABELS, LOGITS, pairs) == {}
    if pairs:
        found = pair_consistency([*LABELS, 1, 0], [*LOGITS, 1.0, -1.0], [*pairs, "x", "x"])
        assert (found["pairs"], found["both_right"]) == (1, 1.0)
