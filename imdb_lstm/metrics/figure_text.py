"""Names in figures: any group, run or word, as a text that matplotlib can draw.

A name is drawn as it is written: ``$`` starts no formula, and the fonts are those that have its
characters. What cannot be drawn is written as its code, and a long name is cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

LONGEST = 24  # characters of a name in a figure
EMPTY = "(empty)"
NOTE = r"\u…: the code of a character that no font here has"
# Matplotlib brings fonts for formulas and one of placeholders: they are not for names.
BUNDLED = Path(matplotlib.get_data_path())


@dataclass(frozen=True)
class Drawable:
    """Names as they are drawn, the properties of their texts, and a note, empty if none is needed.

    ``style``: keyword arguments of matplotlib's ``Text``. ``note``: what the codes in names mean.
    """

    names: list[str]
    style: Mapping[str, Any]
    note: str = ""

    def below(self, label: str) -> str:
        """Return an axis label with the note below it, if there is one."""
        return f"{label}\n{self.note}" if self.note else label


def drawable(names: Iterable[Any], longest: int = LONGEST) -> Drawable:
    r"""Make names drawable: on one line, of about ``longest`` characters, and all different.

    >>> drawable(["$5_a$", "two\nlines", "", "a" * 40]).names
    ['$5_a$', 'two lines', '(empty)', 'aaaaaaaaaaaaaaa…aaaaaaaa']
    """
    written = [group_name(name) for name in names]
    lines = {name: one_line(name) for name in written}
    characters = frozenset("".join(lines.values()))
    families, missing = _fonts(characters)
    codes = str.maketrans({character: _code(character) for character in missing})
    short = shortened({name: line.translate(codes) for name, line in lines.items()}, longest)
    style: dict[str, Any] = {"parse_math": False}
    if families:
        style["fontfamily"] = [*matplotlib.rcParams["font.family"], *families]
    return Drawable([short[name] for name in written], style, NOTE if missing else "")


def group_name(value: Any) -> str:
    """Return the name of a group, a whole number without decimals.

    >>> group_name(3.0), group_name(1.5), group_name("1.50")
    ('3', '1.5', '1.50')
    """
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def one_line(name: str) -> str:
    r"""Return a name on one line, without invisible characters; the code of what is no character.

    >>> one_line("a\tb\r\n c"), one_line("stop\x00"), one_line(" ")
    ('a b c', 'stop\\u0000', '(empty)')
    """
    kept = []
    for character in unicodedata.normalize("NFC", " ".join(name.split())):
        category = unicodedata.category(character)
        if category in ("Cc", "Cs", "Co", "Cn"):
            kept.append(_code(character))
        elif category != "Cf" and character not in VARIANTS:  # joiners, directions
            kept.append(character)
    return "".join(kept) or EMPTY


VARIANTS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # of an emoji: black or coloured


def _code(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def shortened(texts: Mapping[str, str], longest: int) -> dict[str, str]:
    """Cut long texts in the middle, and number those that would then be the same.

    ``texts``: name → its text. Different names have different results.

    >>> shortened({"1": "abcdefgh", "2": "abcdxfgh", "3": "abc"}, longest=6)
    {'1': 'abc…gh', '2': 'abc…gh (2)', '3': 'abc'}
    """
    found: dict[str, str] = {}
    taken = set()
    for name, text in texts.items():
        cut, number = cut_middle(text, longest), 1
        unique = cut
        while unique in taken:
            number += 1
            unique = f"{cut} ({number})"
        taken.add(unique)
        found[name] = unique
    return found


def cut_middle(text: str, longest: int) -> str:
    """Cut a text of more than ``longest`` characters in the middle, where "…" then stands.

    >>> cut_middle("a name of a group", 10)
    'a name…oup'
    """
    if len(text) <= longest:
        return text
    tail = longest // 3
    head, end = text[: longest - tail - 1], text[len(text) - tail :]
    while end and unicodedata.category(end[0]).startswith("M"):  # an accent without its letter
        end = end[1:]
    return f"{head}…{end}"


def _fonts(characters: frozenset[str]) -> tuple[list[str], set[str]]:
    """Families that have what the usual font lacks, and the characters that no font has."""
    usual = font_manager.findfont(font_manager.FontProperties())
    missing = set(characters - _characters(usual))
    families = []
    for family in _families() if missing else ():
        if found := missing & _characters(font_manager.findfont(family)):
            families.append(family)
            missing -= found
        if not missing:
            break
    return families, missing


def _families() -> list[str]:
    """The families of the installed fonts, upright and of normal weight."""
    return sorted({
        font.name
        for font in font_manager.fontManager.ttflist
        if font.style == "normal"
        and font.weight in (400, "normal")
        and BUNDLED not in Path(font.fname).parents
    })  # fmt: skip


@cache
def _characters(path: str) -> frozenset[str]:
    """The characters of a font; none if it cannot be read."""
    try:
        return frozenset(map(chr, FT2Font(path).get_charmap()))
    except (OSError, RuntimeError, ValueError):
        return frozenset()
