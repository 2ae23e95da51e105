"""Candidates for the lexicon of opposites, mined from train reviews.

A candidate is a word that is strongly associated with a label and has no entry. Words of opposite
sense occur in the same contexts, so an antonym is looked for among the words with similar vectors
that are associated with the other label (on antonyms in the same contexts: Mohammad et al. 2013,
"Computing Lexical Contrast", section 1). Many pairs found in this way are no antonyms: they are
proposed to a person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from imdb_lstm.config.fields import toml_value
from imdb_lstm.config.options import Config
from imdb_lstm.data.counterfactual import check_sentiment
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import DataError
from imdb_lstm.text.antonyms import UNTURNED, WORD, Lexicon, read_lexicon
from imdb_lstm.text.vocabulary import SPECIAL_WORDS, Vocabulary, caching_encoder
from imdb_lstm.training.token_augmentation import label_association
from imdb_lstm.training.word_embeddings import cached_word_vectors

STRONGEST = 0.7  # least log-count ratio of a candidate, and minus that of its neighbours
MINIMUM_REVIEWS = 30  # of either word
_CAPITALISED, _SMALL = re.compile(r"\b[A-Z][a-z]+\b"), re.compile(r"\b[a-z]+\b")
NEAREST = 40  # words by cosine among which the opposite is looked for


@dataclass(frozen=True)
class Candidate:
    """A word without an entry, and words of the other label near it, the nearest first.

    ``ratio``: its log-count ratio, above zero for a positive word. ``reviews``: how many have it.
    """

    word: str
    opposites: tuple[str, ...]
    ratio: float
    reviews: int

    def line(self) -> str:
        """Return it as a line of a TOML file of antonyms, with its other neighbours as a comment.

        >>> Candidate("charmless", ("charming", "lovely"), -1.2, 40).line()
        '"charmless" = "charming"  # in 40 reviews, -1.2; or lovely'
        """
        others = f"; or {', '.join(self.opposites[1:])}" if self.opposites[1:] else ""
        entry = f"{toml_value(self.word)} = {toml_value(self.opposites[0])}"
        return f"{entry}  # in {self.reviews:,} reviews, {self.ratio:+.1f}{others}"


def antonym_candidates(config: Config, count: int) -> list[Candidate]:
    """Return the ``count`` strongest candidates of the train reviews of ``config``.

    Raises ``ConfigError`` for other classes than negative and positive, ``DataError`` for reviews
    that cannot be read or are too few.
    """
    data = read_training_data(config, with_unlabelled=True)
    check_sentiment(data.train.classes, config)
    texts = data.train.texts
    vocabulary = Vocabulary.from_texts(texts, config.vocabulary_size, config.minimum_count)
    encode = caching_encoder(vocabulary, config.maximum_length)
    vectors = cached_word_vectors([*texts, *data.unlabelled], vocabulary, config, encode)
    ratios, reviews = label_association(encode(texts), data.train.labels, len(vocabulary))
    lexicon = read_lexicon(config.antonyms)
    reviews = np.where(_are_names(vocabulary.words, texts), 0, reviews)
    found = candidates(vocabulary.words, vectors, ratios[:, 0], reviews, lexicon)
    if not found:
        raise DataError(
            f"no word of {config.data} in {MINIMUM_REVIEWS} train reviews has a near word of the "
            "other label: give more reviews"
        )
    return found[:count]


def _are_names(words: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """Return whether each id is a word that is mostly capitalised, bool (ids,)."""
    capitalised: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for text in texts:
        capitalised.update(_CAPITALISED.findall(text))
        small.update(_SMALL.findall(text))
    names = [capitalised[word.capitalize()] > small[word] for word in words]
    return np.array([False] * len(SPECIAL_WORDS) + names)


def candidates(
    words: Sequence[str],
    vectors: np.ndarray,
    ratios: np.ndarray,
    reviews: np.ndarray,
    lexicon: Lexicon,
) -> list[Candidate]:
    """Return all candidates, those with the strongest and most frequent association first.

    ``words``: those of the ids from 2 on. ``vectors``: float (ids, width). ``ratios``: log-count
    ratio of each id, float (ids,), ``reviews``: number of reviews with it, int (ids,).
    """
    names = (*SPECIAL_WORDS, *words)
    kinds = [rule.kind if (rule := lexicon.rules.get((name,))) else UNTURNED for name in names]
    known = np.array([name.isalpha() for name in names])
    usable = known & [kind in (WORD, UNTURNED) for kind in kinds]  # no negation, no filler
    strong = np.flatnonzero(usable & (reviews >= MINIMUM_REVIEWS) & (abs(ratios) >= STRONGEST))
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    found = []
    weights = abs(ratios[strong]) * np.sqrt(reviews[strong])  # strong and frequent ones first
    for own in strong[np.argsort(-weights, kind="stable")].tolist():
        if kinds[own] == WORD:
            continue
        near = strong[np.argsort(-(unit[strong] @ unit[own]), kind="stable")][:NEAREST]
        others = [names[i] for i in near.tolist() if ratios[i] * ratios[own] < 0][:3]
        if others:
            found.append(
                Candidate(names[own], tuple(others), float(ratios[own]), int(reviews[own]))
            )
    return found


def candidates_toml(found: Sequence[Candidate]) -> str:
    """Return the candidates as a TOML file of antonyms, to be looked through before it is used."""
    parts = ["# Candidates, found by statistics: delete the lines that are no opposites.\n"]
    for direction, sign in (("to_positive", -1), ("to_negative", 1)):
        lines = [each.line() for each in found if each.ratio * sign > 0]
        parts += [f"[mined.{direction}]", *lines, ""]
    return "\n".join(parts)
