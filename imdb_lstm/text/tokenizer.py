"""The tokenizer: how a raw text is split into tokens, in training, prediction and export.

A text passes through ``clean``, ``tokenise``, ``Vocabulary.encode`` and ``vocabulary.shorten``. All
of it is plain Python, with a few regular expressions and one dictionary, so that prediction, worker
processes and other backends need no TensorFlow to encode text.

>>> tokenise("It wasn't GREAT...<br /><br />Not bad &amp; 7/10!")
['it', "wasn't", 'great', '.', '.', '.', 'not', 'bad', '7/10', '!']
>>> tokenise("#Must_See 😍 www.imdb.com ¡मीठा! 太棒了！")
['#must_see', '😍', 'www.imdb.com', 'मीठा', '!', '太', '棒', '了', '!']

A token is one of these:

- a word: letters and digits of any script, with their marks; contractions are one word;
- a character of a script without spaces between words, such as Chinese, Japanese and Thai;
- a score such as 7/10, a run of stars, and each of ``! ? . , ; : ( ) "``;
- an emoji, with its skin tone, a flag, a family;
- an address of the web or of e-mail, an @name, a #tag: a compound.

Punctuation of other scripts is read as its ASCII twin, as in ！, 。 and ؟. In a text of Latin
letters alone it is left out, as is all other punctuation.

A model that does not know a token may read something in its place; see ``tokenise``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from unicodedata import normalize

import regex

from imdb_lstm.text import patterns

Span = tuple[int, int]
Place = tuple[str, int, int]  # a token, its start and its end
Knows = Callable[[str], bool]

_MARKUP = re.compile(r"</?[a-zA-Z!][^<>]{0,98}>")
# As in html.unescape.
_ENTITY = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
_LONGEST_ENTITY = 40  # int() refuses numbers of thousands of digits
# A character and what it may be composed with: marks, and the vowels and finals of Hangul and of
# Kirat Rai. It is not \X, which takes quadratic time for a run of flags.
_NEXT = r"[\p{M}\u1160-\u11FF\uD7B0-\uD7FF\U00016D63-\U00016D6A]"
_COMPOSABLE = regex.compile(rf"[^\x00-\x7F]{_NEXT}*+|[\x00-\x7F]{_NEXT}++")


def clean(text: str) -> str:
    """Return the text in lower case, with entities decoded and tags such as ``<br />`` as spaces.

    Letters are composed with their accents (Unicode's form NFC).

    >>> clean("GREAT film.<br />Rock &amp; roll")
    'great film. rock & roll'
    """
    text = _composed(text)  # first: then equal texts stay equal, whatever form they are in
    text = _ENTITY.sub(_decoded, text) if "&" in text else text
    text = _MARKUP.sub(" ", text) if "<" in text else text
    text = text.lower()
    if text.isascii():
        return text.replace("`", "'")  # as the table of an ASCII text does, but sooner
    return _composed(text.translate(_table(text)))


def tokenise(text: str, knows: Knows | None = None) -> list[str]:
    """Split a raw text into tokens. No token is empty or contains white space.

    ``knows``: whether a model knows a token. With it the tokens are those that the model reads:

    - a compound that it does not know is read as its words, an emoji of several as each of them;
    - an emoji that it does not know is left out;
    - an unknown word with accents that cannot be composed is read as the parts between them;
    - unknown characters of a script without spaces, and unknown words that touch them, are one
      token.

    >>> tokenise("#love 😍", knows=lambda token: token == "love")
    ['love']
    """
    text = clean(text)
    if patterns.is_plain(text):
        return patterns.PLAIN_TOKEN.findall(text)
    if knows is None:
        return _pattern(text).findall(text)
    return [token for token, _, _ in _read(text, knows)]


def locate(text: str, knows: Knows | None = None) -> list[Place]:
    """Return the tokens of ``tokenise``, each with its start and end offset in the raw text.

    >>> locate("Caf&eacute;<br />NOT bad")
    [('café', 0, 11), ('not', 17, 20), ('bad', 21, 24)]
    """
    text, places = _cleaned_with_places(text)
    return [
        (token, places[start][0], places[end - 1][1]) for token, start, end in _read(text, knows)
    ]


def is_single(token: str) -> bool:
    """Return whether a token is no compound and no emoji of several.

    >>> [token for token in ("love", "#love", "www.imdb.com", "👍", "👍🏽") if is_single(token)]
    ['love', '👍']
    """
    return patterns.COMPOUND.fullmatch(token) is None


def single_tokens(text: str) -> list[str]:
    """Return the tokens of a raw text with every compound split into its words.

    >>> single_tokens("#Must_See 😍")
    ['must', 'see', '😍']
    """
    return tokenise(text, is_single)


def tokens_and_parts(text: str) -> list[str]:
    """Return the tokens of a raw text and, after them, the words of its compounds.

    >>> tokens_and_parts("#Must_See it")
    ['#must_see', 'it', 'must', 'see']
    """
    text = clean(text)
    if patterns.is_plain(text):
        return patterns.PLAIN_TOKEN.findall(text)
    tokens = _pattern(text).findall(text)
    compounds = [token for token in tokens if not is_single(token)]
    return tokens + [part.group() for token in compounds for part in patterns.PART.finditer(token)]


def _composed(text: str) -> str:
    return text if text.isascii() else normalize("NFC", text)


def _decoded(found: re.Match[str]) -> str:
    """The characters of an entity."""
    return html.unescape(found.group()) if len(found.group()) <= _LONGEST_ENTITY else "\ufffd"


def _table(text: str) -> dict[int, str | None]:
    """The characters to be replaced, for ``str.translate``."""
    if text.isascii() or not patterns.SCRIPT_MARK.search(text):
        return patterns.LETTERS
    if patterns.LATIN.search(text) and not patterns.OTHER_LETTER.search(text):
        return patterns.LETTERS
    return patterns.LETTERS_AND_MARKS


def _pattern(text: str) -> regex.Pattern[str]:
    return patterns.TOKEN if patterns.has_sign(text) else patterns.TOKEN_WITHOUT_SIGNS


def _read(text: str, knows: Knows | None) -> list[Place]:
    """The tokens of a cleaned text that a model reads, with their offsets in it."""
    found = _pattern(text).finditer(text)
    if knows is None:
        return [(token.group(), *token.span()) for token in found]
    spans: list[Span] = []
    joinable = False  # whether the last one is
    for start, end, kind in (part for token in found for part in _parts(text, token, knows)):
        if joinable and kind and start == spans[-1][1]:
            spans[-1] = spans[-1][0], end
        else:
            spans.append((start, end))
        joinable = kind is not None
    return [(text[start:end], start, end) for start, end in spans]


def _parts(text: str, token: re.Match[str], knows: Knows) -> Iterator[tuple[int, int, str | None]]:
    """The offsets of a known token, or of the parts that are read in place of an unknown one.

    With them goes the kind of an unknown part that can be joined with another one: "word" or
    "character". Two words never touch each other, so one of two that do is a character.
    """
    if knows(token.group()):
        yield *token.span(), None
        return
    for part in patterns.PART.finditer(text, *token.span()):
        if knows(part.group()):
            yield *part.span(), None
        elif part.lastgroup != "symbol":
            yield *part.span(), part.lastgroup


def _cleaned_with_places(text: str) -> tuple[str, list[Span]]:
    """The cleaned text, and the raw offsets of each of its characters."""
    places = [(start, start + 1) for start in range(len(text))]
    text, places = _substituted(_COMPOSABLE, _composed_match, text, places)
    text, places = _substituted(_ENTITY, _decoded, text, places)
    text, places = _substituted(_MARKUP, lambda _: " ", text, places)
    lower = text.lower()
    table = _table(lower)
    places = [
        place
        for letter, place in zip(text, places, strict=True)
        for _ in letter.lower().translate(table)
    ]
    return _substituted(_COMPOSABLE, _composed_match, lower.translate(table), places)


def _composed_match(found: re.Match[str]) -> str:
    return _composed(found.group())


def _substituted(
    pattern: re.Pattern[str] | regex.Pattern[str],
    replacement: Callable[[re.Match[str]], str],
    text: str,
    places: list[Span],
) -> tuple[str, list[Span]]:
    """Return the text with each match replaced, and the raw offsets of its characters."""
    parts: list[str] = []
    moved: list[Span] = []
    end = 0
    for found in pattern.finditer(text):
        new = replacement(found)
        parts += text[end : found.start()], new
        moved += places[end : found.start()]
        pairs = zip(reversed(found.group()), reversed(new), strict=False)
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))  # it; of &notit;
        end = found.end() - kept
        moved += [(places[found.start()][0], places[end - 1][1])] * (len(new) - kept)
        moved += places[end : found.end()]
        end = found.end()
    return "".join([*parts, text[end:]]), moved + places[end:]
