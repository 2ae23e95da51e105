"""Which classes the values in a file's label column are, and which of them each value means.

>>> classes = find_classes({"0": 60, "4": 40})
>>> classes.names, classes.class_of("4")
(('negative', 'positive'), 1)
>>> find_classes({"sport": 9, "politics": 20, "arts": 7}).names
('arts', 'politics', 'sport')
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from imdb_lstm.data.label_words import KINDS, NEGATIVE_WORDS, POSITIVE_WORDS, VALUE_PAIRS
from imdb_lstm.data.labels import (
    LEFT_OUT,
    NAMES,
    Classes,
    LabelsError,
    as_number,
    describe_counts,
    label_key,
    same_classes,
)
from imdb_lstm.data.stars import star_classes, stars_of
from imdb_lstm.errors import DataError

NONE = "none"  # the name in --labels for values that are left out
MOST_CLASSES = 100
THREE_NAMES = ("negative", "neutral", "positive")


def find_classes(
    counts: Mapping[str, int],
    asked: str = "",
    known: Classes | None = None,
    ordered: bool = False,
) -> Classes:
    """Return the classes of a file whose label values have these ``counts``.

    ``counts``: each value as it is written, and its rows; missing labels are not among them.
    ``asked``: the option ``labels``. ``known``: the classes of the run that reads the file, which
    are kept where they fit. ``ordered``: whether three or more classes are in an order. Raises
    ``DataError`` that lists all values when they are no classes, or one is unknown.
    """
    spelling: dict[str, str] = {}  # key → the commonest way to write it
    for value in sorted(counts, key=lambda value: -counts[value]):
        spelling.setdefault(label_key(value), str(value).strip())
    keys = set(spelling)
    names, values = _parsed(asked) if asked and asked != "stars" else ((), {})
    if asked and (names or asked == "stars"):
        return _asked(asked, names, values, counts, known, ordered)
    if known is not None and keys <= set(known.values) | values.keys():
        return replace(known, values={**known.values, **values})
    rest = keys - values.keys()
    found = _meant(rest, spelling)
    if found is None and known is None:
        found = _several(rest, spelling, counts, ordered)
    if found is not None and known is None and len(found) > 2:
        _check_rows(counts, rest)
    if found is not None:
        found = replace(found, values={**found.values, **values})
        found = found if known is None else as_classes(found, known)
    if found is None:
        raise LabelsError(_unknown(counts, known), counts)
    return found


def _meant(keys: set[str], spelling: Mapping[str, str]) -> Classes | None:
    """Return the two or three classes that the values mean, or None."""
    return _pair(keys) or _words(keys, spelling) or _two(keys, spelling) or _three(keys, spelling)


def as_classes(found: Classes, known: Classes) -> Classes | None:
    """Return the classes of a file as those of a run, or None where they cannot be.

    Their names are among those of the run, or both are for bad and good, in any words.
    """
    if same_classes(found, known):
        return replace(found, names=known.names, ordered=known.ordered)
    if set(found.names) <= set(known.names):
        return replace(_as_named(found, known.names), ordered=known.ordered)
    return None


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
        names: tuple[str, ...] = spelling[min(negative)], spelling[min(positive)]
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


def _three(keys: set[str], spelling: Mapping[str, str]) -> Classes | None:
    """Return the classes of words for bad, neutral and good, or of -1, 0 and 1."""
    if keys == {"-1", "0", "1"}:
        meaning = "-1 is negative, 0 is neutral, 1 is positive"
        return Classes(THREE_NAMES, {"-1": 0, "0": 1, "1": 2}, meaning, ordered=True)
    parts = [keys & kind for kind in KINDS]
    if not all(parts) or keys - parts[0] - parts[1] - parts[2]:
        return None
    single = all(len(part) == 1 for part in parts)
    names = tuple(spelling[min(part)] for part in parts) if single else THREE_NAMES
    values = {key: number for number, part in enumerate(parts) for key in part}
    listed = (f"{_listed(part)} is {name}" for part, name in zip(parts, THREE_NAMES, strict=True))
    return Classes(names, values, "" if single else ", ".join(listed), ordered=True)


def _several(
    keys: set[str], spelling: Mapping[str, str], counts: Mapping[str, int], ordered: bool
) -> Classes | None:
    """Return a class for each value, in the order of numbers and letters, or None."""
    if not 3 <= len(keys) <= MOST_CLASSES:
        return None
    if 2 * len(_alone(counts)) > len(keys):
        return None
    order = sorted(keys, key=_natural)
    names = tuple(spelling[key] for key in order)
    numbers = all(as_number(key) is not None for key in keys)
    hint = "" if ordered or not numbers else "a class for each number; --ordinal if in order"
    return Classes(names, {key: number for number, key in enumerate(order)}, hint, ordered)


def _alone(counts: Mapping[str, int]) -> set[str]:
    """Return the values that one row has."""
    rows = Counter[str]()
    for value, count in counts.items():
        rows[label_key(value)] += count
    return {key for key, count in rows.items() if count == 1}


def _check_rows(counts: Mapping[str, int], keys: set[str]) -> None:
    """Raise ``LabelsError`` for a value in one row: nothing would be left to measure it on."""
    if alone := sorted(_alone(counts) & keys):
        raise LabelsError(
            f"the labels are {describe_counts(counts)}; a class needs two rows at least: "
            f"--labels {NONE}={'|'.join(alone[:5])} leaves out what has one",
            counts,
        )


def _natural(key: str) -> tuple[bool, float, list[tuple[bool, float, str]]]:
    """Return what sorts numbers by their size, and words by letters and the numbers in them."""
    number = as_number(key)
    parts = re.split(r"(\d+)", key)
    return number is None, number or 0.0, [
        (not part.isdecimal(), float(part) if part.isdecimal() else 0.0, part) for part in parts
    ]  # fmt: skip


def _asked(
    asked: str,
    names: tuple[str, ...],
    values: dict[str, int],
    counts: Mapping[str, int],
    known: Classes | None,
    ordered: bool,
) -> Classes:
    """Return the classes that the option ``labels`` asks for."""
    keys = {label_key(value) for value in counts}
    found = star_classes(keys, counts) if asked == "stars" else Classes(
        names, values, f"as --labels says: {asked}", ordered=ordered
    )  # fmt: skip
    if unknown := keys - found.values.keys():
        rows = sum(count for value, count in counts.items() if label_key(value) in unknown)
        raise DataError(
            f"--labels {asked} says nothing about {_listed(unknown)} ({rows:,} rows); add them, "
            f"or leave them out with {NONE}={'|'.join(sorted(unknown))}"
        )
    found = _in_order(found)
    if known is None:
        return found
    if (same := as_classes(found, known)) is None:
        raise DataError(f"the run's classes are {_listed(known.names)}: name them in --labels")
    return same


def _in_order(found: Classes) -> Classes:
    """Return the classes with the negative one first, where their names say which it is."""
    if set(found.names) == set(THREE_NAMES):
        return replace(_as_named(found, THREE_NAMES), ordered=True)
    return _as_named(found, NAMES) if set(found.names) == set(NAMES) else found


def _as_named(found: Classes, names: tuple[str, ...]) -> Classes:
    """Return the same classes in the order of these names."""
    number = {LEFT_OUT: LEFT_OUT} | {k: names.index(name) for k, name in enumerate(found.names)}
    return replace(found, names=names, values={v: number[k] for v, k in found.values.items()})


def _parsed(asked: str) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return names and values of ``NAME=VALUE|VALUE,NAME=VALUE``. Raises ``DataError``.

    There are no names where values are only left out.
    """
    parts = [part.rpartition("=")[::2] for part in asked.split(",")]
    names = [name.strip() for name, _ in parts if name.strip() != NONE]
    few = len(names) == 1 or len(set(names)) != len(names) or "" in names
    if few or len(names) > MOST_CLASSES:
        raise DataError(
            f"--labels {asked} must name two classes or more, for example negative=0,positive=4, "
            "or bad=1|2,good=4|5,none=3, or be stars, or none=VALUE to leave values out"
        )
    values: dict[str, int] = {}
    for name, given in parts:
        number = LEFT_OUT if name.strip() == NONE else names.index(name.strip())
        for value in given.split("|"):
            if values.setdefault(label_key(value), number) != number:
                raise DataError(f"--labels {asked} gives two classes to {value.strip()}")
    return tuple(names), values


def _unknown(counts: Mapping[str, int], known: Classes | None) -> str:
    """Return why the values are no classes, and what to do."""
    listed = describe_counts(counts)
    if known is not None:
        names = ",".join(f"{name}=..." for name in known.names[:5])
        more = ",..." if len(known) > 5 else ""
        return (
            f"the labels are {listed}, and the run's classes {_listed(known.names)}: say which is "
            f"which with --labels {names}{more}"
        )
    stars = all(stars_of(label_key(value)) for value in counts)
    hint = "--labels stars makes two classes of stars, or " if stars else ""
    return (
        f"the labels are {listed}; two to {MOST_CLASSES} classes are needed: {hint}--labels "
        f"negative=...,positive=...,{NONE}=... says which value means what"
    )


def _listed(values: Iterable[str]) -> str:
    found = sorted(values)
    return ", ".join(found[:20]) + (f" and {len(found) - 20} more" if len(found) > 20 else "")
