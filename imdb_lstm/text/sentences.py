"""Texts made of the sentences of reviews: recombined for teachers to label, and excerpts.

A teacher says something of any text, so what a network can learn from it does not end where the
reviews do (Bucila, Caruana & Niculescu-Mizil 2006, "Model Compression", section 3). Here such text
is made of runs of sentences, from one review or several: real language, in company it never had.

An excerpt has the label of its review. A sentence that says little is then as often called positive
as negative, so that what a network learns of it is how far it tells the verdict: more than a label
of the whole tells of its parts (Kotzias et al. 2015, "From Group to Individual Labels", section 1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?:<br\s*/?>\s*)+")
PARTS = (1, 2, 2, 3, 3)  # of a patchwork: one of these, each as likely
SHORTEST, LONGEST = 40, 300  # words of a patchwork, about, and as many of them short as long
SENTENCES = (1, 1, 2, 3)  # of an excerpt: one of these, each as likely


def recombined_texts(texts: Sequence[str], count: int, seed: int) -> list[str]:
    """``count`` texts of sentences of these; the same again with the same ``seed``.

    The lengths wanted lie evenly on a logarithmic scale. The parts of one patchwork are of about
    one length, each from a review drawn anew, where it begins with any sentence and may end early.

    >>> recombined_texts(["Good. Really good."], 1, seed=0)
    ['Good. Really good. Good. Really good. Really good.']
    """
    random = np.random.default_rng([3, seed])
    reviews = [found for text in texts if (found := sentences(text))]
    if not reviews:
        return []
    return [_recombined(reviews, random) for _ in range(count)]


def excerpts(texts: Sequence[str], count: int, seed: int) -> tuple[np.ndarray, list[str]]:
    """(number of the text that each is from, int (n,), ``count`` excerpts); seeded.

    All texts take turns, so that each gives as many as any other, or one more.

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
    """The sentences of a text, roughly: it is cut after ".", "!" and "?", and at line breaks.

    >>> sentences("Good!  Really?<br /><br />Yes")
    ['Good!', 'Really?', 'Yes']
    """
    return [part.strip() for part in SENTENCE_END.split(text) if part.strip()]


def _recombined(reviews: Sequence[Sequence[str]], random: np.random.Generator) -> str:
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
