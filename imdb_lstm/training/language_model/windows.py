"""Batches of a language model: all reviews as one stream of tokens, cut into windows.

The order of the reviews depends only on (seed, epoch), and the sampled words only on (seed, step),
so that a resumed training reads the same batches as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imdb_lstm.text.vocabulary import PADDING_ID

ROWS = 512
END_ID = PADDING_ID  # occurs in no text, so that it can mark the end of a review


def token_stream(ids: Sequence[np.ndarray]) -> np.ndarray:
    """Join all reviews, with an end mark before, between and after them, int32 (tokens,).

    >>> token_stream([np.array([5, 6]), np.array([7])]).tolist()
    [0, 5, 6, 0, 7, 0]
    """
    end = np.array([END_ID], np.int32)
    return np.concatenate([end, *(part for text in ids for part in (text, end))]).astype(np.int32)


class Windows:
    """Batches for ``LanguageModel``: ``streams`` rows of ``bptt_length`` tokens each.

    The stream is cut into ``streams`` parts of equal length, and each row continues one of them
    from step to step. The rest at the end is not read in this epoch; another epoch has another
    order. The second of two ``directions`` reads the stream backwards.

    ``sampled``: number of words sampled for the softmax; 0: all. Without a ``seed`` the reviews
    keep their order.
    """

    def __init__(
        self,
        ids: Sequence[np.ndarray],
        vocabulary_size: int,
        directions: int,
        streams: int,
        bptt_length: int,
        sampled: int = 0,
        seed: int | None = None,
    ) -> None:
        self.ids, self.vocabulary_size, self.directions = ids, vocabulary_size, directions
        self.streams, self.bptt_length, self.seed = streams, bptt_length, seed
        self.sampled = sampled if sampled < vocabulary_size else 0
        self.tokens = sum(map(len, ids)) + len(ids) + 1
        self.steps = (self.tokens // streams - 1) // bptt_length
        self._epoch = -1

    def counts(self) -> np.ndarray:
        """Count the occurrences of each word in the stream, int (vocabulary,)."""
        return np.bincount(token_stream(self.ids), minlength=self.vocabulary_size)

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """Return the batch of a step, counted from zero over all epochs.

        ``rows``: int32 (rows,), ids of the words in the batch, and of others up to a multiple of
        ``ROWS``, which keeps the number of shapes to compile small. All other arrays refer to words
        by their index in ``rows``.
        ``tokens``: int32 (directions, streams, bptt_length + 1); each is predicted from those
        before it.
        ``candidates``: int32 (sampled words,).
        ``expected``: float32 (rows,), log-probability that a word is among the sampled words.
        ``sampled``: bool (directions, streams, bptt_length), whether a token to predict is among
        the sampled words.
        """
        tokens = self._tokens(step)
        if not self.sampled:
            every = np.arange(self.vocabulary_size, dtype=np.int32)
            nothing = np.zeros(self.vocabulary_size, np.float32)
            return _indexed(tokens, every, every, nothing)
        candidates, tries = sample_words(
            self.vocabulary_size, self.sampled, np.random.default_rng([2, self.seed or 0, step])
        )
        rows = np.zeros(self.vocabulary_size, bool)
        rows[candidates] = rows[tokens] = True
        unused = np.flatnonzero(~rows)
        rows[unused[: -rows.sum() % ROWS]] = True
        words = np.flatnonzero(rows).astype(np.int32)
        return _indexed(tokens, words, candidates, log_expected(words, self.vocabulary_size, tries))

    def _tokens(self, step: int) -> np.ndarray:
        """Return the tokens of a step, int32 (directions, streams, bptt_length + 1)."""
        epoch, position = divmod(step, self.steps)
        if epoch != self._epoch:
            self._rows, self._epoch = self._cut(epoch), epoch
        start = position * self.bptt_length
        return self._rows[:, :, start : start + self.bptt_length + 1]

    def _cut(self, epoch: int) -> np.ndarray:
        """Cut the stream of an epoch into rows, int32 (directions, streams, tokens per row)."""
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


def _indexed(
    tokens: np.ndarray, rows: np.ndarray, candidates: np.ndarray, expected: np.ndarray
) -> dict[str, np.ndarray]:
    """Return a batch in which words are replaced by their index in ``rows``, which is sorted."""
    index = np.zeros(rows[-1] + 1, np.int32)
    index[rows] = np.arange(len(rows), dtype=np.int32)
    chosen = np.zeros(len(index), bool)
    chosen[candidates] = True
    return {
        "rows": rows,
        "tokens": index[tokens],
        "candidates": index[candidates],
        "expected": expected,
        "sampled": chosen[tokens[..., 1:]],
    }


def _probability(words: np.ndarray, vocabulary_size: int) -> np.ndarray:
    """Sampling probability of the k-th most frequent of n words, close to Zipf's law.

    It is log((k + 2) / (k + 1)) / log(n + 1), with k from zero.
    """
    return np.log1p(1 / (words + 1.0)) / np.log(vocabulary_size + 1.0)


def sample_words(
    vocabulary_size: int, count: int, random: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Sample ``count`` distinct words, frequent ones more often; also return the number of tries.

    The words are int32 (count,). Ids must be in descending order of frequency, as those of a
    vocabulary; ``count`` must be less than ``vocabulary_size``.
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
    """Log-probability that each word is found in this number of tries, float32 (words,).

    Sampled softmax subtracts it from a word's logit (Jean et al. 2015, "On Using Very Large Target
    Vocabulary", section 3.2; Bengio & Senécal 2008).
    """
    missed = tries * np.log1p(-_probability(words, vocabulary_size))
    return np.log(-np.expm1(missed)).astype(np.float32)
