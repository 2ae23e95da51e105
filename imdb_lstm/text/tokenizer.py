"""The tokenizer: how a raw text is split into tokens, in training, prediction and export.

A text passes through ``clean``, ``tokenise``, ``Vocabulary.encode`` and ``vocabulary.shorten``. All
of it is plain Python, with one regular expression and one dictionary, so that prediction, worker
processes and other backends need no TensorFlow to encode text.

>>> tokenise("It wasn't GREAT...<br /><br />Not bad &amp; 7/10!")
['it', "wasn't", 'great', '.', '.', '.', 'not', 'bad', '7/10', '!']
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from itertools import takewhile

_MARKUP = re.compile(r"</?[a-zA-Z!][^<>]{0,98}>")
# As in html.unescape.
_ENTITY = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_TOKEN = re.compile(
    r"\d+(?:[.,/]\d+)+"  # scores stay whole: 7/10, 8.5/10
    r"|[^\W_]+(?:'[^\W_]+)*"  # words, contractions included: wasn't
    r"|\*+"  # stars
    r"|[!?.,;:()\"]"
)


def clean(text: str) -> str:
    """Return the text in lower case, with entities decoded and tags such as ``<br />`` as spaces.

    >>> clean("GREAT film.<br />Rock &amp; roll")
    'great film. rock & roll'
    """
    text = html.unescape(text) if "&" in text else text
    text = _MARKUP.sub(" ", text) if "<" in text else text
    return text.lower().translate(_APOSTROPHES)


def tokenise(text: str) -> list[str]:
    """Split a raw text into tokens: words, contractions, scores, stars and ``! ? . , ; : ( ) "``.

    Punctuation always separates words, and no token contains white space.
    """
    return _TOKEN.findall(clean(text))


def locate(text: str) -> list[tuple[str, int, int]]:
    """Return the tokens of ``tokenise``, each with its start and end offset in the raw text.

    >>> locate("Caf&eacute;<br />NOT bad")
    [('café', 0, 11), ('not', 17, 20), ('bad', 21, 24)]
    """
    places = [
        (start, start + 1) for start in range(len(text))
    ]  # of each character, in the raw text
    text, places = _substituted(_ENTITY, html.unescape, text, places)
    text, places = _substituted(_MARKUP, lambda _: " ", text, places)
    places = [place for letter, place in zip(text, places, strict=True) for _ in letter.lower()]
    return [
        (found.group(), places[found.start()][0], places[found.end() - 1][1])
        for found in _TOKEN.finditer(text.lower().translate(_APOSTROPHES))
    ]


def _substituted(
    pattern: re.Pattern[str],
    replacement: Callable[[str], str],
    text: str,
    places: list[tuple[int, int]],
) -> tuple[str, list[tuple[int, int]]]:
    """Return the text with each match replaced, and the raw offsets of its characters."""
    parts: list[str] = []
    moved: list[tuple[int, int]] = []
    end = 0
    for found in pattern.finditer(text):
        new = replacement(found.group())
        parts += text[end : found.start()], new
        moved += places[end : found.start()]
        pairs = zip(reversed(found.group()), reversed(new), strict=False)
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))  # it; of &notit;
        end = found.end() - kept
        moved += [(places[found.start()][0], places[end - 1][1])] * (len(new) - kept)
        moved += places[end : found.end()]
        end = found.end()
    return "".join([*parts, text[end:]]), moved + places[end:]
