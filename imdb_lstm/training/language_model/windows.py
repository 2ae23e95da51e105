"""What a language model reads: all reviews as one stream of tokens, cut into windows.

The order of the reviews is a function of (seed, epoch) alone, and the sampled words one of (seed,
step), so that a resumed training sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imdb_lstm.text.vocabulary import PADDING_ID

ROWS = 512
END_ID = PADDING_ID  # no text holds it, so that it can say that a review ends


def token_stream(ids: Sequence[np.ndarray]) -> np.ndarray:
    """All reviews in one stream, int32 (tokens,), an end mark before, between and after them.

    >>> token_stream([np.array([5, 6]), np.array([7])]).tolist()
    [0, 5, 6, 0, 7, 0]
    """
    end = np.array([END_ID], np.int32)
    return np.concatenate([end, *(part for text in ids for part in (text, end))]).astype(np.int32)


class Windows:
    """Batches of a stream for ``LanguageModel``: ``streams`` rows of ``window`` tokens each.

    The stream is cut into as many parts of one length as there are rows, each row reads one of
    them on from step to step, and what is left at the end waits for another epoch's order. The
    second of two ``directions`` reads the whole stream from its end.

    ``candidates``: how many words the softmax is sampled from; 0: all. Without a ``seed`` the
    reviews stay in the order given.
    """

    def __init__(
        self,
        ids: Sequence[np.ndarray],
        vocabulary_size: int,
        directions: int,
        streams: int,
        window: int,
        candidates: int = 0,
        seed: int | None = None,
    ) -> None:
        self.ids, self.vocabulary_size, self.directions = ids, vocabulary_size, directions
        self.streams, self.window, self.seed = streams, window, seed
        self.candidates = candidates if candidates < vocabulary_size else 0
        self.tokens = sum(map(len, ids)) + len(ids) + 1
        self.steps = (self.tokens // streams - 1) // window
        self._epoch = -1

    def counts(self) -> np.ndarray:
        """How often each word stands in the stream: int (vocabulary,)."""
        return np.bincount(token_stream(self.ids), minlength=self.vocabulary_size)

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """What the step, counted from zero over all epochs, reads.

        ``rows``: the words that it needs, and more up to a multiple of ``ROWS``, so that few shapes
        must be compiled for; int32 (rows,), each once. All else names words by their
        place among them: ``tokens``, int32 (directions, streams, window + 1), of which each is
        to be foretold from those before it, and the sampled ``candidates``, int32 (candidates,).
        ``expected``: log of how often sampling would give each of the rows, float32 (rows,).
        ``sampled``: whether a token to be foretold is a candidate, bool as ``tokens`` but for the
        first of each window.
        """
        tokens = self._tokens(step)
        if not self.candidates:
            every = np.arange(self.vocabulary_size, dtype=np.int32)
            nothing = np.zeros(self.vocabulary_size, np.float32)
            return _named(tokens, every, every, nothing)
        candidates, tries = sample_words(
            self.vocabulary_size, self.candidates, np.random.default_rng([2, self.seed or 0, step])
        )
        rows = np.zeros(self.vocabulary_size, bool)
        rows[candidates] = rows[tokens] = True
        unused = np.flatnonzero(~rows)
        rows[unused[: -rows.sum() % ROWS]] = True
        words = np.flatnonzero(rows).astype(np.int32)
        return _named(tokens, words, candidates, log_expected(words, self.vocabulary_size, tries))

    def _tokens(self, step: int) -> np.ndarray:
        """The window of a step, int32 (directions, streams, window + 1)."""
        epoch, position = divmod(step, self.steps)
        if epoch != self._epoch:
            self._rows, self._epoch = self._cut(epoch), epoch
        start = position * self.window
        return self._rows[:, :, start : start + self.window + 1]

    def _cut(self, epoch: int) -> np.ndarray:
        """The whole stream of an epoch, in rows: int32 (directions, streams, tokens of a row)."""
        order = range(len(self.ids))
        if self.seed is not None:
            random = np.random.default_rng([1, self.seed, epoch])
            order = random.permutation(len(self.ids)).tolist()
        stream = token_stream([self.ids[i] for i in order])
        length = len(stream) // self.streams
        readings = (stream, stream[::-1])[: self.directions]
        return np.stack(
            [reading[: length * self.streams].reshape(self.streams, length) for reading in readings]
        )


def _named(
    tokens: np.ndarray, rows: np.ndarray, candidates: np.ndarray, expected: np.ndarray
) -> dict[str, np.ndarray]:
    """A batch in which words go by their place among the rows."""
    places = np.zeros(rows[-1] + 1, np.int32)
    places[rows] = np.arange(len(rows), dtype=np.int32)
    chosen = np.zeros(len(places), bool)
    chosen[candidates] = True
    return {
        "rows": rows,
        "tokens": places[tokens],
        "candidates": places[candidates],
        "expected": expected,
        "sampled": chosen[tokens[..., 1:]],
    }


def _probability(words: np.ndarray, vocabulary_size: int) -> np.ndarray:
    """log((k + 2) / (k + 1)) / log(n + 1) for the k-th commonest of n words: about Zipf's law."""
    return np.log1p(1 / (words + 1.0)) / np.log(vocabulary_size + 1.0)


def sample_words(
    vocabulary_size: int, count: int, random: np.random.Generator
) -> tuple[np.ndarray, int]:
    """(``count`` different words, int32, and how many tries that took), the common ones likelier.

    Ids must go by falling frequency, as those of a vocabulary do, of which the special words come
    first; ``count`` must be less than ``vocabulary_size``.
    """
    found = np.zeros(vocabulary_size, bool)
    order = np.zeros(0, np.int64)
    while found.sum() < count:
        drawn = np.exp(random.random(2 * count) * np.log(vocabulary_size + 1.0)).astype(np.int64)
        order = np.concatenate([order, np.minimum(drawn - 1, vocabulary_size - 1)])
        found[order] = True
    words, first = np.unique(order, return_index=True)
    kept = np.argsort(first)[:count]
    return np.sort(words[kept]).astype(np.int32), int(first[kept[-1]]) + 1


def log_expected(words: np.ndarray, vocabulary_size: int, tries: int) -> np.ndarray:
    """Log of the probability that so many tries find each of the words, float32 (words,).

    What must be taken off a sampled word's logit (Jean et al. 2015, "On Using Very Large Target
    Vocabulary", section 3.2; Bengio & Senécal 2008).
    """
    missed = tries * np.log1p(-_probability(words, vocabulary_size))
    return np.log(-np.expm1(missed)).astype(np.float32)
