"""Texts made from the sentences of reviews: recombined texts for pseudo-labels, and excerpts.

Models that give pseudo-labels can label any text, so a network can learn from more texts than there
are reviews (Bucila, Caruana & Niculescu-Mizil 2006, "Model Compression", section 3). Here such
texts are made by sentence recombination: runs of sentences from one or several reviews are joined.

An excerpt has the label of its review. Over many excerpts a neutral sentence is labelled positive
as often as negative, so a network learns how much each sentence contributes to the label of the
review (Kotzias et al. 2015, "From Group to Individual Labels", section 1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?:<br\s*/?>\s*)+")
PARTS = (1, 2, 2, 3, 3)  # of a recombined text: drawn uniformly from these
SHORTEST, LONGEST = 40, 300  # approximate words of a recombined text, log-uniform between
SENTENCES = (1, 1, 2, 3)  # of an excerpt: drawn uniformly from these


def recombined_texts(texts: Sequence[str], count: int, seed: int) -> list[str]:
    """Return ``count`` texts recombined from the sentences of ``texts``, as ``seed`` decides.

    The lengths are drawn from a log-uniform distribution. The parts of one text have about the same
    length. Each part is a run of sentences of a randomly drawn review, starting at a random
    sentence; it is shorter where the review ends. The result is empty when no text has a sentence.

    >>> recombined_texts(["Good. Really good."], 1, seed=0)
    ['Good. Really good. Good. Really good. Really good.']
    """
    random = np.random.default_rng([3, seed])
    reviews = [found for text in texts if (found := sentences(text))]
    if not reviews:
        return []
    return [_recombined(reviews, random) for _ in range(count)]


def excerpts(texts: Sequence[str], count: int, seed: int) -> tuple[np.ndarray, list[str]]:
    """Return (index of the source text of each excerpt, int (count,), ``count`` excerpts).

    ``seed`` decides which sentences are drawn. The texts are used in turn, so the numbers of
    excerpts from any two of them differ by at most one. Texts without a sentence are skipped.

    >>> of, cut = excerpts(["Good. Really good.", "Bad."], 3, seed=0)
    >>> of.tolist(), cut[1]
    ([0, 1, 0], 'Bad.')
    """
    random = np.random.default_rng([4, seed])
    found = [sentences(text) for text in texts]
    usable = np.flatnonzero([len(some) > 0 for some in found])
    of = np.resize(usable, count if len(usable) else 0)
    cut = []
    for number in of.tolist():
        start = int(random.integers(len(found[number])))
        length = SENTENCES[int(random.integers(len(SENTENCES)))]
        cut.append(" ".join(found[number][start : start + length]))
    return of, cut


def sentences(text: str) -> list[str]:
    """Split a text into sentences, after ".", "!" and "?" before white space, and at line breaks.

    >>> sentences("Good!  Really?<br /><br />Yes")
    ['Good!', 'Really?', 'Yes']
    """
    return [part.strip() for part in SENTENCE_END.split(text) if part.strip()]


def _recombined(reviews: Sequence[Sequence[str]], random: np.random.Generator) -> str:
    """Return one text of one to three parts."""
    parts = PARTS[int(random.integers(len(PARTS)))]
    words = np.exp(random.uniform(np.log(SHORTEST), np.log(LONGEST)))
    drawn = [reviews[int(random.integers(len(reviews)))] for _ in range(parts)]
    return " ".join(_run(review, words / parts, random) for review in drawn)


def _run(review: Sequence[str], words: float, random: np.random.Generator) -> str:
    """Join sentences of a review from a random one on, until there are ``words`` or it ends."""
    start = int(random.integers(len(review)))
    lengths = np.cumsum([sentence.count(" ") + 1 for sentence in review[start:]])
    return " ".join(review[start : start + 1 + int(np.searchsorted(lengths, words))])
