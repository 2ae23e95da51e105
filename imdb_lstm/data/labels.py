"""Labels: the values in a file's label column, and which of the two classes each one means.

>>> classes = find_classes({"0": 60, "4": 40})
>>> classes.names, classes.class_of("4")
(('negative', 'positive'), 1)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from imdb_lstm.errors import DataError

NAMES = ("negative", "positive")
LEFT_OUT = -1  # the class of labels that belong to neither
NONE = "none"  # the name in --labels for values that are left out
# Pairs of values whose meaning depends on each other: 1 is good beside 0, and bad beside 2.
VALUE_PAIRS = (("0", "1"), ("-1", "1"), ("0", "4"), ("1", "2"), ("false", "true"), ("f", "t"),
               ("n", "y"), ("no", "yes"))  # fmt: skip
NEGATIVE_WORDS = frozenset((
    "neg", "negative", "bad", "poor", "dislike", "disliked", "unhappy", "down", "rotten",
    "unfavorable", "unfavourable", "negativ", "schlecht", "négatif", "negatif", "mauvais",
    "negativo", "negativa", "malo", "ruim", "cattivo", "negatief", "slecht", "negatywny",
    "отрицательный", "негативный", "плохо", "负面", "差评", "消极", "負面", "否定的",
    "ネガティブ", "부정", "سلبي", "नकारात्मक", "olumsuz",
))  # fmt: skip
POSITIVE_WORDS = frozenset((
    "pos", "positive", "good", "great", "like", "liked", "happy", "up", "fresh", "favorable",
    "favourable", "positiv", "gut", "positif", "bon", "positivo", "positiva", "bueno", "bom",
    "buono", "positief", "goed", "pozytywny", "положительный", "позитивный", "хорошо", "正面",
    "好评", "积极", "積極", "肯定的", "ポジティブ", "긍정", "إيجابي", "सकारात्मक", "olumlu",
))  # fmt: skip
MISSING = frozenset(("", "nan", "<na>"))
# Of stars, the values up to the first and from the second on; those between are left out. 5 and 10
# stars: as the reviews of IMDb are labelled (Maas et al. 2011, section 4.1), and half as many.
STARS = {5: (2.5, 3.5), 10: (4, 7), 100: (40, 70)}


class LabelsError(DataError):
    """The labels of a file are no two classes. ``counts``: the rows of each value."""

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


def find_classes(
    counts: Mapping[str, int], asked: str = "", known: Classes | None = None
) -> Classes:
    """Return the classes of a file whose label values have these ``counts``.

    ``counts``: each value as it is written, and its rows; missing labels are not among them.
    ``asked``: the option ``labels``. ``known``: the classes of the run that reads the file, which
    are kept where they fit. Raises ``DataError`` that lists all values when there are not two
    classes, or one is unknown.
    """
    spelling: dict[str, str] = {}  # key → the commonest way to write it
    for value in sorted(counts, key=lambda value: -counts[value]):
        spelling.setdefault(label_key(value), str(value).strip())
    keys = set(spelling)
    if asked:
        return _asked(asked, keys, counts, known)
    if known is not None and keys <= set(known.values):
        return known
    found = _pair(keys) or _words(keys, spelling) or _two(keys, spelling)
    if found is None or (known is not None and not _same_names(found, known)):
        raise LabelsError(_unknown(counts, known), counts)
    return found if known is None else Classes(known.names, found.values, found.meaning)


def _same_names(found: Classes, known: Classes) -> bool:
    """Return whether the classes of a file can be those of a run."""
    return found.names == known.names or (is_sentiment(found) and is_sentiment(known))


def is_sentiment(classes: Classes) -> bool:
    """Return whether these are two classes whose names say which one is negative."""
    first, *_, last = map(label_key, classes.names)
    return len(classes) == 2 and first in NEGATIVE_WORDS and last in POSITIVE_WORDS


def _pair(keys: set[str]) -> Classes | None:
    """Return the classes of two values whose meaning is known, or of one of 0 and 1."""
    for negative, positive in VALUE_PAIRS:
        if keys == {negative, positive} or (positive == "1" and keys and keys < {"0", "1"}):
            meaning = f"{negative} is negative, {positive} is positive"
            return Classes(NAMES, {negative: 0, positive: 1}, meaning)
    return None


def _words(keys: set[str], spelling: Mapping[str, str]) -> Classes | None:
    """Return the classes of words for good and bad, with 0 and 1 among them."""
    negative = keys & (NEGATIVE_WORDS | {"0", "false", "no"})
    positive = keys & (POSITIVE_WORDS | {"1", "true", "yes"})
    if not keys or keys - negative - positive:
        return None
    values = dict.fromkeys(negative, 0) | dict.fromkeys(positive, 1)
    if len(negative) == len(positive) == 1:
        names = spelling[min(negative)], spelling[min(positive)]
    else:
        names = NAMES
    meaning = f"{_listed(negative)} is negative, {_listed(positive)} positive"
    return Classes(names, values, "" if keys <= set(NAMES) else meaning)


def _two(keys: set[str], spelling: Mapping[str, str]) -> Classes | None:
    """Return two classes named as they are written, in the order of numbers or of letters."""
    if len(keys) != 2:
        return None
    numbers = {key: as_number(key) for key in keys}
    first, second = sorted(keys, key=lambda key: (numbers[key] or 0, key))
    names = spelling[first], spelling[second]
    meaning = (
        f"{names[1]} is taken as the positive class, {names[0]} as the negative one; "
        f"--labels {names[1]}={names[1]},{names[0]}={names[0]} turns them round"
    )
    return Classes(names, {first: 0, second: 1}, meaning)


def _asked(asked: str, keys: set[str], counts: Mapping[str, int], known: Classes | None) -> Classes:
    """Return the classes that the option ``labels`` asks for."""
    if asked == "stars":
        return _stars(keys, counts)
    names, values = _parsed(asked)
    if unknown := keys - values.keys():
        rows = sum(count for value, count in counts.items() if label_key(value) in unknown)
        raise DataError(
            f"--labels {asked} says nothing about {_listed(unknown)} ({rows:,} rows); add them, "
            f"or leave them out with {NONE}={'|'.join(sorted(unknown))}"
        )
    if known is not None and set(names) != set(known.names):
        raise DataError(f"the run's classes are {_listed(known.names)}: name them in --labels")
    return Classes(names, values, f"as --labels says: {asked}")


def _parsed(asked: str) -> tuple[tuple[str, str], dict[str, int]]:
    """Return names and values of ``NAME=VALUE|VALUE,NAME=VALUE``. Raises ``DataError``."""
    parts = [part.rpartition("=")[::2] for part in asked.split(",")]
    names = [name.strip() for name, _ in parts if name.strip() != NONE]
    if len(names) != 2 or len(set(names)) != 2 or "" in names:
        raise DataError(
            f"--labels {asked} must name two classes, for example negative=0,positive=4, or "
            "bad=1|2,good=4|5,none=3, or be stars"
        )
    if tuple(names) == NAMES[::-1]:
        names.reverse()
    values: dict[str, int] = {}
    for name, given in parts:
        number = LEFT_OUT if name.strip() == NONE else names.index(name.strip())
        for value in given.split("|"):
            if values.setdefault(label_key(value), number) != number:
                raise DataError(f"--labels {asked} gives two classes to {value.strip()}")
    return (names[0], names[1]), values


def _stars(keys: set[str], counts: Mapping[str, int]) -> Classes:
    """Return two classes of stars, with the middle left out."""
    numbers = {key: number for key in keys if (number := as_number(key)) is not None}
    largest = max(numbers.values(), default=0)
    if len(numbers) < len(keys) or not 0 <= min(numbers.values()) <= largest <= max(STARS):
        raise DataError(
            f"--labels stars needs numbers from 0 to 5, 10 or 100; the labels are "
            f"{describe_counts(counts)}"
        )
    scale = min(scale for scale in STARS if scale >= largest)
    low, high = STARS[scale]
    values = {
        key: 0 if number <= low else 1 if number >= high else LEFT_OUT
        for key, number in numbers.items()
    }
    meaning = f"of {scale} stars, up to {low:g} is negative, from {high:g} positive"
    return Classes(NAMES, values, meaning)


def _unknown(counts: Mapping[str, int], known: Classes | None) -> str:
    """Return why the values are no two classes, and what to do."""
    listed = describe_counts(counts)
    if known is not None:
        return (
            f"the labels are {listed}, and the run's classes {_listed(known.names)}: say which is "
            f"which with --labels {known.names[0]}=...,{known.names[1]}=..."
        )
    numbers = [as_number(label_key(value)) for value in counts]
    hint = "--labels stars makes two classes of stars, or " if None not in numbers else ""
    return (
        f"the labels are {listed}; two classes are needed: {hint}--labels "
        f"negative=...,positive=...,{NONE}=... says which value means what"
    )


def describe_counts(counts: Mapping[str, int], most: int = 20) -> str:
    """Return all values with their rows, the commonest first.

    >>> describe_counts({"good": 3, "bad": 7})
    '2 values: bad (7), good (3)'
    """
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    shown = ", ".join(f"{value[:40]} ({counts[value]:,})" for value in ranked[:most])
    more = f" and {len(ranked) - most:,} more" if len(ranked) > most else ""
    return f"{len(ranked):,} values: {shown}{more}" if len(ranked) != 1 else f"only {shown}"


def _listed(values: Iterable[str]) -> str:
    found = sorted(values)
    return ", ".join(found[:20]) + (f" and {len(found) - 20} more" if len(found) > 20 else "")
