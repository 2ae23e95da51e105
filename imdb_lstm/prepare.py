"""Preparation: reviews → ids → batches, with the vocabulary and the vectors that go with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from imdb_lstm import augmentation, pretrain, pretrained
from imdb_lstm.augmentation import Neighbours
from imdb_lstm.batches import Batches
from imdb_lstm.config import Config
from imdb_lstm.data import load_extra, load_train_and_validation, load_unlabelled, unlabelled
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.patchwork import excerpts
from imdb_lstm.pretrained import Pretrained
from imdb_lstm.runs import find_run
from imdb_lstm.text import UNKNOWN_ID, Vocabulary, once_encoder, tokenise


@dataclass(frozen=True)
class Taught:
    """Texts that nobody labelled, n in all, and what teachers say of them.

    ``texts``: reviews; ``patchworks``: what was pieced together. ``labels``: probabilities of
    "positive", float32 (n,), of the reviews first. ``seconds``: what training the teachers took.

    In distillation also the probabilities that they give the train reviews, float32 (train,), and
    what the teachers are known by.
    """

    texts: list[str]
    labels: np.ndarray
    seconds: float
    train_labels: np.ndarray | None = None
    fingerprints: dict[str, str] = field(default_factory=dict)
    patchworks: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Prepared:
    """Reviews as a network reads them, and the vocabulary that made them so."""

    vocabulary: Vocabulary
    train: Batches
    validation: Batches
    validation_labels: np.ndarray
    validation_names: list[str]
    word_vectors: np.ndarray | None
    language: Pretrained | None
    fingerprints: dict[str, str]
    facts: dict[str, float]
    neighbours: Neighbours | None = None


@dataclass(frozen=True)
class Material:
    """The reviews of a run, what they are known by, and how many came from where."""

    train: Reviews
    validation: Reviews
    fingerprints: dict[str, str]
    facts: dict[str, float]


def read(config: Config) -> Material:
    """Train and validation reviews, with the extra ones in train."""
    train, validation = load_train_and_validation(config)
    fingerprints = {"train": train.fingerprint(), "validation": validation.fingerprint()}
    extra, facts = load_extra(config, train, validation)
    if config.extra_reviews:
        fingerprints["extra"] = extra.fingerprint()
        train = train.joined(extra)
    if config.unlabelled:
        fingerprints["unlabelled"] = unlabelled.fingerprint(Path(config.unlabelled))
    return Material(train, validation, fingerprints, facts)


def prepare(
    config: Config, taught: Taught | None = None, output: Path = Path("saved_models")
) -> Prepared:
    """Load, cut, encode and batch the train and validation reviews; words are those of train.

    ``taught`` reviews come to those of train; without any, where a term of the loss needs no label,
    the unlabelled ones. Words and their vectors are those of a pretrained language model, in the
    ``output`` folder or named by its own, where there is one.
    """
    language = _language(config, output)
    material = read(config)
    train, validation = material.train, material.validation
    vocabulary = (
        Vocabulary.from_texts(train.texts, config.vocabulary_size, config.minimum_count)
        if language is None
        else language.vocabulary
    )
    encode = once_encoder(vocabulary, config.maximum_length)
    ids = [encode(part.texts) for part in (train, validation)]
    facts = _facts(train, ids[0], config) | material.facts
    others = _unlabelled(config) if taught is None else taught.texts
    vectors = None
    if language is not None:
        vectors = language.weights["embedding"]
        same = language.manifest["reviews"]["validation"] == material.fingerprints["validation"]
        facts["pretrained_on_same_split"] = same  # else it may have read texts of validation
    elif config.word_vectors:
        vectors = pretrain.vectors_of([*train.texts, *others], vocabulary, config, encode)
    neighbours = augmentation.configured_neighbours(
        config, vocabulary.words, vectors, ids[0], train.labels
    )
    if neighbours is not None:
        facts["near_words_share"] = round(neighbours.share(ids[0]), 4)
    added, labels, counts = _lessons(train, taught, others, config)
    ids[0] += encode(added)
    augment = augmentation.configured(config, neighbours)
    batches = Batches(
        ids[0], labels, config.batch_size, config.seed, augment, config.unlabelled_share
    )
    return Prepared(
        vocabulary,
        batches,
        Batches(ids[1], validation.labels, config.batch_size),
        validation.labels,
        validation.names,
        vectors,
        language,
        material.fingerprints | (taught.fingerprints if taught else {}),
        facts | counts | {"padding_share": round(batches.padding_share(), 4)},
        neighbours,
    )


def _language(config: Config, output: Path) -> Pretrained | None:
    """The language model that the configuration names, and that suits it."""
    if not config.pretrained:
        return None
    language = pretrained.load(find_run(config.pretrained, output))
    language.check(config)
    return language


def _unlabelled(config: Config) -> list[str]:
    """Texts without a label, where anything reads them."""
    learns_vectors = config.word_vectors and not config.pretrained
    return load_unlabelled(config) if learns_vectors or config.reads_unlabelled else []


def _lessons(
    train: Reviews, taught: Taught | None, others: list[str], config: Config
) -> tuple[list[str], np.ndarray, dict[str, float]]:
    """Texts to learn from beside those of train; labels of train and of these, NaN where there is
    none; and how many texts came from where."""
    labels = _labels(train, taught, config)
    reviews, added = train.texts, list[str]()
    counts: dict[str, float] = {}
    if taught is not None:
        reviews, added = [*reviews, *taught.texts], [*taught.texts, *taught.patchworks]
        labels = np.concatenate([labels, taught.labels])
        counts = {"taught_reviews": len(taught.texts), "patchworks": len(taught.patchworks)}
    elif config.reads_unlabelled:
        added, counts = others, {"unlabelled_reviews": len(others)}
        labels = np.concatenate([labels, np.full(len(others), np.nan, np.float32)])
    if config.excerpts:
        of, cut = excerpts(reviews, round(config.excerpts * len(reviews)), config.seed)
        added, labels = [*added, *cut], np.concatenate([labels, labels[of]])
        counts = {**counts, "excerpts": len(cut)}
    return added, labels, counts


def _labels(train: Reviews, taught: Taught | None, config: Config) -> np.ndarray:
    """What is to be learned of the train reviews: 0 or 1, or in distillation a share between."""
    labels = train.labels.astype(np.float32)
    if taught is None or taught.train_labels is None:
        return labels
    share = np.float32(config.distillation_share)
    return (1 - share) * labels + share * taught.train_labels


def _facts(reviews: Reviews, ids: list[np.ndarray], config: Config) -> dict[str, float]:
    """What encoding cost: the shares of reviews cut and of words unknown."""
    limit = config.maximum_length
    full = [text for text, row in zip(reviews.texts, ids, strict=True) if len(row) >= limit]
    cut = sum(len(tokenise(text)) > limit for text in full) / len(ids)
    unknown = sum(int((row == UNKNOWN_ID).sum()) for row in ids) / sum(map(len, ids))
    return {
        "train_reviews": len(reviews),
        "cut_share": round(cut, 4),
        "unknown_share": round(unknown, 4),
    }
