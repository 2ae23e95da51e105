"""Scores in a review, such as 8/10, five stars and grade B, and their opposites on a scale."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
)  # fmt: skip
_NUMBER = r"\d+(?:\.\d+)?"
_WORD = "|".join(_NUMBERS)
_GRADES = dict(zip("ABCDF", "FDCBA", strict=True))
_OF_SCALE = re.compile(  # 7/10, 7 out of 10, seven out of ten, four of five stars
    rf"(?<![\w/.$*])(?P<n>{_NUMBER}|{_WORD})"
    r"(?P<by>\s?/\s?|[\s-]+out[\s-]+of[\s-]+|[\s-]+of[\s-]+(?=\w+[\s-]stars?\b))"
    rf"(?P<m>4|5|10|100|four|five|ten)(?![\w/*]|\.\d)",
    re.IGNORECASE,
)
_STARS = re.compile(  # 4 stars; two and three in words are more often actors
    rf"(?<![\w/.])(?<!the )(?<!its )(?<!all )(?P<n>{_NUMBER}|zero|one|four|five)[\s-]"
    r"stars?\b(?! hotel)(?:(?P<by> out of )(?P<m>4|5|10|four|five|ten)\b)?",
    re.IGNORECASE,
)
_SCALE_BEFORE = re.compile(
    rf"(?:\d|\b(?:{_WORD}))[\s-]+(?:out\s+)?of\s+(?:a\s+possible\s+)?$|/\s?$"
)
_ASTERISKS = re.compile(
    r"(?<![\w*])(?P<n>\*{1,10})(?P<by>\s?/\s?|\s+out of\s+)(?P<m>\*{4,10}|4|5|10)(?![\w*])"
)
_GRADE = re.compile(
    r"\b(?:[Gg]rade|GRADE)(?::|\s+(?:of|is))?\s+(?:an?\s+)?(?P<n>[A-DF])(?P<by>[+-]?)(?![\w'])"
)
_GIVEN = re.compile(  # I give it a 7
    r"\b(?:giv(?:e|es|ing)|gave|rat(?:e|ed|ing)|scored?)\s+(?:it|this|(?:this|the)\s+\w+)\s+an?\s+"
    rf"(?:solid\s+|big\s+|perfect\s+)?(?P<n>{_NUMBER})"
    r"(?!\w|[/%-]|\.\d|\s*(?:/|out|stars?|thumbs|minute|hour|year|day))",
    re.IGNORECASE,
)
_OPPOSITE_SIGN = {"+": "-", "-": "+", "": ""}


@dataclass(frozen=True)
class Score:
    """A score in a text: its place, what takes it, and what it says, 0 negative or 1 positive."""

    start: int
    end: int
    new: str
    label: int


def scores(text: str) -> list[Score]:
    """Return the scores of a text in order; those in the middle of a scale have no opposite.

    On a scale from 1 to m, n becomes m + 1 - n.

    >>> [score.new for score in scores("8/10, or two out of five. Grade: B+. I give it a 2.")]
    ['3/10', 'four out of five', 'D-', '9']
    >>> scores("Open 24/7. An average film: 5.5/10.")
    []
    """
    found: list[Score] = []
    for pattern, turn in _PATTERNS:
        for match in pattern.finditer(text):
            taken = any(score.start < match.end() and match.start() < score.end for score in found)
            if not taken:
                found += turn(match)
    return sorted(found, key=lambda score: score.start)


def _value(text: str) -> float:
    return float(_NUMBERS.index(text.lower())) if text.lower() in _NUMBERS else float(text)


def _written(value: float, like: str) -> str:
    """Return a number in digits or as a word, as ``like`` is."""
    text = f"{value:g}"
    if not like[0].isalpha() or text not in map(str, range(len(_NUMBERS))):
        return text
    word = _NUMBERS[int(text)]
    return word.capitalize() if like[0].isupper() else word


def _turned(value: float, scale: float) -> tuple[float, int] | None:
    """Return the opposite value and what the value says, or None in the middle of the scale."""
    low = 0 if scale == 100 else 1
    if value == (low + scale) / 2:
        return None
    return min(max(low + scale - value, low), scale), int(value > (low + scale) / 2)


def _of_scale(match: re.Match[str]) -> Iterator[Score]:
    found = _turned(_value(match["n"]), _value(match["m"]))
    if found:
        new = f"{_written(found[0], match['n'])}{match['by']}{match['m']}"
        yield Score(match.start(), match.end(), new, found[1])


def _stars(match: re.Match[str]) -> Iterator[Score]:
    if _SCALE_BEFORE.search(match.string[max(0, match.start() - 30) : match.start()].lower()):
        return  # the stars are those of the scale
    value = _value(match["n"])
    scale = _value(match["m"]) if match["m"] else 5.0 if value <= 5 else 10.0
    found = _turned(value, scale)
    if found and value <= scale:
        number, end = _written(found[0], match["n"]), f"{match['by'] or ''}{match['m'] or ''}"
        stars = "star" if found[0] == 1 else "stars"
        yield Score(match.start(), match.end(), f"{number} {stars}{end}", found[1])


def _asterisks(match: re.Match[str]) -> Iterator[Score]:
    scale = float(match["m"]) if match["m"].isdigit() else float(len(match["m"]))
    found = _turned(float(len(match["n"])), scale)
    if found:
        new = "*" * int(found[0]) + match["by"] + match["m"]
        yield Score(match.start(), match.end(), new, found[1])


def _grade(match: re.Match[str]) -> Iterator[Score]:
    if match["n"] != "C":
        new = _GRADES[match["n"]] + _OPPOSITE_SIGN[match["by"]] * (match["n"] in "BD")
        yield Score(match.start("n"), match.end("by"), new, int(match["n"] in "AB"))


def _given(match: re.Match[str]) -> Iterator[Score]:
    found = _turned(_value(match["n"]), 10.0)
    if found and _value(match["n"]) <= 10:
        yield Score(match.start("n"), match.end("n"), f"{found[0]:g}", found[1])


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Score]]], ...] = (
    (_OF_SCALE, _of_scale), (_STARS, _stars), (_ASTERISKS, _asterisks), (_GRADE, _grade),
    (_GIVEN, _given),
)  # fmt: skip
