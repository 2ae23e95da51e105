"""Times of reviews: one order of day and month for a column, or an error."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imdb_lstm.data.times import moments
from imdb_lstm.errors import DataError

DAYS = [date(2023, 1, 1) + timedelta(days=3 * n) for n in range(200)]
NAMES = [f"a.csv:{n}" for n in range(2, 202)]


@given(
    st.sampled_from(["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d.%m.%y",
                     "%d.%m.%Y %H:%M", "%B %d, %Y", "%Y%m%d"]),
    st.permutations(range(len(DAYS))),
)  # fmt: skip
def test_dates_of_a_column_are_in_their_order(form, order):
    found = moments([DAYS[n].strftime(form) for n in order], NAMES)
    assert [order[place] for place in found.argsort()] == list(range(len(DAYS)))


def test_a_month_and_year_is_no_decimal_number():
    found = moments(["12.2022", "01.2023", "9.2023"], NAMES)
    assert (found[1:] > found[:-1]).all()


def test_dates_with_dots_begin_with_the_day_if_none_tells():
    first, second = moments(["02.01.2024", "01.02.2024"], NAMES)
    assert first < second


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["01/02/2024", "02/03/2024"], "a.csv:2: '01/02/2024' could begin with the day or with"),
        (["13/02/2024", "02/13/2024"], "the day in a.csv:2, '13/02/2024', and with the month in"),
        (["2024-01-01", "soon"], "a.csv:3: 'soon' is neither a number nor a date"),
    ],
)
def test_dates_that_could_be_two_are_refused(times, message):
    with pytest.raises(DataError, match=message):
        moments(times, NAMES)
