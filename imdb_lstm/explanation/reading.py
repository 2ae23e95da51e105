"""What is shown of a text: its words at both ends, found in little memory, and a bounded text.

``locate`` needs hundreds of bytes per character, so a long text is located in windows from its two
ends. The tokens in a window are compared with those of the whole text: where they differ, because
the window begins or ends inside a tag or a word, the window grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imdb_lstm.explanation.result import Omitted, Word
from imdb_lstm.text.tokenizer import Knows, locate, tokenise

Place = tuple[str, int, int]  # token, start, end

WINDOW, MARGIN = 20_000, 1_000  # characters; the margin is longer than a tag
LARGEST_WINDOW = 16 * WINDOW
LONGEST_TOKEN, LONGEST_BETWEEN = 200, 1_000  # characters shown of a word, and between two words


@dataclass(frozen=True)
class Ends:
    """The first and the last words of a text of ``count`` words: ``places`` and their indices."""

    places: list[Place]
    indices: np.ndarray
    count: int


def locate_ends(text: str, first: int, last: int, knows: Knows | None = None) -> Ends:
    """Locate the first and the last words; all words if there are no more.

    ``knows``: whether the model knows a token, see ``tokenise``. An empty text is one unknown word,
    as for a network.

    >>> locate_ends("Not bad at all", 1, 1).places
    [('not', 0, 3), ('all', 11, 14)]
    """
    tokens = tokenise(text, knows)
    count = len(tokens)
    if not tokens:
        return Ends([("", 0, 0)], np.arange(1), 1)
    if count <= first + last:
        first, last = count, 0
    indices = np.concatenate([np.arange(first), np.arange(count - last, count)])
    if len(text) <= WINDOW:
        every = locate(text, knows)
        return Ends([every[index] for index in indices.tolist()], indices, count)
    places = _first_places(text, tokens, first, knows)
    places += _last_places(text, tokens, last, knows)
    return Ends(places, indices, count)


def _first_places(text: str, tokens: Sequence[str], count: int, knows: Knows | None) -> list[Place]:
    """The places of the first tokens."""
    found: list[Place] = []
    start, size = 0, WINDOW
    while len(found) < count:
        end = min(len(text), start + size)
        window = _moved(locate(text[start:end], knows), start)
        sure = [place for place in window if end == len(text) or place[2] <= end - MARGIN]
        sure = sure[: count - len(found)]
        expected = tokens[len(found) :]
        if not sure and window and (whole := _token_from(text, window[0][1], expected[0], knows)):
            sure = [whole]
        if sure and _agree(sure, expected[: len(sure)]):
            found, start, size = found + sure, sure[-1][2], WINDOW
        elif not window and end < len(text):
            start, size = end - MARGIN, WINDOW
        elif size > LARGEST_WINDOW:
            return locate(text, knows)[:count]
        else:
            size *= 4
    return found


def _last_places(text: str, tokens: Sequence[str], count: int, knows: Knows | None) -> list[Place]:
    """The places of the last tokens."""
    found: list[Place] = []
    end, size = len(text), WINDOW
    while len(found) < count:
        start = max(0, end - size)
        window = _moved(locate(text[start:end], knows), start)
        sure = [place for place in window if start == 0 or place[1] >= start + MARGIN]
        sure = sure[len(found) - count :]
        expected = tokens[: len(tokens) - len(found)]
        if not sure and window:
            at = window[-1][2] - len(expected[-1])
            sure = [whole] if (whole := _token_from(text, at, expected[-1], knows)) else []
        if sure and _agree(sure, expected[-len(sure) :]):
            found, end, size = sure + found, sure[0][1], WINDOW
        elif not window and start > 0:
            end, size = start + MARGIN, WINDOW
        elif size > LARGEST_WINDOW:
            return locate(text, knows)[-count:]
        else:
            size *= 4
    return found


def _moved(places: Sequence[Place], by: int) -> list[Place]:
    return [(token, start + by, end + by) for token, start, end in places]


def _agree(places: Sequence[Place], tokens: Sequence[str]) -> bool:
    return [token for token, _, _ in places] == list(tokens)


def _token_from(text: str, start: int, token: str, knows: Knows | None) -> Place | None:
    """The place of a token that may be longer than a window, if it is written out in the text."""
    end = start + len(token)
    if start < 0 or len(token) < WINDOW // 2 or tokenise(text[start:end], knows) != [token]:
        return None
    return token, start, end


def shown_text(
    text: str, ends: Ends, kinds: Sequence[str], contribution: float | None = None
) -> tuple[str, tuple[Word, ...], Omitted | None]:
    """Return a text of bounded length, its words with their places in it, and what is omitted.

    Where words are omitted, and where very much is between two words or in one, the text says so.
    ``contribution``: of the omitted words to the logit, None if the model does not read them.
    """
    parts: list[str] = []
    words, end, length, shown = [], 0, 0, 0
    gap = _gap(ends.indices)
    for row, (token, start, stop) in enumerate(ends.places):
        between, word = text[end:start], text[start:stop]
        shown_between = _stated(len(between)) if row == gap else _cut(between, LONGEST_BETWEEN)
        shown_word = _cut(word, LONGEST_TOKEN)
        parts += shown_between, shown_word
        length += len(shown_between)
        place = length, length + len(shown_word)
        words.append(Word(_cut(token, LONGEST_TOKEN), *place, kinds[row]))
        length, end = place[1], stop
        shown += (0 if row == gap else min(len(between), LONGEST_BETWEEN)) + min(
            len(word), LONGEST_TOKEN
        )
    parts.append(_cut(text[end:], LONGEST_BETWEEN))
    shown += min(len(text) - end, LONGEST_BETWEEN)
    omitted = Omitted(ends.count - len(words), len(text) - shown, gap, contribution)
    return "".join(parts), tuple(words), omitted if omitted.characters else None


def _gap(indices: np.ndarray) -> int:
    """The row of the first word after the omitted ones; the number of rows if there are none."""
    jumps = np.flatnonzero(np.diff(indices) > 1)
    return int(jumps[0]) + 1 if len(jumps) else len(indices)


def _cut(text: str, longest: int) -> str:
    """The text, or its two ends if it is longer."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}{_stated(len(text) - 2 * half)}{text[-half:]}"


def _stated(count: int) -> str:
    return f" [… {count:,} characters …] "
