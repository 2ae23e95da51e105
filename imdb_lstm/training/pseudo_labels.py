"""Pseudo-labels: predictions of trained models for unlabelled reviews, which a network learns.

With them, a network on IMDb learns from three times as much text (self-training: Scudder 1965;
noise, here dropout, only in the student: Xie et al. 2020, "Self-training with Noisy Student",
section 2; soft targets: Hinton, Vinyals & Dean 2015). In distillation the labelled reviews have
soft labels too.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.training_data import TrainingData
from imdb_lstm.device import choose_backend
from imdb_lstm.errors import RunError
from imdb_lstm.metrics.calibration import fit_stacking
from imdb_lstm.runs.find import find_run
from imdb_lstm.runs.run import Run, load_run
from imdb_lstm.text.sentences import recombined_texts
from imdb_lstm.training.reporter import Reporter
from imdb_lstm.training.short_texts import ShortTexts, short_texts


@dataclass(frozen=True)
class PseudoLabels:
    """Unlabelled texts, n in all, and the predictions of trained models for them.

    ``texts``: reviews; ``recombined``: texts recombined from sentences. ``labels``: probabilities,
    first for the reviews, float32: (n,) of the second of two classes, or (n, classes).
    ``seconds``: time to train the models and to predict.

    In distillation also the probabilities of the train reviews that are not counterfactual, of the
    same form, the fingerprints of the models, and short texts, whose labels are their own.
    """

    texts: list[str]
    recombined: list[str]
    labels: np.ndarray
    seconds: float
    train_labels: np.ndarray | None = None
    fingerprints: dict[str, str] = field(default_factory=dict)
    short: ShortTexts | None = None


@dataclass(frozen=True)
class Predictions:
    """Logits of one model for the validation reviews and for the texts to label.

    Their shapes are (v,) and (n,) for two classes, (v, classes) and (n, classes) for more.
    """

    validation: np.ndarray
    texts: np.ndarray


def soft_labels(predictions: Sequence[Predictions], validation_labels: np.ndarray) -> np.ndarray:
    """Combine the logits of several models to probabilities, float32 (n,) or (n, classes).

    A logistic regression on the validation logits, with one weight per model and a bias, or one for
    each of several classes, combines and calibrates them (stacking: Wolpert 1992). The predictions
    of an overconfident model become less extreme:

    >>> confident = np.array([9.0, 9.0, 9.0, -9.0, -9.0, -9.0])
    >>> labels = np.array([1, 1, 0, 0, 0, 1])  # right two times out of three
    >>> found = soft_labels([Predictions(confident, np.array([9.0, -9.0]))], labels)
    >>> found.astype(float).round(2).tolist()
    [0.67, 0.33]
    """
    from sklearn.linear_model import LogisticRegression

    if predictions[0].texts.ndim == 2:
        return _soft_labels_of_several(predictions, validation_labels)
    known = np.stack([each.validation for each in predictions], axis=1)
    unknown = np.stack([each.texts for each in predictions], axis=1)
    scale = known.std(axis=0) + 1e-12
    model = LogisticRegression(C=1e4).fit(known / scale, validation_labels)
    return model.predict_proba(unknown / scale)[:, 1].astype(np.float32)


def _soft_labels_of_several(
    predictions: Sequence[Predictions], validation_labels: np.ndarray
) -> np.ndarray:
    """Combine the logits of several classes to probabilities, float32 (n, classes)."""
    from scipy.special import softmax

    scales = [each.validation.std() * len(predictions) + 1e-12 for each in predictions]
    known = [each.validation / scale for each, scale in zip(predictions, scales, strict=True)]
    unknown = [each.texts / scale for each, scale in zip(predictions, scales, strict=True)]
    factors, biases = fit_stacking(validation_labels, known)
    joint = np.tensordot(factors, np.stack(unknown), axes=1) + biases
    return np.asarray(softmax(joint, axis=1), np.float32)


def recombined(texts: Sequence[str], config: Config) -> list[str]:
    """Recombine sentences of all ``texts`` to ``config.recombined_texts`` new texts per text."""
    return recombined_texts(texts, round(config.recombined_texts * len(texts)), config.seed)


def distillation_labels(
    config: Config, data: TrainingData, output: Path, reporter: Reporter
) -> PseudoLabels:
    """Label the train and unlabelled texts with the runs of ``config.distilled_from`` combined.

    Names are looked up in ``output``. Raises ``RunError`` when a run is missing or damaged, or may
    have been trained on the validation reviews, which decide the weights of the runs.

    The runs have memorised the train reviews: there they are more confident than on unseen texts,
    and their predictions hardly differ from the labels. They still show which labels do not fit
    even then. So ``distillation_share`` is a half by default: the true label prevails where the two
    disagree, and what the runs add comes from the unlabelled reviews. (Hinton, Vinyals & Dean 2015,
    section 2, also mix in the true label.)

    Counterfactual reviews are left out: they correct what the runs rely on, so the runs contradict
    them.
    """
    backend = choose_backend(device=config.device)
    names = config.distilled_from.split("+")
    runs = [load_run(find_run(name, output), backend) for name in names]
    for run in runs:
        _check_held_out(run, data)
    train, held_out = data.written_reviews(), data.validation
    made = recombined([*train.texts, *data.unlabelled], config)
    texts = [*train.texts, *data.unlabelled, *made]
    began = time.perf_counter()
    # First, since it may refuse the reviews: the predictions take minutes.
    short = short_texts(train, runs, config) if config.short_texts != "none" else None
    predictions = []
    for run in runs:
        reporter.line(f"predicting {len(texts):,} texts with {run.folder.name}")
        validation = run.predict_logits(held_out.texts)
        predictions.append(Predictions(validation, run.predict_logits(texts)))
    labels = soft_labels(predictions, held_out.labels)
    files = json.dumps([run.manifest["files"] for run in runs], sort_keys=True)
    return PseudoLabels(
        data.unlabelled,
        made,
        labels[len(train) :],
        time.perf_counter() - began,
        train_labels=labels[: len(train)],
        fingerprints={"distilled_from": hashlib.sha256(files.encode()).hexdigest()},
        short=short,
    )


def _check_held_out(run: Run, data: TrainingData) -> None:
    """Raise ``RunError`` for a run with another validation split: it may have seen this one."""
    if run.manifest["reviews"]["validation"] != data.fingerprints["validation"]:
        raise RunError(
            f"{run.folder} has another validation split, so it may have been trained on validation "
            "reviews of this run: give their --seed as --split-seed, and the same --data and "
            "--validation-fraction"
        )
