"""Lexicons that people use without training: VADER, AFINN and TextBlob.

    python -m benchmarks.lexicons VADER AFINN TextBlob

Each gives one row on the test split of IMDb, one on the challenge set and one on the counterfactual
pairs. A review is positive where its score is above 0, or, in three further rows, above the
threshold that has the most of 5,000 train reviews right: long reviews tend to have more words of
praise, whatever they say. The packages are no dependency of this project:

    pip install vaderSentiment afinn textblob

Sources: C. Hutto and E. Gilbert (2014), VADER; F. Å. Nielsen (2011), A new ANEW; TextBlob's
``PatternAnalyzer``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from benchmarks.ensemble import group_scores
from benchmarks.record import record, test_scores
from imdb_lstm.config.options import Config
from imdb_lstm.data.imdb import load_imdb
from imdb_lstm.data.load import load_split
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.evaluation.evaluate import measure_logits

SETS = {"challenge": "", "counterfactuals": ", counterfactual pairs"}  # → in the name of a row
FITTED_TO = 5_000


def scorer(lexicon: str) -> Callable[[str], float]:
    """The function of a lexicon that scores a text, above 0 for a positive one."""
    if lexicon == "VADER":
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        analyzer = SentimentIntensityAnalyzer()
        return lambda text: analyzer.polarity_scores(text)["compound"]
    if lexicon == "AFINN":
        from afinn import Afinn

        return Afinn().score
    from textblob import TextBlob

    return lambda text: TextBlob(text).sentiment.polarity


def best_threshold(labels: np.ndarray, scores: np.ndarray) -> float:
    """The threshold that the most scores are on the right side of, between two of them.

    >>> best_threshold(np.array([0, 0, 1, 1, 0]), np.array([1.0, 2.0, 4.0, 5.0, 4.5]))
    3.0
    """
    values, number = np.unique(scores, return_inverse=True)
    positive, total = (np.bincount(number, weights=it) for it in (labels, np.ones(len(labels))))
    # right above each value: its negatives and all below, and the positives above
    right = np.cumsum(total - positive) + positive.sum() - np.cumsum(positive)
    cuts = np.append((values[1:] + values[:-1]) / 2, values[-1])
    return float(cuts[right.argmax()])


def record_scores(lexicon: str, score: Callable[[str], float]) -> None:
    """Score all reviews; record the rows of one lexicon."""

    def scores(reviews: Reviews) -> np.ndarray:
        return np.array([score(text) for text in reviews.texts], np.float64)

    train = load_imdb("train")
    some = train.take(np.arange(0, len(train), len(train) // FITTED_TO))
    fitted = best_threshold(some.labels, scores(some))
    test = load_imdb("test")
    found = scores(test)
    sets = {data: load_split(Config(data=data), "all") for data in SETS}
    of_sets = {data: scores(reviews) for data, reviews in sets.items()}
    for name, threshold in ((lexicon, 0.0), (f"{lexicon}, fitted threshold", fitted)):
        measured = test_scores(test.labels, found - threshold)
        del measured["test_log_loss"]  # a score is no log odds
        record("baseline", name, threshold=threshold, **measured)
        for data, reviews in sets.items():
            metrics = measure_logits(reviews, of_sets[data], 1.0, threshold)
            record("challenge", name + SETS[data], **group_scores(metrics))


def main() -> None:
    """Measure the lexicons that the arguments name."""
    for lexicon in sys.argv[1:]:
        record_scores(lexicon, scorer(lexicon))


if __name__ == "__main__":
    main()
