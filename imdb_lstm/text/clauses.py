"""The words of a review, as a lexicon of opposites reads them: what negates a word, what is quoted.

A clause ends at punctuation and at words such as "but". What negates a word stands before it in its
clause, with nothing in between but the fillers that the lexicon lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from imdb_lstm.text.antonyms import (
    ALTERNATIVE,
    AUXILIARY,
    BLOCKING,
    BREAK,
    DOWNTONER,
    DROPPED,
    FILLER,
    KEEP,
    REVERSER,
    WORD,
    Lexicon,
    Rule,
)

BLOCKED = -1  # a word that may be negated, in a way that cannot be turned
REACH = 8  # parts before a word where a negation is looked for
CONTENT = 2  # of them, at most, that are no fillers

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_JOINED = re.compile(r"[\s\-]+")  # what may stand between the words of a phrase
_SENTENCE_START = re.compile(r"(?:^|[.!?:>*]|\.\.\.|--)[\s\"'“‘(\[*-]*$")
_HIDDEN = re.compile(  # markup and quotations
    r"<[^<>]{0,100}>|\"[^\"\n<]{1,200}\"|“[^”\n<]{1,200}”|(?<![\w'])'[^'\n<]{2,60}'(?![\w'])|(?<!\w)‘[^’\n<]{2,60}’(?!\w)"
)


@dataclass(frozen=True)
class Part:
    """A word or phrase: its offsets, its rule if any, and whether a clause ends after it."""

    start: int
    end: int
    rule: Rule | None
    ends: bool


class _Word(NamedTuple):
    text: str
    start: int
    end: int
    joined: bool  # with the next word, by white space or a hyphen


def parts_of(text: str, lexicon: Lexicon, taken: Sequence[tuple[int, int]] = ()) -> list[Part]:
    """Split a text into the phrases of a lexicon, the longest first, and other words.

    What stands within quotation marks or in a title has no rule, nor has what overlaps ``taken``.
    """
    words = _words(text, taken)
    parts: list[Part] = []
    first = 0
    while first < len(words):
        last, rule = _longest(words, first, lexicon)
        own = rule and rule.kind in (WORD, REVERSER) and _is_title(text, words, first, last)
        parts.append(
            Part(words[first].start, words[last].end, None if own else rule, not words[last].joined)
        )
        first = last + 1
    return parts


def _words(text: str, taken: Sequence[tuple[int, int]]) -> list[_Word]:
    """Return the words of a text that are neither quoted nor markup nor ``taken``."""
    shown = _HIDDEN.sub(lambda match: "." * len(match.group()), text)
    for start, end in taken:
        shown = shown[:start] + "." * (end - start) + shown[end:]
    spans = [match.span() for match in _WORD.finditer(shown)]
    lower = shown.lower().replace("’", "'")
    if len(lower) != len(shown):  # the lower case of a few letters, as of İ, is two
        lower = "".join(letter.lower()[0] for letter in shown)
    nexts = [start for start, _ in spans[1:]]
    joined = [
        bool(_JOINED.fullmatch(shown, end, after))
        for (_, end), after in zip(spans, nexts, strict=False)
    ]
    return [
        _Word(lower[start:end], start, end, join)
        for (start, end), join in zip(spans, [*joined, False], strict=False)
    ]


def _longest(words: Sequence[_Word], first: int, lexicon: Lexicon) -> tuple[int, Rule | None]:
    """Return the last word and the rule of the longest phrase that begins with a word."""
    limit = lexicon.longest.get(words[first].text, 0)
    if not limit:
        return first, None
    last = first
    while last + 1 < len(words) and last + 1 - first < limit and words[last].joined:
        last += 1
    for end in range(last, first - 1, -1):
        rule = lexicon.rules.get(tuple(word.text for word in words[first : end + 1]))
        if rule:
            return end, rule
    return first, None


def _is_title(text: str, words: Sequence[_Word], first: int, last: int) -> bool:
    """Return whether a phrase is in a title: capitalised within a sentence, or before a capital."""
    for place in range(first, last + 1):
        if _capitalised(text, words[place]) and not _starts_sentence(text, words[place]):
            return True
    after = last + 1
    if not (_capitalised(text, words[first]) and words[last].joined and after < len(words)):
        return False
    return _capitalised(text, words[after])


def _capitalised(text: str, word: _Word) -> bool:
    own = text[word.start : word.end]
    return (
        own[0].isupper()
        and (len(own) == 1 or not own.isupper())
        and not own.startswith("I'")
        and own != "I"
    )


def _starts_sentence(text: str, word: _Word) -> bool:
    return (
        bool(_SENTENCE_START.search(text[max(0, word.start - 12) : word.start])) or not word.start
    )


def governor(parts: Sequence[Part], place: int) -> int | None:
    """Return the place of what negates a part, ``BLOCKED``, or None for nothing."""
    word = parts[place].rule
    assert word is not None
    content = 0
    for before in range(place - 1, max(-1, place - 1 - REACH), -1):
        rule = parts[before].rule
        if parts[before].ends:
            return None
        if rule is None:
            content += 1
            if content > CONTENT:
                return None
        elif rule.kind in (BREAK, KEEP):
            return None
        elif rule.kind == WORD and rule.label != word.label:
            if not _is_alternative(parts[before + 1]):  # "never good or bad"
                return None
        elif rule.kind == BLOCKING:
            return BLOCKED
        elif rule.kind in (DROPPED, AUXILIARY, REVERSER):
            return before if not content else BLOCKED
    return None


def _is_alternative(part: Part) -> bool:
    return part.rule is not None and part.rule.kind == ALTERNATIVE


def verb_after(parts: Sequence[Part], place: int) -> Part | None:
    """Return the verb in its base form that follows an auxiliary, or None."""
    for part in _same_clause(parts, place):
        rule = part.rule
        if rule and rule.forms:
            return part if len(rule.forms) == 3 else None
        if rule is None or rule.kind not in (FILLER, ALTERNATIVE, DOWNTONER):
            return None
    return None


def _same_clause(parts: Sequence[Part], place: int) -> Iterator[Part]:
    """Yield the parts that follow in the same clause."""
    for before, part in zip(parts[place:], parts[place + 1 :], strict=False):
        if before.ends:
            return
        yield part
