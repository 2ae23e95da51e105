"""TODO."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from imdb_lstm.text.tokenizer import tokenise

Encode = Callable[[Sequence[str]], list[np.ndarray]]  # texts → their ids, int32 (tokens,) each

PADDING_ID = 0
UNKNOWN_ID = 1
SPECIAL_WORDS = ("<pad>", "<unknown>")


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


def caching_encoder(vocabulary: Vocabulary, maximum_length: int) -> Encode:
    """``encode_texts`` for texts that come again, which it remembers.

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
