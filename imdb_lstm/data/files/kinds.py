"""What kind of values a column has: numbers, a few labels, or texts.

Where the structure of a file is in doubt, columns that are not texts are the evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

NUMBERS = 0.9  # the least share of numbers in a column of numbers
LABELS = 20  # the most different values that a column of labels has
LABEL_LENGTH = 30


@dataclass(frozen=True)
class Kind:
    """The kind of a column: number, label or text; and its values if they are labels."""

    name: str = "text"
    labels: frozenset[str] = frozenset()

    def fits(self, cell: str) -> bool:
        """Whether a cell could stand in a column of this kind; texts could be anything.

        >>> Kind("number").fits("12"), Kind("label", frozenset({"pos"})).fits("neg")
        (True, False)
        """
        if self.name == "number":
            return is_number(cell)
        return self.name == "text" or cell.strip() in self.labels


def is_number(cell: str) -> bool:
    """Whether a cell is a number, with a decimal point or comma.

    >>> is_number("4,5"), is_number("10%"), is_number("four")
    (True, True, False)
    """
    cell = cell.strip().removesuffix("%")
    if not cell or len(cell) > 40 or not cell.isascii() or not any(map(str.isdigit, cell)):
        return False
    try:
        float(cell.replace(",", ".", 1))
    except ValueError:
        return False
    return True


def column_kinds(rows: Sequence[Sequence[str]], width: int) -> list[Kind]:
    """Return the kind of each column, judged by the rows that have this many cells.

    >>> [kind.name for kind in column_kinds([["1", "Good."], ["2", "Bad."]], 2)]
    ['number', 'text']
    """
    fitting = [row for row in rows if len(row) == width]
    return [_kind([row[column].strip() for row in fitting]) for column in range(width)]


def _kind(cells: list[str]) -> Kind:
    filled = [cell for cell in cells if cell]
    if filled and sum(map(is_number, filled)) >= NUMBERS * len(filled):
        return Kind("number")
    counts = Counter(filled)
    few = len(filled) >= 4 and len(counts) <= min(LABELS, len(filled) // 2)
    if few and all(len(cell) <= LABEL_LENGTH for cell in counts):
        return Kind("label", frozenset(counts))
    return Kind()
