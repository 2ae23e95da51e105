"""The text contract: how a review becomes integer ids, in training, prediction and export alike.

The way of a text is ``clean`` → ``tokenise`` → ``Vocabulary.encode`` → ``shorten``. Everything is
plain Python: one regular expression and one dictionary, so that prediction, worker processes and
other backends need no TensorFlow to read text.

>>> tokenise("It wasn't GREAT...<br /><br />Not bad &amp; 7/10!")
['it', "wasn't", 'great', '.', '.', '.', 'not', 'bad', '7/10', '!']
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from pathlib import Path

import numpy as np

Encode = Callable[[Sequence[str]], list[np.ndarray]]  # texts → their ids, int32 (tokens,) each

PADDING_ID = 0
UNKNOWN_ID = 1
SPECIAL_WORDS = ("<pad>", "<unknown>")

_MARKUP = re.compile(r"</?[a-zA-Z!][^<>]{0,98}>")
_ENTITY = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")  # as in html
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_TOKEN = re.compile(
    r"\d+(?:[.,/]\d+)+"  # scores stay whole: 7/10, 8.5/10
    r"|[^\W_]+(?:'[^\W_]+)*"  # words, contractions included: wasn't
    r"|\*+"  # stars
    r"|[!?.,;:()\"]"
)


def clean(text: str) -> str:
    """Lower-case the text, with entities decoded and markup such as ``<br />`` turned into spaces.

    >>> clean("GREAT film.<br />Rock &amp; roll")
    'great film. rock & roll'
    """
    text = html.unescape(text) if "&" in text else text
    text = _MARKUP.sub(" ", text) if "<" in text else text
    return text.lower().translate(_APOSTROPHES)


def tokenise(text: str) -> list[str]:
    """Split a raw text into tokens: words, contractions, scores, stars and ``! ? . , ; : ( ) "``.

    Punctuation never glues two words together, and no token holds white space.
    """
    return _TOKEN.findall(clean(text))


def locate(text: str) -> list[tuple[str, int, int]]:
    """The tokens of ``tokenise``, each with where it begins and ends in the raw text.

    >>> locate("Caf&eacute;<br />NOT bad")
    [('café', 0, 11), ('not', 17, 20), ('bad', 21, 24)]
    """
    places = [(start, start + 1) for start in range(len(text))]  # of each character, in the raw one
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
    """The text with each match replaced, and where its characters stand in the raw text."""
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


class Vocabulary:
    """The words a model knows. Id 0 is padding, id 1 any unknown word, then ``words`` from id 2.

    >>> vocabulary = Vocabulary(["film", "good"])
    >>> vocabulary.encode("Good, good film!").tolist()
    [3, 1, 3, 2, 1]
    >>> vocabulary.encode("").tolist()  # an empty text is one unknown word, never nothing
    [1]
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._ids = {word: i for i, word in enumerate(self.words, len(SPECIAL_WORDS))}
        if len(self._ids) != len(self.words):
            raise ValueError("the vocabulary names a word twice")

    def __len__(self) -> int:
        """Number of ids, the two special ones included: the height of the embedding matrix."""
        return len(self.words) + len(SPECIAL_WORDS)

    @classmethod
    def from_texts(cls, texts: Iterable[str], size: int, minimum_count: int) -> Vocabulary:
        """Keep the most frequent words, at most ``size`` ids; equal counts in string order."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(tokenise(text))
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = [word for word, count in ranked if count >= minimum_count]
        return cls(kept[: max(0, size - len(SPECIAL_WORDS))])

    def encode(self, text: str) -> np.ndarray:
        """Ids of a raw text, int32, shape (tokens,), at least one."""
        look_up = self._ids.get
        ids = [look_up(token, UNKNOWN_ID) for token in tokenise(text)]
        return np.array(ids or [UNKNOWN_ID], dtype=np.int32)

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The words behind the ids; the special ids by their names."""
        table = SPECIAL_WORDS + self.words
        return [table[i] for i in ids]

    def save(self, path: Path) -> None:
        """Write one word a line, the special ones first: line number minus one is the id."""
        path.write_text("\n".join(SPECIAL_WORDS + self.words) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read what ``save`` wrote. Raises ``ValueError`` when the file is something else."""
        words = path.read_text(encoding="utf-8").split("\n")[:-1]
        if tuple(words[: len(SPECIAL_WORDS)]) != SPECIAL_WORDS:
            raise ValueError(f"{path} is not a vocabulary: it must begin with {SPECIAL_WORDS}")
        return cls(words[len(SPECIAL_WORDS) :])


def shorten(ids: np.ndarray, maximum_length: int) -> np.ndarray:
    """Keep the head and the tail of a longer text: verdicts stand at either end of a review.

    >>> shorten(np.arange(10), 4).tolist()
    [0, 1, 8, 9]
    """
    if len(ids) <= maximum_length:
        return ids
    tail = maximum_length // 2
    return np.concatenate([ids[: maximum_length - tail], ids[len(ids) - tail :]])


def encode_texts(
    texts: Sequence[str], vocabulary: Vocabulary, maximum_length: int
) -> list[np.ndarray]:
    """Encode and shorten many texts: one int32 array (tokens,) each, in the order given."""
    return [shorten(vocabulary.encode(text), maximum_length) for text in texts]


def once_encoder(vocabulary: Vocabulary, maximum_length: int) -> Encode:
    """``encode_texts`` for texts that come again, which it remembers.

    >>> encode = once_encoder(Vocabulary(["good", "film"]), maximum_length=9)
    >>> encode(["Good film"])[0] is encode(["Good film"])[0]
    True
    """
    known: dict[str, np.ndarray] = {}

    def encode(texts: Sequence[str]) -> list[np.ndarray]:
        new = [text for text in texts if text not in known]
        known.update(zip(new, encode_texts(new, vocabulary, maximum_length), strict=True))
        return [known[text] for text in texts]

    return encode
