"""Contributions of the words of a review to the logit of an n-gram classifier, from its weights.

Every array is float32 (T,) for T tokens. An n-gram counts once per review, however often it occurs.
A token that is in no known n-gram contributes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imdb_lstm.models.ngram_classifier import NgramClassifier


def ngram_contributions(model: NgramClassifier, tokens: Sequence[str]) -> np.ndarray:
    """Return the contributions: the weight of each n-gram is split equally over its words.

    If the n-gram occurs more than once, it is also split equally over its occurrences.
    Contributions sum to the logit minus the bias, which is the logit of a text without known
    n-grams.

    >>> model = NgramClassifier(["dull", "not dull"], np.array([-2.0, 3.0], np.float32), bias=0.5)
    >>> ngram_contributions(model, ["not", "dull"]).tolist()
    [1.5, -0.5]
    """
    found, ngrams = np.zeros(len(tokens), dtype=np.float32), model.occurrences(tokens)
    for weight, length, starts in ngrams:
        for start in starts:
            found[start : start + length] += weight / length / len(starts)
    return found / model.divisor(np.float32(len(ngrams)))


def ngram_occlusion(model: NgramClassifier, tokens: Sequence[str]) -> np.ndarray:
    """Return how much the logit drops if each word is made unknown.

    >>> model = NgramClassifier(["dull", "not dull"], np.array([-2.0, 3.0], np.float32), bias=0.5)
    >>> ngram_occlusion(model, ["not", "dull"]).tolist()
    [3.0, 1.0]
    """
    ngrams = model.occurrences(tokens)
    lost, fewer = np.zeros(len(tokens)), np.zeros(len(tokens))
    for weight, length, starts in ngrams:
        lost[starts[-1] : starts[0] + length] += weight  # words that all its occurrences share
        fewer[starts[-1] : starts[0] + length] += 1
    total = sum(weight for weight, _, _ in ngrams)
    left = (total - lost) / model.divisor(len(ngrams) - fewer)
    return (total / model.divisor(len(ngrams)) - left).astype(np.float32)


def ngram_prefix_logits(model: NgramClassifier, tokens: Sequence[str]) -> np.ndarray:
    """Return the logit of the prefix of the review that ends with each word.

    >>> model = NgramClassifier(["dull", "not dull"], np.array([-2.0, 3.0], np.float32), bias=0.5)
    >>> ngram_prefix_logits(model, ["not", "dull"]).tolist()
    [0.5, 1.5]
    """
    added, more = np.zeros(len(tokens)), np.zeros(len(tokens))
    for weight, length, starts in model.occurrences(tokens):
        added[starts[0] + length - 1] += weight
        more[starts[0] + length - 1] += 1
    means = np.cumsum(added) / model.divisor(np.cumsum(more))
    return (model.bias + means).astype(np.float32)
