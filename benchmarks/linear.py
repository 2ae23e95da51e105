"""Linear baselines: logistic regression on TF-IDF and on NB-weighted n-grams.

    python -m benchmarks.linear

They have no epoch to choose on validation reviews, so they are fitted on all 25,000 train reviews,
and on no unlabelled text. Nothing is tuned: the penalty, sublinear counts and a minimum count of
two are common choices; the NB weights are those of Wang & Manning (2012, section 2.3).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.record import record, test_scores
from imdb_lstm.data.imdb import load_imdb
from imdb_lstm.models.ngram_classifier import fit_ngrams
from imdb_lstm.text.tokenizer import single_tokens

WORDS = {"tokenizer": single_tokens, "lowercase": False, "token_pattern": None, "min_df": 2}


def tfidf(texts: list[str], labels: np.ndarray, longest: int) -> Callable[[list[str]], np.ndarray]:
    """Fit logistic regression on TF-IDF of 1- to ``longest``-grams; return texts → logits."""
    vectoriser = TfidfVectorizer(ngram_range=(1, longest), sublinear_tf=True, **WORDS)
    model = LogisticRegression(C=10, max_iter=1000)
    model.fit(vectoriser.fit_transform(texts), labels)
    return lambda unseen: model.decision_function(vectoriser.transform(unseen))


def nb_weighted(texts: list[str], labels: np.ndarray) -> Callable[[list[str]], np.ndarray]:
    """Fit the model of ``imdb-lstm train --encoder ngrams-nb`` on all train reviews."""
    return fit_ngrams(texts, labels, longest=3, minimum_count=2, seed=0).predict_logits


def main() -> None:
    """Measure and record three rows."""
    train, test = load_imdb("train"), load_imdb("test")
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
