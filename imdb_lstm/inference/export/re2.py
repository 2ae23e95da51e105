"""The patterns of the tokenizer in the syntax of RE2, which TensorFlow matches strings with.

RE2 has no differences of classes, no possessive quantifiers, and its own version of Unicode. Each
class is therefore written as its ranges of characters, as Python finds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

import regex

EVERY_CHARACTER = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
QUANTIFIERS = "*+?}"


def to_re2(pattern: re.Pattern[str] | regex.Pattern[str]) -> str:
    r"""A pattern without look-around in the syntax of RE2, without groups that capture.

    It finds the same matches if no part of it needs a possessive quantifier to fail.

    >>> print(to_re2(regex.compile(r"(?V1)[[a-e]--[bd]]*+\*")))
    [\x{61}\x{63}\x{65}]*\*
    """
    text = pattern.pattern.removeprefix("(?V1)")
    standard = isinstance(pattern, re.Pattern)
    parts: list[str] = []
    place = 0
    while place < len(text):
        end = _end(text, place)
        part = text[place:end]
        if part == "+" and parts and parts[-1] in QUANTIFIERS:
            part = ""  # the one before was possessive
        elif part[0] == "[" or part.startswith((r"\p", r"\d", r"\u")):
            part = ranges(part, standard)
        parts.append(part)
        place = end
    return "".join(parts)


def _end(text: str, start: int) -> int:
    """Where the class, the escape or the character at a place ends."""
    if text[start] == "[":
        place, depth = start + 1, 1
        while depth:
            depth += {"[": 1, "]": -1}.get(text[place], 0)
            place += 2 if text[place] == "\\" else 1
        return place
    if text.startswith(r"\p", start):
        return text.index("}", start) + 1
    lengths = {"d": 2, "u": 6, "U": 10}
    return start + (lengths.get(text[start + 1], 2) if text[start] == "\\" else 1)


@cache
def ranges(characters: str, standard: bool = False) -> str:
    """A class of characters as the class of their ranges; ``standard``: it is one of ``re``."""
    compiled = re.compile(characters) if standard else regex.compile(characters, regex.VERSION1)
    return class_of(compiled.findall(EVERY_CHARACTER))


def class_of(characters: Iterable[str]) -> str:
    r"""The class that has these characters, ascending.

    >>> print(class_of("abcx"))
    [\x{61}-\x{63}\x{78}]
    """
    codes = [-2, *map(ord, characters)]
    starts = [code for before, code in pairwise(codes) if code != before + 1]
    ends = [code for code, after in pairwise([*codes[1:], -2]) if after != code + 1]
    spans = zip(starts, ends, strict=True)
    return f"[{''.join(_span(start, end) for start, end in spans)}]"


def _span(start: int, end: int) -> str:
    return rf"\x{{{start:x}}}" + (rf"-\x{{{end:x}}}" if end > start else "")
