"""Patchworks: texts pieced together from sentences of reviews, for teachers to label.

A teacher says something of any text, so what a network can learn from it does not end where the
reviews do (Bucila, Caruana & Niculescu-Mizil 2006, "Model Compression", section 3). Here such text
is made of runs of sentences, from one review or several: real language, in company it never had.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?:<br\s*/?>\s*)+")
PARTS = (1, 2, 2, 3, 3)  # of a patchwork: one of these, each as likely
SHORTEST, LONGEST = 40, 300  # words of a patchwork, about, and as many of them short as long


def patchworks(texts: Sequence[str], count: int, seed: int) -> list[str]:
    """``count`` texts of sentences of these; the same again with the same ``seed``.

    The lengths wanted lie evenly on a logarithmic scale. The parts of one patchwork are of about
    one length, each from a review drawn anew, where it begins with any sentence and may end early.

    >>> patchworks(["Good. Really good."], 1, seed=0)
    ['Good. Really good. Good. Really good. Really good.']
    """
    random = np.random.default_rng([3, seed])
    reviews = [found for text in texts if (found := sentences(text))]
    if not reviews:
        return []
    return [_patchwork(reviews, random) for _ in range(count)]


def sentences(text: str) -> list[str]:
    """The sentences of a text, roughly: it is cut after ".", "!" and "?", and at line breaks.

    >>> sentences("Good!  Really?<br /><br />Yes")
    ['Good!', 'Really?', 'Yes']
    """
    return [part.strip() for part in SENTENCE_END.split(text) if part.strip()]


def _patchwork(reviews: Sequence[Sequence[str]], random: np.random.Generator) -> str:
    """One text of one to three parts."""
    parts = PARTS[int(random.integers(len(PARTS)))]
    words = np.exp(random.uniform(np.log(SHORTEST), np.log(LONGEST)))
    drawn = [reviews[int(random.integers(len(reviews)))] for _ in range(parts)]
    return " ".join(_run(review, words / parts, random) for review in drawn)


def _run(review: Sequence[str], words: float, random: np.random.Generator) -> str:
    """Sentences of a review, from any on, until there are so many words or it ends."""
    start = int(random.integers(len(review)))
    lengths = np.cumsum([sentence.count(" ") + 1 for sentence in review[start:]])
    return " ".join(review[start : start + 1 + int(np.searchsorted(lengths, words))])
