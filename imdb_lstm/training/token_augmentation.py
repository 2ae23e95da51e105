"""Augmentation of train reviews: tokens are swapped, deleted, or replaced by near words.

It follows Wei & Zou 2019, "EDA: Easy Data Augmentation Techniques for Boosting Performance on Text
Classification Tasks", section 2, with these differences: no copies are added, but each review is
changed anew in every epoch; only neighbouring tokens are swapped, so that phrases stay together;
and instead of WordNet's synonyms, words with similar vectors and a similar association with the
labels are substituted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from imdb_lstm.config.options import Config
from imdb_lstm.errors import ConfigError
from imdb_lstm.models.class_association import log_count_ratio, one_against_rest
from imdb_lstm.text.vocabulary import SPECIAL_WORDS

NEIGHBOURS = 10  # at most, per word
CANDIDATES = 50  # nearest words from which they are chosen
MINIMUM_COSINE = 0.6  # about the median similarity of the tenth nearest word on IMDb
# Largest difference between the log-count ratios of a word and its neighbour. On IMDb, replacing
# every word that has neighbours changes the sign of the summed ratios in 4 % of the reviews;
# without a limit, in 10 %.
LABEL_TOLERANCE = 0.5
MINIMUM_REVIEWS = 20  # of a word; with fewer, its ratio is mostly chance
HALF_NEGATIONS = {"barely", "hardly", "rarely", "scarcely", "seldom"}


@dataclass(frozen=True)
class Neighbours:
    """The near words of every word.

    ``counts``: number of near words of each word, 0 to ``NEIGHBOURS``, int (words,). ``table``:
    their ids, int32 (words, NEIGHBOURS); only the first ``counts`` of a row are used.
    """

    table: np.ndarray
    counts: np.ndarray

    def share(self, ids: Sequence[np.ndarray]) -> float:
        """Return the share of the tokens in these reviews that have a near word."""
        return float(np.mean(self.counts[np.concatenate(ids)] > 0))


@dataclass(frozen=True)
class Augmentation:
    """Augmentation of a train review: ``augmentation(ids, random)`` returns a changed copy.

    ``ids``: int32 (tokens,), at least one; the result has as many tokens or fewer, but at least
    one. The options are shares from 0 to 1: ``swap`` of the tokens that change places with a
    neighbour, ``deletion`` of the tokens that are deleted, ``substitution`` of the words with near
    words that are replaced by one of them.

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
    """Split the tokens into pairs, from the first or the second on; swap a share of the pairs."""
    start = int(random.integers(2))
    chosen = random.random((len(ids) - start) // 2) < share
    left = start + 2 * np.flatnonzero(chosen)
    ids = ids.copy()
    ids[left], ids[left + 1] = ids[left + 1], ids[left]
    return ids


def shortened(ids: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """Delete every token with probability ``share``; if none is left, keep a random one."""
    kept = random.random(len(ids)) >= share
    if not kept.any():
        kept[random.integers(len(ids))] = True
    return ids[kept]


def substituted(
    ids: np.ndarray, share: float, neighbours: Neighbours, random: np.random.Generator
) -> np.ndarray:
    """Replace every word with near words by a random one of these, with probability ``share``."""
    chosen = np.flatnonzero((random.random(len(ids)) < share) & (neighbours.counts[ids] > 0))
    words = ids[chosen]
    picked = (random.random(len(chosen)) * neighbours.counts[words]).astype(int)
    ids = ids.copy()
    ids[chosen] = neighbours.table[words, picked]
    return ids


def label_association(
    ids: Sequence[np.ndarray], labels: np.ndarray, vocabulary_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Log-count ratios of each word, float (words, K), and number of reviews with it, int (words,).

    The ratios are those of the NB-weighted n-gram logistic regression: one for two classes, above
    zero for words of the second one, or one for each class against the rest.

    >>> texts = [np.array([2, 3, 3]), np.array([2, 4])]
    >>> ratios, reviews = label_association(texts, np.array([1, 0]), vocabulary_size=5)
    >>> ratios.round(2).tolist(), reviews.tolist()
    ([[0.0], [0.0], [0.0], [0.69], [-0.69]], [0, 0, 2, 1, 1])
    """
    ends = np.cumsum([0, *map(len, ids)])
    cells = np.ones(ends[-1], np.int32), np.concatenate(ids), ends
    found = sparse.csr_matrix(cells, shape=(len(ids), vocabulary_size))
    found.sum_duplicates()
    found.data[:] = 1
    ratios = np.stack([log_count_ratio(found, own) for own in one_against_rest(labels)], axis=1)
    return ratios, np.asarray(found.sum(axis=0)).ravel()


def near_words(
    words: Sequence[str], vectors: np.ndarray, ids: Sequence[np.ndarray], labels: np.ndarray
) -> Neighbours:
    """Find for every word the nearest by cosine with a similar association with the labels.

    ``words``: those of the ids from 2 on; ``vectors``: float (ids, width), zero for unknown words;
    ``ids`` and ``labels``: the train reviews, int32 (tokens,) each, and their classes, (reviews,).

    Words that occur in similar contexts may be antonyms, such as "bad" and "good". So the log-count
    ratios of a word and its near words differ by at most ``LABEL_TOLERANCE``, which limits how far
    a replacement can change a review's evidence. No near words are given to stop words, negations
    and tokens with other characters than letters, which carry the structure of a sentence rather
    than its content, nor to words in fewer than ``MINIMUM_REVIEWS`` reviews.
    """
    from sklearn.neighbors import NearestNeighbors

    ratios, reviews = label_association(ids, labels, len(vectors))
    lengths = np.linalg.norm(vectors, axis=1)
    usable = np.array([False] * len(SPECIAL_WORDS) + _ordinary(words))
    usable &= lengths > lengths.max() / 100  # shorter ones are rounding errors of zero
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
    allowed &= (abs(ratios[found] - ratios[known, None]) <= LABEL_TOLERANCE).all(axis=-1)
    first = np.argsort(~allowed, axis=1, kind="stable")[:, :NEIGHBOURS]
    neighbours.table[known, : first.shape[1]] = np.take_along_axis(found, first, axis=1)
    neighbours.counts[known] = np.minimum(allowed.sum(axis=1), NEIGHBOURS)
    return neighbours


def _ordinary(words: Sequence[str]) -> list[bool]:
    """Return whether each word has only letters and is neither a stop word nor a negation.

    Stop words are left out as in EDA; negations in every spelling.

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
    """Find near words if ``config.substitution`` is set; other parameters as in ``near_words``.

    Raises ``ConfigError`` when substitution is set and no word has a near word.
    """
    if not config.substitution or vectors is None:
        return None
    neighbours = near_words(words, vectors, ids, labels)
    if not neighbours.counts.any():
        raise ConfigError(
            f"substitution finds no near words: too few words occur in {MINIMUM_REVIEWS} train "
            "reviews. Give more reviews, or leave it out"
        )
    return neighbours


def token_augmentation(config: Config, neighbours: Neighbours | None) -> Augmentation | None:
    """Build the configured augmentation, or return None if there is none."""
    augmentation = Augmentation(config.swap, config.deletion, config.substitution, neighbours)
    return augmentation if config.swap or config.deletion or config.substitution else None
