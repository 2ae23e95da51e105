"""Training of an n-gram classifier: counts or embeddings of n-grams → weights → a finished run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from imdb_lstm.config.options import NGRAMS_EMBEDDED, Config
from imdb_lstm.data.training_data import TrainingData
from imdb_lstm.models.ngram_classifier import NgramClassifier, fit_embedded_ngrams, fit_ngrams
from imdb_lstm.models.ngram_embeddings import EPOCHS
from imdb_lstm.runs.learned import write_learned
from imdb_lstm.runs.manifest import finalize
from imdb_lstm.runs.run import write_ngrams
from imdb_lstm.runs.unfinished import created
from imdb_lstm.runs.validation import write_validation
from imdb_lstm.training.reporter import Reporter
from imdb_lstm.training.results import measured_run, write_results
from imdb_lstm.training.vector_checkpoint import read_vector_checkpoint, write_vector_checkpoint


def train_ngrams(
    config: Config, data: TrainingData, folder: Path, finished: Path, reporter: Reporter
) -> Path:
    """Train an n-gram classifier in ``folder``, rename that to ``finished``, and return it.

    Raises ``ConfigError`` when there are no n-grams to learn from, ``RunError`` for a run that
    another process trains, and ``OutputError``.
    """
    with created(folder, finished, config, data.fingerprints):
        _train_in(folder, config, data, reporter)
        return finalize(folder, finished, data.fingerprints)


def _train_in(folder: Path, config: Config, data: TrainingData, reporter: Reporter) -> None:
    """Train a classifier and write everything that a finished run has but the manifest."""
    began = time.perf_counter()
    model, before = _fitted(config, data, folder, reporter)
    logits = model.predict_logits(data.validation.texts)
    metrics = measured_run(config, data.validation.labels, logits, data.train.classes) | {
        "parameters": model.weights.size + np.size(model.bias),
        "seconds": round(data.seconds + before + time.perf_counter() - began, 1),
        "device": "cpu",
        "train_reviews": len(data.train),
        **data.counts,
    }
    write_ngrams(folder, model)
    write_validation(folder, data.validation.names, data.validation.labels, logits)
    write_learned(folder, data.train.classes, data.learned)
    write_results(folder, config, metrics, data.train.classes.names)


def _fitted(
    config: Config, data: TrainingData, folder: Path, reporter: Reporter
) -> tuple[NgramClassifier, float]:
    """Fit the classifier; return it and the seconds spent on it before a resume.

    The training of n-gram embeddings resumes after the last finished epoch.
    """
    train = data.train
    weighting = "balanced" if config.class_weights else None
    options = (config.ngrams, config.minimum_count, config.seed, weighting)
    if config.encoder != NGRAMS_EMBEDDED:
        return fit_ngrams(train.texts, train.labels, *options), 0.0
    found = read_vector_checkpoint(folder)
    before = found[1] if found else 0.0
    model = fit_embedded_ngrams(
        train.texts, train.labels, data.unlabelled, *options,
        resume_from=(found[0], found[2]) if found else None,
        on_epoch_end=_checkpoint_vectors(folder, before, reporter),
    )  # fmt: skip
    return model, before


def _checkpoint_vectors(
    folder: Path, before: float, reporter: Reporter
) -> Callable[[int, np.ndarray], None]:
    """Return a callback that saves n-gram embeddings after an epoch and reports the time left."""
    began = last = time.perf_counter()

    def on_epoch_end(epoch: int, vectors: np.ndarray) -> None:
        nonlocal last
        now = time.perf_counter()
        write_vector_checkpoint(folder, epoch, before + now - began, vectors)
        left, last = (now - last) * (EPOCHS - epoch), now
        reporter.line(f"n-gram embeddings: epoch {epoch} of {EPOCHS}, {left:.0f} s left")

    return on_epoch_end
