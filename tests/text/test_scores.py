"""Scores and their opposites: on the same scale, and back again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imdb_lstm.text.scores import scores


def turned(text):
    found = scores(text)
    for score in reversed(found):
        text = text[: score.start] + score.new + text[score.end :]
    return text, [score.label for score in found]


@given(st.integers(1, 10), st.sampled_from(["/", " / ", " out of "]))
def test_a_score_turned_twice_is_the_same(value, by):
    text = f"It gets {value}{by}10."
    once, labels = turned(text)
    assert labels == [int(value > 5.5)] and turned(once) == (text, [1 - labels[0]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Four of five stars.", "Two of five stars."), ("4 out of 5 stars", "2 out of 5 stars"),
        ("1 out of 10 stars", "10 out of 10 stars"), ("8 / 10 stars", "3 / 10 stars"),
        ("5.5 out of 10 stars", "5.5 out of 10 stars"), ("4 stars out of 5", "2 stars out of 5"),
        ("7.5/10", "3.5/10"), ("0/10", "10/10"), ("4/5", "2/5"), ("80/100", "20/100"),
        ("Two out of ten", "Nine out of ten"), ("5 stars", "1 star"), ("One star.", "Five stars."),
        ("8 stars out of 10", "3 stars out of 10"), ("*** out of ****", "** out of ****"),
        ("Grade: A", "Grade: F"), ("Grade B+", "Grade D-"), ("I give it a 3.", "I give it a 8."),
    ],
)  # fmt: skip
def test_scores_are_turned_on_their_scale(text, expected):
    assert turned(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    ["Open 24/7.", "On 9/11/2001", "3/5 is average", "the four stars of it", "Grade C", "b***h",
     "in 10 minutes", "It gave the film a 90 minute cut", "1/2 of 10", "$5/10 tickets"],
)  # fmt: skip
def test_other_numbers_stay(text):
    assert turned(text) == (text, [])


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("4 stars", 1), ("2 stars", 0), ("4 stars out of 10", 0), ("6 stars", 1),
        ("*** / ****", 1), ("** out of 10", 0), ("Grade: B-", 1), ("Grade: D+", 0),
        ("I gave the film a 6", 1), ("I gave the film a 5", 0), ("50/100", None), ("51/100", 1),
        ("3 stars", None), ("*** / 5", None), ("It scored it a 55", None),
    ],
)  # fmt: skip
def test_a_score_above_the_middle_of_its_scale_is_positive(text, label):
    assert turned(text)[1] == ([] if label is None else [label])


TOKENS = ["8/10", "stars", " ", "4", " out of ", "5", "I give it a ", "***", "/", "Grade", "B+"]


@given(st.lists(st.sampled_from(TOKENS), max_size=12).map("".join))
def test_no_two_scores_overlap(text):
    found = scores(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert all(0 <= score.start < score.end <= len(text) for score in found)
