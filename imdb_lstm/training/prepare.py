"""Preparation: reviews → ids → batches, with the vocabulary and the word vectors."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.batches import Batches, as_targets
from imdb_lstm.data.copies import text_keys
from imdb_lstm.data.labels import Classes
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.data.training_data import TrainingData
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.pretrained import Pretrained
from imdb_lstm.text.sentences import excerpts
from imdb_lstm.text.tokenizer import tokenise
from imdb_lstm.text.vocabulary import UNKNOWN_ID, Vocabulary, caching_encoder
from imdb_lstm.training.pseudo_labels import PseudoLabels
from imdb_lstm.training.token_augmentation import (
    Neighbours,
    configured_near_words,
    token_augmentation,
)
from imdb_lstm.training.word_embeddings import cached_word_vectors


@dataclass(frozen=True)
class Prepared:
    """The examples that a network is trained on, as ids, and their vocabulary.

    ``counts``: numbers of texts by origin, and shares of cut reviews and unknown words.
    ``classes`` and ``learned``: what the run keeps of its reviews, see ``runs.learned``.
    ``seconds``: time to prepare them, including the training of labellers.
    """

    vocabulary: Vocabulary
    train: Batches
    validation: Batches
    validation_labels: np.ndarray
    validation_names: list[str]
    word_vectors: np.ndarray | None
    language_model: Pretrained | None
    fingerprints: dict[str, str]
    counts: dict[str, float]
    seconds: float
    classes: Classes
    learned: np.ndarray
    neighbours: Neighbours | None = None


@dataclass(frozen=True)
class Examples:
    """Texts to learn from in addition to the train reviews.

    ``labels``: of the train reviews, then of these texts, float32 (n,) or (n, classes).
    ``counts``: numbers by origin.
    """

    texts: list[str]
    labels: np.ndarray
    counts: dict[str, float]


def prepare(
    config: Config,
    data: TrainingData,
    pseudo_labels: PseudoLabels | None = None,
    language_model: Pretrained | None = None,
) -> Prepared:
    """Encode and batch the reviews and the texts with pseudo-labels.

    The vocabulary and the word vectors are those of the language model if there is one; otherwise
    the vocabulary is built from the train reviews, and the vectors are learned. Raises
    ``ConfigError`` when ``substitution`` is set and no word has a similar one.
    """
    began = time.perf_counter()
    train, validation = data.train, data.validation
    vocabulary, vectors, learned = None, None, data.learned
    started: dict[str, float] = {}
    if language_model is not None:
        language_model = language_model.for_classes(train.classes.names)
        vocabulary, vectors = language_model.vocabulary, language_model.weights["embedding"]
        started, learned = _started_from(language_model, data)
    vocabulary = vocabulary or Vocabulary.from_texts(
        train.texts, config.vocabulary_size, config.minimum_count
    )
    encode = caching_encoder(vocabulary, config.maximum_length)
    ids = encode(train.texts)
    counts = _encoding_counts(train, ids, vocabulary, config) | data.counts | started
    if language_model is None and config.word_vectors:
        texts = [*train.texts, *data.unlabelled]
        vectors = cached_word_vectors(texts, vocabulary, config, encode)
    neighbours = configured_near_words(config, vocabulary.words, vectors, ids, train.labels)
    if neighbours is not None:
        counts["near_words_share"] = round(neighbours.share(ids), 4)
    examples = _examples(train, pseudo_labels, config)
    ids += encode(examples.texts)
    augment = token_augmentation(config, neighbours)
    batches = Batches(ids, examples.labels, config.batch_size, config.seed, augment)
    counts |= examples.counts | {"padding_share": round(batches.padding_share(), 4)}
    return Prepared(
        vocabulary,
        batches,
        Batches(
            encode(validation.texts),
            as_targets(validation.labels, len(train.classes)),
            config.batch_size,
        ),
        validation.labels,
        validation.names,
        vectors,
        language_model,
        data.fingerprints | (pseudo_labels.fingerprints if pseudo_labels else {}),
        counts,
        data.seconds
        + (pseudo_labels.seconds if pseudo_labels else 0.0)
        + time.perf_counter()
        - began,
        train.classes,
        learned,
        neighbours,
    )


def _started_from(model: Pretrained, data: TrainingData) -> tuple[dict[str, float], np.ndarray]:
    """What is counted of the model to start from, and the texts that both have learned."""
    counts: dict[str, float] = {"pretrained_on_same_split": _same_split(model, data)}
    if model.learned is None:
        return counts, data.learned
    return counts | {"started_from_run": True}, np.union1d(data.learned, model.learned)


def _same_split(model: Pretrained, data: TrainingData) -> bool:
    """Whether the model to start from had the same validation reviews.

    Otherwise a language model may have read the texts of these. Raises ``ConfigError`` for a
    classifier that learned the labels of some: their accuracy would say nothing.
    """
    if model.manifest["reviews"]["validation"] == data.fingerprints["validation"]:
        return True
    if model.learned is not None:
        known = int(np.isin(text_keys(data.validation.texts), model.learned).sum())
        if known:
            raise ConfigError(
                f"{model.folder} has learned {known:,} of {len(data.validation):,} validation "
                "reviews: use the --data, --seed and --validation-fraction of that run"
            )
    return False


def _examples(train: Reviews, pseudo_labels: PseudoLabels | None, config: Config) -> Examples:
    """Collect the texts with pseudo-labels, excerpts of all labelled reviews, and short texts."""
    labels = _train_labels(train, pseudo_labels, config)
    reviews, added = train.texts, list[str]()
    counts: dict[str, float] = {}
    if pseudo_labels is not None:
        unlabelled, made = pseudo_labels.texts, pseudo_labels.recombined
        reviews, added = [*reviews, *unlabelled], [*unlabelled, *made]
        labels = np.concatenate([labels, pseudo_labels.labels])
        counts = {"pseudo_labelled_reviews": len(unlabelled), "recombined_texts": len(made)}
    if config.excerpts:
        sources, cut = excerpts(reviews, round(config.excerpts * len(reviews)), config.seed)
        added, labels = [*added, *cut], np.concatenate([labels, labels[sources]])
        counts = {**counts, "excerpts": len(cut)}
    if pseudo_labels is not None and pseudo_labels.short is not None:
        short = pseudo_labels.short
        added = [*added, *short.texts]
        labels = np.concatenate([labels, short.labels.astype(np.float32)])
        counts = {**counts, "short_texts": len(short.texts)}
    return Examples(added, labels, counts)


def _train_labels(train: Reviews, pseudo_labels: PseudoLabels | None, config: Config) -> np.ndarray:
    """Labels of the train reviews, float32: 0 or 1, or in distillation a value in between.

    Counterfactual texts, the last ones, keep their own label.
    """
    labels = as_targets(train.labels, len(train.classes))
    if pseudo_labels is None or pseudo_labels.train_labels is None:
        return labels
    predicted = pseudo_labels.train_labels
    share = np.float32(config.distillation_share)
    return np.concatenate(
        [
            (1 - share) * labels[: len(predicted)] + share * predicted,
            labels[len(predicted) :],
        ]
    )


def _encoding_counts(
    reviews: Reviews, ids: list[np.ndarray], vocabulary: Vocabulary, config: Config
) -> dict[str, float]:
    """Count the train reviews, and the shares of cut reviews and of unknown words."""
    limit = config.maximum_length
    full = [text for text, row in zip(reviews.texts, ids, strict=True) if len(row) >= limit]
    cut = sum(len(tokenise(text, vocabulary.knows)) > limit for text in full) / len(ids)
    unknown = sum(int((row == UNKNOWN_ID).sum()) for row in ids) / sum(map(len, ids))
    return {
        "train_reviews": len(reviews),
        "cut_share": round(cut, 4),
        "unknown_share": round(unknown, 4),
    }
