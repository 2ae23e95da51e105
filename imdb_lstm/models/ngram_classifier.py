"""Logistic regression on the n-grams of a review, in two variants.

``fit_ngrams``: each n-gram is weighted by its log-count ratio, which says how much more frequent it
is in positive reviews than in negative ones, and the regression learns a factor for each. Source:
S. Wang and C. D. Manning (2012), Baselines and bigrams: simple, good sentiment and topic
classification, section 2.3, with logistic regression instead of their support vector machine.

``fit_embedded_ngrams``: the regression learns from the mean of n-gram embeddings, which are learned
from all reviews, labelled or not (see ``ngram_embeddings``). The result is again one weight per
n-gram.

Of three and more classes, each has a logit of its own, from a regression of it against the rest.

An n-gram counts once per review. Of an address or a #tag its words are read, so that they are in
n-grams with the words around it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from imdb_lstm.errors import ConfigError
from imdb_lstm.models.class_association import log_count_ratio, one_against_rest
from imdb_lstm.models.ngram_embeddings import DIMENSIONS, ngram_embeddings
from imdb_lstm.stored.arrays import open_arrays
from imdb_lstm.text.tokenizer import single_tokens

MINIMUM_REVIEWS = 4  # with an n-gram, labelled or not, for it to get an embedding
LONGEST_NGRAM = 100  # tokens; a text has that many n-grams at each of its tokens
DAMPING = 60.0  # shrinks the mean of a review with few n-grams: see benchmarks/LOG.md


def _counter(longest: int, **options: Any) -> Any:
    """A vectoriser: texts → 1 for each n-gram of 1 to ``longest`` tokens in a text, sparse."""
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(
        tokenizer=single_tokens, token_pattern=None, lowercase=False, ngram_range=(1, longest),
        binary=True, dtype=np.float32, **options,
    )  # fmt: skip


class NgramClassifier:
    """A bag-of-n-grams classifier: a logit is the bias plus the sum, or damped mean, of weights.

    ``ngrams``: tokens joined by single spaces; other n-grams are ignored. ``weights`` and ``bias``:
    float32 (ngrams,) and a number for two classes, (ngrams, classes) and (classes,) for more.
    ``damping``: number of n-grams with weight 0 that are added to the mean, which moves
    the logit of a short review towards the bias; None: weights are summed.

    Raises ``ValueError`` when the numbers of n-grams and weights differ.

    >>> model = NgramClassifier(["dull", "not dull"], np.array([-2.0, 3.0], np.float32), bias=0.5)
    >>> model.predict_logits(["Dull!", "Not dull.", "A film"]).tolist()
    [-1.5, 1.5, 0.5]
    """

    def __init__(
        self,
        ngrams: Sequence[str] | np.ndarray,
        weights: np.ndarray,
        bias: float | np.ndarray,
        damping: float | None = None,
    ) -> None:
        if len(ngrams) != len(weights):
            raise ValueError(f"{len(ngrams)} n-grams and {len(weights)} weights do not agree")
        self.ngrams, self.weights, self.bias, self.damping = ngrams, weights, bias, damping
        self._longest = max(ngram.count(" ") for ngram in ngrams) + 1
        self._known = {ngram: index for index, ngram in enumerate(ngrams)}
        self._counter = _counter(self._longest, vocabulary=self._known)

    def predict_logits(self, texts: Sequence[str]) -> np.ndarray:
        """Logits, float32 (n,) or (n, classes), for n raw texts of any length."""
        found = self._counter.transform(texts)
        divisor = self.divisor(np.diff(found.indptr))
        sums = found @ self.weights
        divisor = divisor if sums.ndim == 1 else divisor[:, None]
        return (sums / divisor + self.bias).astype(np.float32)

    def between(self, of: int, against: int) -> NgramClassifier:
        """The classifier of two classes whose logit is that of one class less that of another.

        ``of`` and ``against``: numbers of classes. Its n-grams are those of this one.

        >>> model = NgramClassifier(["dull"], np.array([[3.0, 1.0, -4.0]]), np.array([0.0, 0.5, 0]))
        >>> model.between(0, 2).predict_logits(["Dull!", "A film"]).tolist()
        [7.0, 0.0]
        """
        if self.weights.ndim == 1:
            sign = np.float32(of - against)
            return self._with(sign * self.weights, float(sign * self.bias))
        weights = self.weights[:, of] - self.weights[:, against]
        bias = np.asarray(self.bias)
        return self._with(weights, float(bias[of] - bias[against]))

    def _with(self, weights: np.ndarray, bias: float) -> NgramClassifier:
        """A classifier on the same n-grams, which are not indexed again."""
        found = copy(self)
        found.weights, found.bias = weights, bias
        return found

    def divisor(self, count: Any) -> Any:
        """Divisor of the summed weights of ``count`` n-grams, a number or an array."""
        return np.ones_like(count) if self.damping is None else damped(count, self.damping)

    def occurrences(self, tokens: Sequence[str]) -> list[tuple[float, int, list[int]]]:
        """Find the known n-grams among the tokens: (weight, length, start positions) of each.

        Only for a classifier of two classes: see ``between``.

        >>> weights = np.array([-2.0, 3.0], np.float32)
        >>> model = NgramClassifier(["dull", "not dull"], weights, bias=0.5)
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
        """Whether the token is a known n-gram; if it is not, no known n-gram contains it."""
        return token in self._known

    def save(self, file: BinaryIO) -> None:
        """Write ``ngrams`` (UTF-8, one per line), ``weights``, ``bias``, and ``damping`` if any."""
        lines = np.frombuffer("\n".join(self.ngrams).encode("utf-8"), dtype=np.uint8)
        values: dict[str, Any] = {
            "ngrams": lines,
            "weights": self.weights,
            "bias": np.asarray(self.bias, np.float32),
        }
        if self.damping is not None:
            values["damping"] = np.float32(self.damping)
        np.savez_compressed(file, **values)

    @classmethod
    def load(cls, path: Path) -> NgramClassifier:
        """Read what ``save`` wrote; no code is executed. Raises ``ValueError`` for other files."""
        with open_arrays(path) as stored:
            ngrams = stored["ngrams"].tobytes().decode("utf-8").split("\n")
            weights, bias = stored["weights"], stored["bias"]
            damping = float(stored["damping"]) if "damping" in stored else None
        numbers = [weights, bias, np.asarray(damping or 0.0)]
        if not all(each.dtype.kind == "f" and np.isfinite(each).all() for each in numbers):
            raise ValueError("its weights are no finite numbers")
        if weights.ndim not in (1, 2) or (damping is not None and damping < 0):
            raise ValueError(f"its weights have the shape {weights.shape}")
        if bias.shape != weights.shape[1:]:
            raise ValueError(f"its bias has the shape {bias.shape}")
        if max(ngram.count(" ") for ngram in ngrams) >= LONGEST_NGRAM:
            raise ValueError(f"it has an n-gram of more than {LONGEST_NGRAM} tokens")
        return cls(ngrams, weights, bias if bias.ndim else float(bias), damping)


def damped(count: Any, damping: float) -> Any:
    """Divisor of the damped mean over ``count`` n-grams, a number or an array."""
    return np.maximum(count + damping, 1)


def fit_ngrams(
    texts: Sequence[str],
    labels: np.ndarray,
    longest: int,
    minimum_count: int,
    seed: int,
    class_weight: str | None = None,
) -> NgramClassifier:
    """Fit an NB-weighted classifier to texts and the numbers of their classes, (n,).

    Every class must occur. Only n-grams of up to ``longest`` tokens in at least ``minimum_count``
    texts are used; the ``seed`` orders the steps of the solver. ``class_weight``: None, or
    balanced, as scikit-learn has it. Raises ``ConfigError`` when there are no such n-grams.

    >>> texts, labels = ["good film", "bad film"], np.array([1, 0])
    >>> model = fit_ngrams(texts, labels, longest=2, minimum_count=1, seed=0)
    >>> list(model.ngrams)
    ['bad', 'bad film', 'film', 'good', 'good film']
    >>> (model.predict_logits(["good", "bad"]) > 0).tolist()
    [True, False]
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    ngrams, counts = _counted(texts, longest, minimum_count)

    def fitted(own: np.ndarray) -> tuple[np.ndarray, float]:
        ratio = log_count_ratio(counts, own).astype(np.float32)
        model = LogisticRegression(
            C=1, solver="liblinear", dual=True, max_iter=1_000, random_state=seed,
            class_weight=class_weight,
        )  # fmt: skip
        model.fit(counts @ sparse.diags(ratio), own)
        return (ratio * model.coef_[0]).astype(np.float32), float(model.intercept_[0])

    return NgramClassifier(ngrams, *_fitted_each(fitted, labels))


def _fitted_each(
    fitted: Callable[[np.ndarray], tuple[np.ndarray, float]], labels: np.ndarray
) -> tuple[np.ndarray, float | np.ndarray]:
    """The weights and biases of all classes, or those of the second of two.

    ``fitted``: labels of 0 and 1, (n,), → weights (ngrams,) and bias.
    """
    found = [fitted(own) for own in one_against_rest(labels)]
    if len(found) == 1:
        return found[0]
    weights, biases = zip(*found, strict=True)
    return np.stack(weights, axis=1), np.array(biases, np.float32)


def fit_embedded_ngrams(
    texts: Sequence[str],
    labels: np.ndarray,
    unlabelled: Sequence[str],
    longest: int,
    minimum_count: int,
    seed: int,
    class_weight: str | None = None,
    **progress: Any,
) -> NgramClassifier:
    """Learn n-gram embeddings from all texts, then fit a classifier on them to the labelled ones.

    The n-grams are those of ``fit_ngrams`` that are in at least ``MINIMUM_REVIEWS`` of all texts;
    their vectors are weighted by inverse document frequency. The other parameters and errors are
    those of ``fit_ngrams``. ``progress``: ``resume_from`` and ``on_epoch_end`` of
    ``ngram_embeddings``.

    >>> texts, labels = ["good film", "bad film"] * 4, np.array([1, 0] * 4)
    >>> model = fit_embedded_ngrams(texts, labels, ["good"], longest=2, minimum_count=1, seed=0)
    >>> list(model.ngrams), model.damping
    (['bad', 'bad film', 'film', 'good', 'good film'], 60.0)
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    ngrams, counts = _counted(texts, longest, minimum_count)
    others = _counter(longest, vocabulary=ngrams).transform(unlabelled) if unlabelled else None
    all_counts = sparse.vstack([counts, others], format="csr")
    common, vectors = _weighted_vectors(all_counts, seed, progress)
    counts = counts[:, common]
    means = (counts @ vectors) / damped(np.diff(counts.indptr), DAMPING)[:, None]
    deviation = means.std() + 1e-12

    def fitted(own: np.ndarray) -> tuple[np.ndarray, float]:
        model = LogisticRegression(C=1, max_iter=1_000, class_weight=class_weight)
        model.fit(means / deviation, own)
        weights = (vectors @ model.coef_[0] / deviation).astype(np.float32)
        return weights, float(model.intercept_[0])

    return NgramClassifier(ngrams[common], *_fitted_each(fitted, labels), DAMPING)


def _weighted_vectors(
    counts: Any, seed: int, progress: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the common n-grams, (m,), and their IDF-weighted vectors, float32 (m, units).

    ``counts``: sparse (n, ngrams), 1 where a review has the n-gram. Raises ``ConfigError`` when no
    n-gram is common.
    """
    reviews_with = np.asarray(counts.sum(axis=0)).ravel()
    common = np.flatnonzero(reviews_with >= MINIMUM_REVIEWS)
    if not len(common):
        raise ConfigError(
            f"no n-gram is in {MINIMUM_REVIEWS} of {counts.shape[0]} reviews: n-gram embeddings "
            "need more reviews"
        )
    counts, reviews_with = counts[:, common], reviews_with[common]
    rows = np.split(counts.indices, counts.indptr[1:-1])
    vectors = ngram_embeddings(rows, reviews_with, DIMENSIONS, seed, **progress)
    return common, vectors * np.log(counts.shape[0] / reviews_with).astype(np.float32)[:, None]


def _counted(texts: Sequence[str], longest: int, minimum_count: int) -> tuple[np.ndarray, Any]:
    """The n-grams in ``minimum_count`` of the texts, and their binary counts, sparse (n, ngrams).

    Raises ``ConfigError`` when there are no such n-grams.
    """
    counter = _counter(longest, min_df=minimum_count)
    try:
        counts = counter.fit_transform(texts)
    except ValueError as error:  # scikit-learn finds no feature
        raise ConfigError(
            f"no n-gram is in {minimum_count} of the {len(texts)} train reviews: "
            "lower --minimum-count, or give more reviews"
        ) from error
    return counter.get_feature_names_out(), counts
