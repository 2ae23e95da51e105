"""Times of reviews, as numbers that can be compared: years, seconds or dates in any usual form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from imdb_lstm.data.labels import as_number
from imdb_lstm.errors import DataError

DAY_AND_MONTH = re.compile(r"\s*(\d{1,2})([./-])(\d{1,2})[./-]\d{2,4}\b")
MONTH_AND_YEAR = re.compile(r"\s*(0?[1-9]|1[0-2])[./-]((?:19|20)\d\d)\s*")


def moments(times: Sequence[str], names: Sequence[str]) -> np.ndarray:
    """Return times as numbers, float64 (n,): all as numbers, or all as dates.

    Whether day or month comes first is decided for all of them together. Raises ``DataError``,
    naming the first review whose time is neither, or when that cannot be decided.

    >>> np.diff(moments(["05.01.2024", "13.01.2024"], ["a:1", "a:2"])) / 86_400
    array([8.])
    """
    if all(MONTH_AND_YEAR.fullmatch(time) for time in times):
        return np.array([_month(time) for time in times])
    numbers = [as_number(time) for time in times]
    if None in numbers:
        day_first = _day_first(times, names)
        dates = [_timestamp(time, day_first) for time in times]
        numbers = min(numbers, dates, key=lambda found: found.count(None))
    if None in numbers:
        where = numbers.index(None)
        raise DataError(f"{names[where]}: {times[where]!r} is neither a number nor a date")
    return np.array(numbers, np.float64)


def _month(time: str) -> float:
    found = MONTH_AND_YEAR.fullmatch(time)
    assert found is not None
    return datetime(int(found[2]), int(found[1]), 1, tzinfo=UTC).timestamp()


def _day_first(times: Sequence[str], names: Sequence[str]) -> bool:
    """Whether dates such as 05.01.2024 begin with the day, as one that leaves no choice tells."""
    found = [(place, match) for place, time in enumerate(times)
             if (match := DAY_AND_MONTH.match(time))]  # fmt: skip
    days = [place for place, match in found if int(match[1]) > 12]
    months = [place for place, match in found if int(match[3]) > 12]
    if days and months:
        raise DataError(
            f"the dates begin with the day in {names[days[0]]}, {times[days[0]]!r}, and with the "
            f"month in {names[months[0]]}, {times[months[0]]!r}: write them as 2024-12-31"
        )
    if found and not (days or months) and any(match[2] != "." for _, match in found):
        place = found[0][0]
        raise DataError(
            f"{names[place]}: {times[place]!r} could begin with the day or with the month, and no "
            "other date tells: write dates as 2024-12-31"
        )
    return not months


def _timestamp(time: str, day_first: bool) -> float | None:
    """Return the seconds since 1970 of a date, or None."""
    from dateutil.parser import parse

    first = day_first and DAY_AND_MONTH.match(time) is not None  # else 2024-05-01 would be January
    try:
        moment = parse(time, default=datetime(1970, 1, 1), dayfirst=first)
    except (ValueError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
