"""What the tokenizer looks for: characters, and the patterns of tokens, by the rules of Unicode.

The patterns are for cleaned text, in lower case. No part of a pattern can backtrack far, so a text
is read in a time proportional to its length.
"""

from __future__ import annotations

import re

import regex

APOSTROPHES = dict.fromkeys("’‘`´", "'")
# ❤ and ❤️ are one token, and an ideograph is one whichever variant is asked for.
_SELECTORS = dict.fromkeys(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_DOUBLED = {"‼": "!", "⁉": "!", "⁇": "?", "⁈": "?"}
_TWINS = {
    ".": "。｡।॥۔։።។៕။།༎᠃",
    ",": "、､،՝፣၊᠂",
    ";": "؛፤",
    ":": "፥፦",
    "!": "՜",
    "?": "؟՞፧",
    '"': "「」『』｢｣《》〈〉",
}
_FULL_WIDTH = {chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)
               if not chr(code).isalnum()}  # fmt: skip
SCRIPT_MARKS = _FULL_WIDTH | {mark: twin for twin, marks in _TWINS.items() for mark in marks}
LETTERS = str.maketrans(APOSTROPHES | _SELECTORS | _DOUBLED)
LETTERS_AND_MARKS = LETTERS | str.maketrans(SCRIPT_MARKS)
SCRIPT_MARK = re.compile(f"[{''.join(SCRIPT_MARKS)}]")
LATIN = regex.compile(r"\p{Script=Latin}")
OTHER_LETTER = regex.compile(r"(?V1)[\p{L}--\p{Script=Latin}]")

# Letters of scripts that put no space between words. Line_Break=SA holds Thai, Lao, Khmer, Myanmar
# and their relatives. Tibetan is not here: it marks the end of every syllable.
_SPACELESS = (
    r"[[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}"
    r"\p{Script=Javanese}\p{Script=Balinese}\p{Line_Break=SA}ーｰ]&&[\p{L}\p{Nl}\p{No}]]"
)
_LETTER = rf"[[\p{{L}}\p{{N}}]--{_SPACELESS}]"  # or digit
_MARKED = rf"[{_LETTER}\p{{M}}]"
_CHARACTER = rf"{_SPACELESS}[\p{{M}}\u0E33\u0EB3\uFF9E\uFF9F]*+"  # with its vowels and voicing

_NUMBER = r"\d+(?:[.,/]\d+)+"  # scores stay whole: 7/10, 8.5/10
_STARS = r"\*+"
_PUNCTUATION = r"[!?.,;:()\"]"


def _word(marked: str) -> str:
    """A word with its contractions; ``marked``: the letters and marks in it.

    The joiners ZWNJ and ZWJ are part of words of Persian and of Indian languages.
    """
    return rf"{_LETTER}{marked}*+(?:'{_LETTER}{marked}*+|[\u200C\u200D]++{marked}++)*+"


_PICTURE = r"[\p{Emoji}--[0-9#*©®™]]"
_PICTURE_END = r"[\p{Emoji_Modifier}\p{M}\U000E0020-\U000E007F]*+"  # skin tone, flag of a region
_FLAG_OR_KEY = r"\p{Regional_Indicator}{2}|[0-9#*]\u20E3"
_EMOJI = rf"{_FLAG_OR_KEY}|{_PICTURE}{_PICTURE_END}(?:\u200D++{_PICTURE}{_PICTURE_END})*+"

# A compound begins and ends where its words do: "com's" at the end of an address is a word.
_START = rf"(?<![{_MARKED}'])"
_POSSESSIVE = rf"(?:'{_LETTER}++)*+"
_ADDRESS = (
    rf"{_START}(?:(?:https?|ftp)://|www\.(?={_LETTER}))"
    rf"[{_MARKED}_.~:/?\#\[\]@!$\&'()*+,;=%\-]*[{_MARKED}/]"
)
_EMAIL = (
    rf"{_START}(?<![_]|\d[.,/]){_LETTER}[{_MARKED}_.+\-]{{0,63}}+@"
    rf"(?:{_LETTER}++[.\-])+\p{{L}}{{2,}}+(?!{_MARKED}){_POSSESSIVE}"
)
_NAME_OR_TAG = (
    rf"(?<![{_MARKED}_@\#])[@\#](?=[\p{{N}}_]*+\p{{L}})"
    rf"[\p{{L}}\p{{N}}\p{{M}}_\u200C\u200D]++(?!(?<=_\d+)[.,/]\d){_POSSESSIVE}"
)


def _compiled(*alternatives: str) -> regex.Pattern[str]:
    return regex.compile("|".join(alternatives), regex.VERSION1)


# Of texts that ``is_plain`` accepts: the pattern of the standard library is twice as fast.
PLAIN_TOKEN = re.compile(
    rf"{_NUMBER}|[^\W_]+(?:'[^\W_]+)*|{_STARS}|{_PUNCTUATION}"  # words: wasn't
)
EMOJI = _compiled(_EMOJI)
_SIMPLE = (_NUMBER, _word(_MARKED), _CHARACTER, _STARS, _PUNCTUATION)
TOKEN = _compiled(_ADDRESS, _EMAIL, _NAME_OR_TAG, _EMOJI, *_SIMPLE)
TOKEN_WITHOUT_SIGNS = _compiled(_EMOJI, *_SIMPLE)
# Two or more parts that are one token: all that is found here is also found by TOKEN.
COMPOUND = _compiled(
    rf"{_ADDRESS}|{_EMAIL}|{_NAME_OR_TAG}",
    rf"{_PICTURE}(?=.){_PICTURE_END}(?:\u200D++{_PICTURE}{_PICTURE_END})*+",
)
# The parts of an unknown token. Accents that no letter is composed with are between two parts.
_MARKED_IN_PART = rf"[{_MARKED}--[\u0300-\u036F]]"
PART = _compiled(
    rf"(?P<symbol>{_FLAG_OR_KEY}|[{_PICTURE}--\p{{Emoji_Modifier}}])",
    _NUMBER,
    rf"(?P<word>{_word(_MARKED_IN_PART)})",
    rf"(?P<character>{_CHARACTER})",
    _STARS,
    _PUNCTUATION,
)

_NOT_PLAIN = re.compile(r"[^\x00-\u02FF\u2010-\u2027]")  # marks, emoji and other scripts


def has_sign(text: str) -> bool:
    """Return whether an address, a name or a tag may be in the text: none is without a sign."""
    return "@" in text or "#" in text or "://" in text or "www." in text


def is_plain(text: str) -> bool:
    """Return whether ``PLAIN_TOKEN`` finds the same tokens as ``TOKEN``.

    >>> is_plain("un café, 7/10"), is_plain("मीठा"), is_plain("#love")
    (True, False, False)
    """
    return (text.isascii() or _NOT_PLAIN.search(text) is None) and not has_sign(text)
