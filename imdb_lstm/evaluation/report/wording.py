"""Numbers and names as text."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from imdb_lstm.metrics.figure_text import group_name, shortened
from imdb_lstm.metrics.intervals import Interval
from imdb_lstm.runs.description import MOST_NAMED, joined, short_names

LONGEST_NAME = 200  # characters
ISOLATES = "\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
LEFT_TO_RIGHT = {"L", "EN", "ES", "ET", "CS", "BN", "B", "S", "WS", "ON", "NSM"}  # or neutral


def named(value: Any) -> str:
    r"""Return the name of a group or a review in one line, cut if it is very long.

    >>> named(3.0), named("two\nlines"), named("")
    ('3', 'two lines', '(empty)')
    """
    return all_named([value])[0]


def all_named(values: Iterable[Any]) -> list[str]:
    """Return the names of groups, as ``named`` does; different groups have different names."""
    names = [group_name(value) for value in values]
    lines = {name: " ".join(name.split()) or "(empty)" for name in names}
    short = shortened(lines, LONGEST_NAME)
    return [isolated(short[name]) for name in names]


def class_list(names: Sequence[str], last: str = "and") -> str:
    """Join names of classes as in a sentence; of many, the first ones.

    >>> class_list(["good", "bad"], "or")
    'good or bad'
    """
    short = [isolated(name) for name in short_names(names)]
    return joined(short, "and" if len(names) > MOST_NAMED else last)


def isolated(words: str) -> str:
    """Return words that do not change the direction of what is around them.

    So a number after an Arabic word stays after it. Other words are returned unchanged.

    >>> isolated("film 1"), isolated("\N{HEBREW LETTER ALEF}").strip(ISOLATES)
    ('film 1', 'א')
    """
    plain = all(unicodedata.bidirectional(letter) in LEFT_TO_RIGHT for letter in words)
    return words if plain else f"{ISOLATES[0]}{words}{ISOLATES[1]}"


def stars(rating: Any) -> str:
    """Return a rating without needless decimals, empty if it is unknown: not a number, or int 0.

    >>> stars(3.0), stars(1.5), stars(float("nan")), stars(0)
    ('3', '1.5', '', '')
    """
    unknown = math.isnan(rating) or (isinstance(rating, int | np.integer) and rating == 0)
    return "" if unknown else group_name(float(rating))


def percent(share: float, digits: int = 1) -> str:
    """Format a share as a percentage.

    >>> percent(0.9163)
    '91.6 %'
    """
    return f"{100 * share:.{digits}f} %"


def fine_percent(share: float) -> str:
    """Format a probability, with more digits near 0 and 1.

    >>> fine_percent(0.00042), fine_percent(0.99958), fine_percent(0.25)
    ('0.042 %', '99.958 %', '25 %')
    """
    digits = -1 - math.floor(math.log10(max(min(share, 1 - share), 1e-9)))
    return percent(share, max(0, digits))


def between(interval: Interval | None, shares: bool = True) -> str:
    """Format an interval, of percentages or of plain numbers; a dash if there is none.

    >>> between((0.9, 0.9251)), between((0.2, 0.31), shares=False), between(None)
    ('90.0 to 92.5 %', '0.200 to 0.310', '–')
    """
    if interval is None:
        return "–"
    low, high = interval
    return f"{100 * low:.1f} to {100 * high:.1f} %" if shares else f"{low:.3f} to {high:.3f}"


def megabytes(count: int) -> str:
    """Format a number of bytes in megabytes (10^6 bytes).

    >>> megabytes(31_400_000), megabytes(8_000)
    ('31.4 MB', '0.01 MB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e6:.2f} MB"
