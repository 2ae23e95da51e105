"""Linear baselines on the same reviews: TF-IDF and NB-weighted n-grams, logistic regression.

    python -m benchmarks.linear

They have no epoch to choose, so they are fitted on all 25,000 train reviews; they see no unlabelled
text. Nothing is tuned here: strength of the penalty, sublinear counts and words seen twice are
common choices, the weights those of Wang & Manning (2012, section 2.3).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.record import record, test_scores
from imdb_lstm.data import imdb
from imdb_lstm.text import tokenise

WORDS = {"tokenizer": tokenise, "lowercase": False, "token_pattern": None, "min_df": 2}


def tfidf(texts: list[str], labels: np.ndarray, longest: int) -> Callable[[list[str]], np.ndarray]:
    """TF-IDF of 1- to ``longest``-grams, logistic regression; returns texts → logits."""
    vectoriser = TfidfVectorizer(ngram_range=(1, longest), sublinear_tf=True, **WORDS)
    model = LogisticRegression(C=10, max_iter=1000)
    model.fit(vectoriser.fit_transform(texts), labels)
    return lambda unseen: model.decision_function(vectoriser.transform(unseen))


def nb_weighted(texts: list[str], labels: np.ndarray) -> Callable[[list[str]], np.ndarray]:
    """1- to 3-grams, each weighed by its log-count ratio, logistic regression."""
    vectoriser = CountVectorizer(ngram_range=(1, 3), binary=True, dtype=np.float32, **WORDS)
    counts = vectoriser.fit_transform(texts)
    sums = [np.asarray(counts[labels == label].sum(axis=0)).ravel() + 1 for label in (0, 1)]
    ratio = np.log((sums[1] / sums[1].sum()) / (sums[0] / sums[0].sum()))
    weigh: Callable[[Any], Any] = lambda matrix: matrix @ sparse.diags(ratio.astype(np.float32))  # noqa: E731
    model = LogisticRegression(C=1, solver="liblinear", dual=True, max_iter=200)
    model.fit(weigh(counts), labels)
    return lambda unseen: model.decision_function(weigh(vectoriser.transform(unseen)))


def main() -> None:
    """Measure the three rows."""
    train, test = imdb.load("train"), imdb.load("test")
    rows: dict[str, Callable[..., Any]] = {
        "TF-IDF 1-grams + logistic regression": lambda *data: tfidf(*data, longest=1),
        "TF-IDF 1-2-grams + logistic regression": lambda *data: tfidf(*data, longest=2),
        "NB-weighted 1-3-grams + logistic regression": nb_weighted,
    }
    for name, fit in rows.items():
        began = time.perf_counter()
        predict = fit(train.texts, train.labels)
        seconds = time.perf_counter() - began
        scores = test_scores(test.labels, predict(test.texts))
        record("baseline", name, seconds=round(seconds, 1), **scores)


if __name__ == "__main__":
    main()
