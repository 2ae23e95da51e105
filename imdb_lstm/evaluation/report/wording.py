"""Numbers as a report writes them."""

from __future__ import annotations

from imdb_lstm.metrics.intervals import Interval


def percent(share: float, digits: int = 1) -> str:
    """A share as it is read.

    >>> percent(0.9163)
    '91.6 %'
    """
    return f"{100 * share:.{digits}f} %"


def between(interval: Interval | None, shares: bool = True) -> str:
    """An interval as it is read; a dash where there is none.

    >>> between((0.9, 0.9251)), between((0.2, 0.31), shares=False), between(None)
    ('90.0 to 92.5 %', '0.200 to 0.310', '–')
    """
    if interval is None:
        return "–"
    low, high = interval
    return f"{100 * low:.1f} to {100 * high:.1f} %" if shares else f"{low:.3f} to {high:.3f}"
