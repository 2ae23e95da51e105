"""Stars in the forms that people write, and what is no number of stars."""

import pytest

from imdb_lstm.data.stars import star_classes, stars_of
from imdb_lstm.errors import DataError


def test_a_number_of_stars_is_read_in_every_form():
    for label in ("4", "4.0", "4,0", "4 stars", "****", "★★★★", "⭐⭐⭐⭐", "4.00"):
        assert stars_of(label) == (4.0, 0), label
    for label in ("4/5", "4.0 / 5", "4 of 5", "4.0 out of 5 Stars", "★★★★☆"):
        assert stars_of(label) == (4.0, 5), label


@pytest.mark.parametrize("label", ["", "-1", "good", "4/", "/5", "4 of", "☆", "four", "nan", "4-5"])
def test_anything_else_is_none(label):
    assert stars_of(label) is None


@pytest.mark.parametrize(
    "labels", [("1/5", "7/10"), ("6/5", "1/5"), ("1/7", "5/7"), ("1", "101"), ("1", "good")]
)
def test_scales_that_differ_or_do_not_hold_a_number_are_refused(labels):
    with pytest.raises(DataError, match="--labels stars needs numbers"):
        star_classes({*labels}, dict.fromkeys(labels, 2))


def test_a_scale_that_is_said_counts_for_all():
    found = star_classes({"4/10", "3"}, {"4/10": 1, "3": 1})
    assert found.values == {"4/10": 0, "3": 0} and "of 10 stars" in found.meaning
