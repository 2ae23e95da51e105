"""Numbers as text."""

from __future__ import annotations

import math

from imdb_lstm.metrics.intervals import Interval


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
