"""The vocabulary: tokens to integer ids, and the truncation of long texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from imdb_lstm.text.tokenizer import Place, is_single, locate, tokenise, tokens_and_parts

Encode = Callable[[Sequence[str]], list[np.ndarray]]  # texts → ids, int32 (tokens,) each

PADDING_ID = 0
UNKNOWN_ID = 1
SPECIAL_WORDS = ("<pad>", "<unknown>")


class Vocabulary:
    """The known words of a model: id 0 is padding, id 1 the unknown word, ``words`` follow from 2.

    Raises ``ValueError`` when a word occurs twice.

    >>> vocabulary = Vocabulary(["film", "good"])
    >>> vocabulary.encode("Good, good film!").tolist()
    [3, 1, 3, 2, 1]
    >>> vocabulary.encode("#good 😍").tolist()  # what it reads in place of an unknown #tag or emoji
    [3]
    >>> vocabulary.encode("").tolist()  # an empty text is one unknown word
    [1]
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._ids = {word: i for i, word in enumerate(self.words, len(SPECIAL_WORDS))}
        if len(self._ids) != len(self.words):
            raise ValueError("the vocabulary contains a word twice")

    def __len__(self) -> int:
        """Return the number of ids, including the special ones: rows of the embedding matrix."""
        return len(self.words) + len(SPECIAL_WORDS)

    @classmethod
    def from_texts(cls, texts: Iterable[str], size: int, minimum_count: int) -> Vocabulary:
        """Build the vocabulary of the most frequent words of the texts.

        It has at most ``size`` ids, the special ones included, and only words with at least
        ``minimum_count`` occurrences. Equally frequent words are sorted as strings. A #tag counts
        as one word, and so does each word in it, and likewise for other compounds. A compound comes
        after the single words that are as frequent.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(tokens_and_parts(text))
        kept = [word for word, count in counts.items() if count >= minimum_count]
        kept.sort(key=lambda word: (-counts[word], not is_single(word), word))
        return cls(kept[: max(0, size - len(SPECIAL_WORDS))])

    def encode(self, text: str) -> np.ndarray:
        """Return the ids of a raw text, int32 (tokens,), at least one.

        An unknown token is read as ``tokenise`` describes, so that a text that is all English has
        the same ids whether or not it has addresses, #tags and emoji that nobody has learned.
        """
        return self.ids_of(tokenise(text, self.knows))

    def ids_of(self, tokens: Sequence[str]) -> np.ndarray:
        """Return the ids of the tokens of a text, int32 (tokens,), at least one.

        >>> Vocabulary(["good"]).ids_of(["good", "film"]).tolist()
        [2, 1]
        """
        look_up = self._ids.get
        ids = [look_up(token, UNKNOWN_ID) for token in tokens]
        return np.array(ids or [UNKNOWN_ID], dtype=np.int32)

    def locate(self, text: str) -> list[Place]:
        """Return the token of each id of ``encode``, with its offsets in the raw text.

        The only id of a text without tokens is that of an empty token.

        >>> Vocabulary(["good"]).locate("#good_film 😍")
        [('good', 1, 5), ('film', 6, 10)]
        """
        return locate(text, self.knows) or [("", 0, 0)]

    def knows(self, token: str) -> bool:
        """Return whether a token is one of the words."""
        return token in self._ids

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Return the words of the ids, and the names of the special ids."""
        table = SPECIAL_WORDS + self.words
        return [table[i] for i in ids]

    def save(self, path: Path) -> None:
        """Write one word per line, the special ones first: the id is the line number minus one."""
        path.write_text("\n".join(SPECIAL_WORDS + self.words) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read a file written by ``save``. Raises ``ValueError`` for any other file."""
        words = path.read_text(encoding="utf-8").split("\n")[:-1]
        if tuple(words[: len(SPECIAL_WORDS)]) != SPECIAL_WORDS:
            raise ValueError(f"{path} is not a vocabulary: it must begin with {SPECIAL_WORDS}")
        return cls(words[len(SPECIAL_WORDS) :])


def shorten(ids: np.ndarray, maximum_length: int) -> np.ndarray:
    """Truncate a longer text to its head and its tail, because reviews often conclude in either.

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
    """Encode and truncate texts: one int32 array (tokens,) each, in the given order."""
    return [shorten(vocabulary.encode(text), maximum_length) for text in texts]


def caching_encoder(vocabulary: Vocabulary, maximum_length: int) -> Encode:
    """Return a function like ``encode_texts`` that encodes each different text only once.

    >>> encode = caching_encoder(Vocabulary(["good", "film"]), maximum_length=9)
    >>> encode(["Good film"])[0] is encode(["Good film"])[0]
    True
    """
    known: dict[str, np.ndarray] = {}

    def encode(texts: Sequence[str]) -> list[np.ndarray]:
        new = [text for text in texts if text not in known]
        known.update(zip(new, encode_texts(new, vocabulary, maximum_length), strict=True))
        return [known[text] for text in texts]

    return encode
