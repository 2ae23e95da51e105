"""Augmentation of train reviews: tokens swapped, deleted, or replaced by near words.

After Wei & Zou 2019, "EDA: Easy Data Augmentation Techniques for Boosting Performance on Text
Classification Tasks", section 2, but for this: a review is changed itself, differently in
every epoch, rather than copied; swaps are of neighbours, so that phrases stay together; and in
place of WordNet's synonyms stand words that keep like company and go with the same label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from imdb_lstm.config.options import Config
from imdb_lstm.errors import ConfigError
from imdb_lstm.models.ngram_classifier import log_count_ratio
from imdb_lstm.text.vocabulary import SPECIAL_WORDS

NEIGHBOURS = 10  # of a word, at most
CANDIDATES = 50  # nearest words among which they are looked for
MINIMUM_COSINE = 0.6  # about that of the tenth nearest word on IMDb, in the median
# Most that the log-count ratios of a word and its neighbour may differ. On IMDb, replacing every
# word that can be turns the sign of the summed ratios in 4 % of the reviews; without a limit, 10 %.
LABEL_TOLERANCE = 0.5
MINIMUM_REVIEWS = 20  # in fewer, chance decides with which label a word is seen
HALF_NEGATIONS = {"barely", "hardly", "rarely", "scarcely", "seldom"}


@dataclass(frozen=True)
class Neighbours:
    """The near words of every word.

    ``counts``: int (words,), how many each has, 0 to ``NEIGHBOURS``. ``table``: int32
    (words, NEIGHBOURS), of which a row's first ``counts`` are ids of its near words.
    """

    table: np.ndarray
    counts: np.ndarray

    def share(self, ids: Sequence[np.ndarray]) -> float:
        """Share of the tokens in these reviews that have a near word."""
        return float(np.mean(self.counts[np.concatenate(ids)] > 0))


@dataclass(frozen=True)
class Augmentation:
    """What is done to a train review: ``augmentation(ids, random)`` is a changed copy of it.

    ``ids``: int32 (tokens,), at least one; as many come back, or fewer, but never none. Rates are
    shares, 0 to 1: ``swap`` of the tokens that change places with a neighbour, ``deletion`` of the
    tokens left out, ``substitution`` of the words with near words that become one of those.

    >>> augmentation = Augmentation(swap=1.0)
    >>> augmentation(np.array([5, 6, 7, 8]), np.random.default_rng(0)).tolist()
    [5, 7, 6, 8]
    """

    swap: float = 0.0
    deletion: float = 0.0
    substitution: float = 0.0
    neighbours: Neighbours | None = None

    def __call__(self, ids: np.ndarray, random: np.random.Generator) -> np.ndarray:
        if self.substitution and self.neighbours is not None:
            ids = substituted(ids, self.substitution, self.neighbours, random)
        if self.swap:
            ids = swapped(ids, self.swap, random)
        return shortened(ids, self.deletion, random) if self.deletion else ids


def swapped(ids: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """Cut the tokens into pairs, from the first or the second on, and turn a share of the pairs."""
    start = int(random.integers(2))
    turned = random.random((len(ids) - start) // 2) < share
    left = start + 2 * np.flatnonzero(turned)
    ids = ids.copy()
    ids[left], ids[left + 1] = ids[left + 1], ids[left]
    return ids


def shortened(ids: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """Leave out every token with this probability; where that is all of them, keep any one."""
    kept = random.random(len(ids)) >= share
    if not kept.any():
        kept[random.integers(len(ids))] = True
    return ids[kept]


def substituted(
    ids: np.ndarray, share: float, neighbours: Neighbours, random: np.random.Generator
) -> np.ndarray:
    """Replace every word that has near words with this probability, by any one of them."""
    chosen = np.flatnonzero((random.random(len(ids)) < share) & (neighbours.counts[ids] > 0))
    words = ids[chosen]
    picked = (random.random(len(chosen)) * neighbours.counts[words]).astype(int)
    ids = ids.copy()
    ids[chosen] = neighbours.table[words, picked]
    return ids


def label_association(
    ids: Sequence[np.ndarray], labels: np.ndarray, vocabulary_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Each word's log-count ratio, float (words,), and the reviews that hold it, int (words,).

    The ratio, above zero for words of positive reviews, is that of the linear model.

    >>> texts = [np.array([2, 3, 3]), np.array([2, 4])]
    >>> ratios, reviews = label_association(texts, np.array([1, 0]), vocabulary_size=5)
    >>> ratios.round(2).tolist(), reviews.tolist()
    ([0.0, 0.0, 0.0, 0.69, -0.69], [0, 0, 2, 1, 1])
    """
    ends = np.cumsum([0, *map(len, ids)])
    cells = np.ones(ends[-1], np.int32), np.concatenate(ids), ends
    found = sparse.csr_matrix(cells, shape=(len(ids), vocabulary_size))
    found.sum_duplicates()
    found.data[:] = 1
    return log_count_ratio(found, labels), np.asarray(found.sum(axis=0)).ravel()


def near_words(
    words: Sequence[str], vectors: np.ndarray, ids: Sequence[np.ndarray], labels: np.ndarray
) -> Neighbours:
    """For every word the nearest by cosine that go with the same label about as often.

    ``words``: those of the ids from 2 on; ``vectors``: float (ids, units), zero where unknown;
    ``ids`` and ``labels``: the train reviews, int32 (tokens,) each, and 0 or 1, (reviews,).

    Words in like company may say the contrary: next to "bad" stands "good". So the log-count
    ratios of a word and its near words differ by at most ``LABEL_TOLERANCE``: either both go with
    one label, or both with hardly any, and no replacement moves a review's evidence by more. Left
    alone are stop words, negations and what is not of letters, which hold a sentence together
    rather than say something, and words in too few reviews to know their ratio.
    """
    from sklearn.neighbors import NearestNeighbors

    ratios, reviews = label_association(ids, labels, len(vectors))
    lengths = np.linalg.norm(vectors, axis=1)
    usable = np.array([False] * len(SPECIAL_WORDS) + _ordinary(words))
    usable &= lengths > lengths.max() / 100  # less is what rounding leaves of no vector
    known = np.flatnonzero(usable & (reviews >= MINIMUM_REVIEWS))
    neighbours = Neighbours(
        np.zeros((len(vectors), NEIGHBOURS), np.int32), np.zeros(len(vectors), np.int64)
    )
    if not len(known):
        return neighbours
    directions = vectors[known] / lengths[known, None]
    search = NearestNeighbors(n_neighbors=min(1 + CANDIDATES, len(known)), algorithm="brute")
    distances, places = search.fit(directions).kneighbors(directions)
    found = known[places]
    allowed = (1 - distances**2 / 2 >= MINIMUM_COSINE) & (found != known[:, None])
    allowed &= abs(ratios[found] - ratios[known, None]) <= LABEL_TOLERANCE
    first = np.argsort(~allowed, axis=1, kind="stable")[:, :NEIGHBOURS]
    neighbours.table[known, : first.shape[1]] = np.take_along_axis(found, first, axis=1)
    neighbours.counts[known] = np.minimum(allowed.sum(axis=1), NEIGHBOURS)
    return neighbours


def _ordinary(words: Sequence[str]) -> list[bool]:
    """Whether each word is of letters, no stop word (as in EDA), and no negation of any spelling.

    >>> _ordinary(["film", "not", "don't", "dont", "hardly", "7/10", "!"])
    [True, False, False, False, False, False, False]
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    bare = {word.replace("'", "") for word in words if word.endswith("n't")}
    alone = ENGLISH_STOP_WORDS | HALF_NEGATIONS | bare
    return [word.isalpha() and word not in alone for word in words]


def configured_near_words(
    config: Config,
    words: Sequence[str],
    vectors: np.ndarray | None,
    ids: Sequence[np.ndarray],
    labels: np.ndarray,
) -> Neighbours | None:
    """The near words, where any are to replace others; the rest as in ``near_words``.

    Raises ``ConfigError`` when words are to be replaced and none has a near word.
    """
    if not config.substitution or vectors is None:
        return None
    neighbours = near_words(words, vectors, ids, labels)
    if not neighbours.counts.any():
        raise ConfigError(
            f"substitution finds no near words: too few stand in {MINIMUM_REVIEWS} train "
            "reviews. Give more reviews, or leave it out"
        )
    return neighbours


def token_augmentation(config: Config, neighbours: Neighbours | None) -> Augmentation | None:
    """The augmentation that is asked for, if any."""
    augmentation = Augmentation(config.swap, config.deletion, config.substitution, neighbours)
    return augmentation if config.swap or config.deletion or config.substitution else None
