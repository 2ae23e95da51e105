"""Short texts to learn from, made of the sentences of train reviews.

The label of a review is not that of each of its sentences. A sentence is used if every teacher of a
distillation agrees with the label of its review (as in co-training, Blum & Mitchell 1998). It is
learned as it is, turned into its opposite by the lexicon, negated, or as one side of a contrast.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.counterfactual import check_sentiment
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import DataError
from imdb_lstm.metrics.logits import probabilities
from imdb_lstm.runs.run import Run
from imdb_lstm.text.antonyms import Lexicon, read_lexicon
from imdb_lstm.text.counterfactual import counterfactual
from imdb_lstm.text.sentences import sentences
from imdb_lstm.text.short_texts import CONNECTIVES, conceded, negated

SHORTEST, LONGEST = 4, 25  # words of a sentence
SURE = 0.7  # the probability that every teacher gives to the label
MOST = 3  # train reviews for each text of a kind
_TAG = re.compile(r"<[^>]*>")

Labelled = tuple[str, int]  # a text and its label, 0 negative or 1 positive


@dataclass(frozen=True)
class ShortTexts:
    """Texts and their labels, int8 (n,)."""

    texts: list[str]
    labels: np.ndarray


def short_texts(train: Reviews, teachers: Sequence[Run], config: Config) -> ShortTexts:
    """Make the kinds of short texts that ``config.short_texts`` names, as many of either label.

    Of each kind there is at most one for ``MOST`` train reviews. Raises ``ConfigError`` where the
    classes are not negative and positive, or for ``antonyms``, and ``DataError`` where there is
    none.
    """
    check_sentiment(train.classes, config)
    lexicon = read_lexicon(config.antonyms)
    known = agreed_sentences(train, teachers)
    found: list[Labelled] = []
    for kind in config.short_texts.split("+"):
        random = np.random.default_rng([6, config.seed])
        made = list(KINDS[kind](known, lexicon, random))
        found += _balanced(made, len(train) // (2 * MOST) + 1, random)
    if not found:
        raise DataError(
            f"no short text can be made of the train reviews of {config.data}: "
            f"{config.distilled_from} is sure of too few of their sentences; leave out short_texts"
        )
    return ShortTexts([text for text, _ in found], np.array([own for _, own in found], np.int8))


def agreed_sentences(train: Reviews, teachers: Sequence[Run]) -> list[Labelled]:
    """The sentences of the reviews that every teacher gives the label of the review."""
    found = [
        (_TAG.sub(" ", sentence), int(label))
        for text, label in zip(train.texts, train.labels, strict=True)
        for sentence in sentences(text)
        if SHORTEST <= sentence.count(" ") + 1 <= LONGEST
    ]
    texts, labels = [text for text, _ in found], np.array([label for _, label in found], int)
    sure = np.ones(len(found), bool)
    for teacher in teachers:
        found_probabilities = probabilities(teacher.predict_logits(texts))
        sure &= found_probabilities[np.arange(len(texts)), labels] >= SURE
    return [found[number] for number in np.flatnonzero(sure)]


def _as_they_are(
    known: Sequence[Labelled], _: Lexicon, __: np.random.Generator
) -> Iterator[Labelled]:
    yield from known


def _turned(
    known: Sequence[Labelled], lexicon: Lexicon, _: np.random.Generator
) -> Iterator[Labelled]:
    for text, label in known:
        turned = counterfactual(text, label, lexicon)
        if turned:
            yield turned.text, turned.label


def _negated(
    known: Sequence[Labelled], lexicon: Lexicon, random: np.random.Generator
) -> Iterator[Labelled]:
    for text, label in known:
        turned = negated(text, label, lexicon, random)
        if turned:
            yield turned, 1 - label


def _contrasts(
    known: Sequence[Labelled], _: Lexicon, random: np.random.Generator
) -> Iterator[Labelled]:
    """Pairs of sentences of different labels, each sentence once on either side."""
    sides = [[text for text, label in known if label == own] for own in (0, 1)]
    for label in (0, 1):
        first, second = (list(random.permutation(sides[own])) for own in (1 - label, label))
        for one, other in zip(first, second, strict=False):
            yield conceded(one, other, CONNECTIVES[int(random.integers(len(CONNECTIVES)))]), label


KINDS: dict[
    str, Callable[[Sequence[Labelled], Lexicon, np.random.Generator], Iterator[Labelled]]
] = {"sentences": _as_they_are, "turned": _turned, "negated": _negated, "contrasts": _contrasts}


def _balanced(texts: Sequence[Labelled], most: int, random: np.random.Generator) -> list[Labelled]:
    """As many of either label, at most ``most``, drawn without replacement."""
    sides = [[each for each in texts if each[1] == label] for label in (0, 1)]
    size = min(most, *map(len, sides))
    return [side[int(at)] for side in sides for at in random.permutation(len(side))[:size]]
