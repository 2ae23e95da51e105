"""Logistic regression on the n-grams of a review, in two ways: no network.

``fit``: each n-gram is weighed by its log-count ratio, how much likelier it is in a positive review
than in a negative one, and the regression learns a factor for each. Source: S. Wang and C. D.
Manning (2012), Baselines and bigrams: simple, good sentiment and topic classification, section 2.3,
with logistic regression for their support vector machine.

``fit_latent``: the regression learns from the mean of the n-grams' vectors, which ``ngram_vectors``
made of all reviews, unlabelled too. What it learns is again one weight an n-gram.

An n-gram counts once a review.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from imdb_lstm.errors import ConfigError
from imdb_lstm.models.ngram_embeddings import DIMENSIONS, ngram_embeddings
from imdb_lstm.text.tokenizer import tokenise

MINIMUM_REVIEWS = 4  # reviews, labelled or not, that an n-gram needs for a vector
DAMPING = 60.0  # few n-grams say little: see benchmarks/LOG.md


def _counter(longest: int, **options: Any) -> Any:
    """Texts → which n-grams of 1 to ``longest`` tokens stand in each, sparse float32."""
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(
        tokenizer=tokenise, token_pattern=None, lowercase=False, ngram_range=(1, longest),
        binary=True, dtype=np.float32, **options,
    )  # fmt: skip


class NgramClassifier:
    """n-grams and their weights, of which a logit is the bias and the sum, or a damped mean.

    ``ngrams``: tokens with single spaces between; others count for nothing. ``weights``: float32
    (ngrams,). ``damping``: how many n-grams of weight 0 are averaged with those of a review, which
    draws the logit of a short one to the bias; None: weights are summed.

    >>> model = NgramClassifier(["dull", "not dull"], np.array([-2.0, 3.0], np.float32), bias=0.5)
    >>> model.predict_logits(["Dull!", "Not dull.", "A film"]).tolist()
    [-1.5, 1.5, 0.5]
    """

    def __init__(
        self,
        ngrams: Sequence[str] | np.ndarray,
        weights: np.ndarray,
        bias: float,
        damping: float | None = None,
    ) -> None:
        if len(ngrams) != len(weights):
            raise ValueError(f"{len(ngrams)} n-grams and {len(weights)} weights do not agree")
        self.ngrams, self.weights, self.bias, self.damping = ngrams, weights, bias, damping
        self._longest = max(ngram.count(" ") for ngram in ngrams) + 1
        self._known = {ngram: index for index, ngram in enumerate(ngrams)}
        self._counter = _counter(self._longest, vocabulary=self._known)

    def predict_logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits of "positive", float32 (n,), for n raw texts of any length."""
        found = self._counter.transform(texts)
        sums = found @ self.weights
        return (sums / self.divisor(np.diff(found.indptr)) + self.bias).astype(np.float32)

    def divisor(self, count: Any) -> Any:
        """What the sum of so many n-grams' weights is divided by, of numbers or arrays."""
        return np.ones_like(count) if self.damping is None else damped(count, self.damping)

    def occurrences(self, tokens: Sequence[str]) -> list[tuple[float, int, list[int]]]:
        """(weight, length, places where it begins) of each known n-gram among the tokens.

        >>> model = NgramClassifier(["dull", "not dull"], np.array([-2.0, 3.0], np.float32), bias=0.5)
        >>> model.occurrences(["not", "dull", "dull"])
        [(-2.0, 1, [1, 2]), (3.0, 2, [0])]
        """
        found: dict[tuple[int, int], list[int]] = defaultdict(list)
        for length in range(1, self._longest + 1):
            for start in range(len(tokens) - length + 1):
                index = self._known.get(" ".join(tokens[start : start + length]))
                if index is not None:
                    found[index, length].append(start)
        return [(float(self.weights[i]), length, at) for (i, length), at in found.items()]

    def knows(self, token: str) -> bool:
        """Whether the token alone is a known n-gram; if not, no known one holds it."""
        return token in self._known

    def save(self, file: BinaryIO) -> None:
        """Write ``ngrams`` (UTF-8, one a line), ``weights``, ``bias``; of a mean, ``damping``."""
        lines = np.frombuffer("\n".join(self.ngrams).encode("utf-8"), dtype=np.uint8)
        values: dict[str, Any] = {
            "ngrams": lines,
            "weights": self.weights,
            "bias": np.float32(self.bias),
        }
        if self.damping is not None:
            values["damping"] = np.float32(self.damping)
        np.savez_compressed(file, **values)

    @classmethod
    def load(cls, path: Path) -> NgramClassifier:
        """Read what ``save`` wrote, no code of it executed. Raises ``ValueError`` for the rest."""
        with np.load(path, allow_pickle=False) as stored:
            ngrams = stored["ngrams"].tobytes().decode("utf-8").split("\n")
            damping = float(stored["damping"]) if "damping" in stored else None
            if stored.get("mean"):  # in files of an earlier version
                damping = 0.0
            return cls(ngrams, stored["weights"], float(stored["bias"]), damping)


def damped(count: Any, damping: float) -> Any:
    """What a sum over so many n-grams is divided by for their damped mean, of numbers or arrays."""
    return np.maximum(count + damping, 1)


def log_count_ratio(counts: Any, labels: np.ndarray) -> np.ndarray:
    """How much likelier each feature is in positive reviews, as a logarithm: float (features,).

    ``counts``: sparse (n, features), 1 where a review holds the feature. ``labels``: (n,)
    of 0 and 1, for n reviews. One more of each label smooths (Wang & Manning 2012, section 2.2).
    """
    sums = [np.asarray(counts[labels == label].sum(axis=0)).ravel() + 1 for label in (0, 1)]
    return np.log((sums[1] / sums[1].sum()) / (sums[0] / sums[0].sum()))


def fit_ngrams(
    texts: Sequence[str], labels: np.ndarray, longest: int, minimum_count: int, seed: int
) -> NgramClassifier:
    """Learn from texts and their labels (n,) of 0 and 1; the seed orders the solver's steps.

    An n-gram is kept when it stands in ``minimum_count`` of the texts. Raises ``ConfigError`` when
    none does.

    >>> model = fit_ngrams(["good film", "bad film"], np.array([1, 0]), longest=2, minimum_count=1, seed=0)
    >>> list(model.ngrams)
    ['bad', 'bad film', 'film', 'good', 'good film']
    >>> (model.predict_logits(["good", "bad"]) > 0).tolist()
    [True, False]
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    ngrams, counts = _counted(texts, longest, minimum_count)
    ratio = log_count_ratio(counts, labels).astype(np.float32)
    model = LogisticRegression(
        C=1, solver="liblinear", dual=True, max_iter=200, random_state=seed
    )  # fmt: skip
    model.fit(counts @ sparse.diags(ratio), labels)
    weights = (ratio * model.coef_[0]).astype(np.float32)
    return NgramClassifier(ngrams, weights, float(model.intercept_[0]))


def fit_embedded_ngrams(
    texts: Sequence[str],
    labels: np.ndarray,
    unlabelled: Sequence[str],
    longest: int,
    minimum_count: int,
    seed: int,
    **progress: Any,
) -> NgramClassifier:
    """Learn n-gram embeddings from all texts, then weights from the labelled ones.

    The n-grams are those of ``fit``, less those that stand in fewer than ``COMMON`` of all texts.
    Each vector counts by its n-gram's inverse document frequency. ``labels``, ``minimum_count`` and
    ``seed`` are those of ``fit``, and it raises the same. ``progress``: ``begun`` and ``done`` of
    ``ngram_vectors``.

    >>> texts, labels = ["good film", "bad film"] * 4, np.array([1, 0] * 4)
    >>> model = fit_embedded_ngrams(texts, labels, ["good"], longest=2, minimum_count=1, seed=0)
    >>> list(model.ngrams), model.damping
    (['bad', 'bad film', 'film', 'good', 'good film'], 60.0)
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    ngrams, counts = _counted(texts, longest, minimum_count)
    others = _counter(longest, vocabulary=ngrams).transform(unlabelled) if unlabelled else None
    every = sparse.vstack([counts, others], format="csr")
    common, vectors = _weighted_vectors(every, seed, progress)
    counts = counts[:, common]
    means = (counts @ vectors) / damped(np.diff(counts.indptr), DAMPING)[:, None]
    spread = means.std() + 1e-12
    model = LogisticRegression(C=1, max_iter=1_000).fit(means / spread, labels)
    weights = (vectors @ model.coef_[0] / spread).astype(np.float32)
    return NgramClassifier(ngrams[common], weights, float(model.intercept_[0]), DAMPING)


def _weighted_vectors(
    counts: Any, seed: int, progress: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Which n-grams are common, (m,), and their vectors, float32 (m, units), by inverse frequency.

    ``counts``: sparse (n, ngrams), 1 where a review holds the n-gram. Raises ``ConfigError`` when
    none is common.
    """
    reviews_with = np.asarray(counts.sum(axis=0)).ravel()
    common = np.flatnonzero(reviews_with >= MINIMUM_REVIEWS)
    if not len(common):
        raise ConfigError(
            f"no n-gram stands in {MINIMUM_REVIEWS} of {counts.shape[0]} reviews: n-gram vectors need more"
        )
    counts, reviews_with = counts[:, common], reviews_with[common]
    rows = np.split(counts.indices, counts.indptr[1:-1])
    vectors = ngram_embeddings(rows, reviews_with, DIMENSIONS, seed, **progress)
    return common, vectors * np.log(counts.shape[0] / reviews_with).astype(np.float32)[:, None]


def _counted(texts: Sequence[str], longest: int, minimum_count: int) -> tuple[np.ndarray, Any]:
    """The n-grams that stand in ``minimum_count`` of the texts, and in which, sparse (n, ngrams).

    Raises ``ConfigError`` when there are none.
    """
    counter = _counter(longest, min_df=minimum_count)
    try:
        counts = counter.fit_transform(texts)
    except ValueError as error:  # nothing is left to learn from
        raise ConfigError(
            f"no n-gram stands in {minimum_count} of the {len(texts)} train reviews: "
            "lower --minimum-count, or give more reviews"
        ) from error
    return counter.get_feature_names_out(), counts
