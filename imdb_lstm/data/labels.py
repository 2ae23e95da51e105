"""Classes: their names and order, and the form in which the values of a label are compared.

Which class each value of a file means is found by ``find_classes``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from imdb_lstm.data.label_words import KINDS, NEGATIVE_WORDS, POSITIVE_WORDS
from imdb_lstm.errors import DataError

NAMES = ("negative", "positive")
LEFT_OUT = -1  # the class of labels that belong to none
# How spreadsheets, databases and pandas write a missing value; "none" may be a class.
MISSING = frozenset(("", "nan", "<na>", "na", "n/a", "#n/a", "null", "\\n"))


class LabelsError(DataError):
    """The labels of a file are no classes. ``counts``: the rows of each value."""

    def __init__(self, message: str, counts: Mapping[str, int]) -> None:
        super().__init__(message)
        self.counts = counts


@dataclass(frozen=True)
class Classes:
    """The names of two classes, the negative one first, or of more; and that of each label value.

    ``values``: key of a value, see ``label_key``, → the number of its class, or ``LEFT_OUT``.
    ``meaning``: how the classes were found, for a message; "" where there was nothing to find.
    ``ordered``: whether more than two classes are in an order, as stars are.
    """

    names: tuple[str, ...] = NAMES
    values: Mapping[str, int] = field(
        default_factory=lambda: {"0": 0, "1": 1, "negative": 0, "positive": 1}
    )
    meaning: str = field(default="", compare=False)
    ordered: bool = False

    def __len__(self) -> int:
        return len(self.names)

    @property
    def scale(self) -> list[float] | None:
        """The number of each of three or more ordered classes, else None.

        It is that in its name, where all names are ascending numbers, or else its rank.

        >>> Classes(("1", "2", "10"), ordered=True).scale
        [1.0, 2.0, 10.0]
        """
        if not self.ordered or len(self) == 2:
            return None
        numbers = [as_number(name) for name in self.names]
        known = [number for number in numbers if number is not None]
        ascending = len(known) == len(self) and known == sorted(set(known))
        return known if ascending else [float(rank) for rank in range(len(self))]

    def class_of(self, value: Any) -> int:
        """Return the number of a class, or ``LEFT_OUT``. Raises ``KeyError`` if it is unknown."""
        return self.values[label_key(value)]


SENTIMENT = Classes()  # of IMDb


def same_classes(some: Classes, others: Classes) -> bool:
    """Return whether classes have the same names, or are both for bad and good, in any words."""
    words = len(some) == len(others) and is_sentiment(some) and is_sentiment(others)
    return some.names == others.names or words


def is_sentiment(classes: Classes) -> bool:
    """Return whether the names of the classes say which one is negative, and neutral."""
    kinds = KINDS if len(classes) == 3 else (NEGATIVE_WORDS, POSITIVE_WORDS)
    keys = [label_key(name) for name in classes.names]
    return len(keys) == len(kinds) and all(k in kind for k, kind in zip(keys, kinds, strict=True))


def label_key(value: Any) -> str:
    """Return the form in which labels are compared: no case, and numbers as short as can be.

    >>> label_key(" Positive "), label_key("1.0"), label_key(True), label_key(0.5), label_key(None)
    ('positive', '1', 'true', '0.5', '')
    """
    text = "" if value is None else str(value).strip()
    number = as_number(text)
    if number is None:
        return "" if text.casefold() in MISSING else text.casefold()
    return str(int(number)) if number == int(number) else repr(number)


def as_number(text: str) -> float | None:
    """Return the number that a text is, or None; a decimal comma is accepted.

    >>> as_number("4,5"), as_number("four"), as_number("1e400")
    (4.5, None, None)
    """
    try:
        number = float(text.replace(",", ".") if text.count(",") == 1 else text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def listed_counts(counts: Mapping[str, int]) -> str:
    """Return the number of reviews of each class, in their order.

    >>> listed_counts({"bad": 7, "good": 3}), listed_counts({"1": 2, "2": 5, "3": 4})
    ('7 bad, 3 good', '1: 2, 2: 5, 3: 4')
    """
    if len(counts) == 2:
        return ", ".join(f"{count:,} {name}" for name, count in counts.items())
    return ", ".join(f"{name}: {count:,}" for name, count in counts.items())


def describe_counts(counts: Mapping[str, int], most: int = 20) -> str:
    """Return all values with their rows, the commonest first.

    >>> describe_counts({"good": 3, "bad": 7})
    '2 values: bad (7), good (3)'
    """
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    shown = ", ".join(f"{value[:40]} ({counts[value]:,})" for value in ranked[:most])
    more = f" and {len(ranked) - most:,} more" if len(ranked) > most else ""
    return f"{len(ranked):,} values: {shown}{more}" if len(ranked) != 1 else f"only {shown}"
