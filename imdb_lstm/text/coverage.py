"""What a text is made of: the words of it that a model knows, and its script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import regex

from imdb_lstm.text.patterns import EMOJI
from imdb_lstm.text.tokenizer import Knows

# Scripts in use today, by their names in Unicode (UAX 31, tables 5 and 7).
SCRIPTS = """
    Latin Cyrillic Greek Arabic Hebrew Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu
    Kannada Malayalam Sinhala Thai Lao Khmer Myanmar Tibetan Han Hiragana Katakana Bopomofo
    Hangul Armenian Georgian Ethiopic Thaana Syriac Nko Adlam Tifinagh Cherokee Mongolian Yi
    Canadian_Aboriginal Javanese Balinese
""".split()  # noqa: SIM905
OTHER = "other"
_SCRIPT = regex.compile("|".join(rf"(?P<{name}>\p{{Script={name}}})" for name in SCRIPTS))
_LETTER = regex.compile(r"(?V1)[[\p{L}\p{M}]--\p{Script=Inherited}]")


def is_word(token: str) -> bool:
    """Return whether a token has a letter or is an emoji: no punctuation, stars or numbers.

    >>> [token for token in ("good", "मीठा", "2nd", "😍", "7/10", "!", "**") if is_word(token)]
    ['good', 'मीठा', '2nd', '😍']
    """
    return any(map(str.isalpha, token)) or EMOJI.fullmatch(token) is not None


def unknown_share(tokens: Iterable[str], knows: Knows) -> float:
    """Return the share of the words among the tokens of a text that a model does not know.

    ``knows``: whether it knows a token. Punctuation and numbers are no words: they are the same in
    a language that the model cannot read. The share is 1 for a text without words.

    >>> unknown_share(["good", ",", "gut"], {"good", ","}.__contains__)
    0.5
    """
    known = [knows(token) for token in tokens if is_word(token)]
    return known.count(False) / len(known) if known else 1.0


def scripts(texts: Iterable[str]) -> Counter[str]:
    """Count the texts by the script of most of their letters; texts without letters are left out.

    Vowel signs count as letters.

    >>> scripts(["Good", "C'était un film OK", "मीठा OK", "很好", "7/10"])
    Counter({'Latin': 2, 'Devanagari': 1, 'Han': 1})
    """
    found = (_main_script(text) for text in texts)
    return Counter(script for script in found if script is not None)


def _main_script(text: str) -> str | None:
    """The script of most letters, the first of equally frequent ones."""
    if text.isascii():
        return "Latin" if any(map(str.isalpha, text)) else None
    counts = Counter(script for letter in text if (script := _script(letter)))
    return counts.most_common(1)[0][0] if counts else None


@lru_cache(maxsize=100_000)
def _script(character: str) -> str | None:
    """The script of a letter or vowel sign, None of any other character."""
    if not _LETTER.match(character):
        return None
    found = _SCRIPT.match(character)
    return found.lastgroup if found else OTHER
