"""Soft labels: what finished models say of the reviews that nobody labelled, or of all.

A network that learns them beside the labelled reviews learns from three times as much text
(self-training: Scudder 1965; with noise in the student alone, which the dropouts are, Xie et al.
2020, "Self-training with Noisy Student", section 2; soft targets: Hinton, Vinyals & Dean 2015).
In distillation any runs teach, and the labelled reviews too have soft labels.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from imdb_lstm import artifacts
from imdb_lstm.config import Config
from imdb_lstm.data import load_unlabelled
from imdb_lstm.errors import RunError
from imdb_lstm.patchwork import patchworks
from imdb_lstm.prepare import Material, Taught, read
from imdb_lstm.runs import find_run


def soft_labels(
    validation_logits: Sequence[np.ndarray],
    validation_labels: np.ndarray,
    logits: Sequence[np.ndarray],
) -> np.ndarray:
    """Probabilities of "positive", float32 (n,), by all teachers together.

    Each teacher gives its logits on validation, (v,), and on the reviews to label, (n,). How much
    each counts, and how sure they are together, is a logistic regression on validation (stacking:
    Wolpert 1992), of one weight a teacher and a bias. A teacher that is too sure is tempered:

    >>> sure = np.array([9.0, 9.0, 9.0, -9.0, -9.0, -9.0])
    >>> labels = np.array([1, 1, 0, 0, 0, 1])  # right two times of three
    >>> soft_labels([sure], labels, [np.array([9.0, -9.0])]).astype(float).round(2).tolist()
    [0.67, 0.33]
    """
    from sklearn.linear_model import LogisticRegression

    known, unknown = (np.stack(list(parts), axis=1) for parts in (validation_logits, logits))
    scale = known.std(axis=0) + 1e-12
    model = LogisticRegression(C=1e4).fit(known / scale, validation_labels)
    return model.predict_proba(unknown / scale)[:, 1].astype(np.float32)


def pieces(texts: Sequence[str], config: Config) -> list[str]:
    """The patchworks that teachers label beside reviews, of which these are all."""
    return patchworks(texts, round(config.patchwork * len(texts)), config.seed)


def distilled(config: Config, output: Path, report: Callable[[str], None]) -> Taught:
    """What the runs of ``config.distilled_from`` together say of train and unlabelled texts.

    Names are looked for in ``output``. Raises ``RunError`` when a run is missing or damaged, or
    may have learned the validation reviews, on which the runs are weighed.

    The teachers have learned the train reviews by heart: of these they are surer than of any they
    did not see, and their opinion is little more than the label again. It still tells which labels
    not even learning by heart could explain. So ``distillation_share`` is a half by default: the
    true label keeps the upper hand wherever the two disagree, and what a teacher knows beyond it
    comes from the unlabelled reviews. (Hinton, Vinyals & Dean 2015, section 2, also give the true
    label a share, where there is one.)
    """
    material, texts = read(config), load_unlabelled(config)
    folders = [find_run(name, output) for name in config.distilled_from.split("+")]
    runs = [artifacts.load_run(folder) for folder in folders]
    for run in runs:
        _check_held_out(run, material)
    train, validation = material.train.texts, material.validation
    pieced = pieces([*train, *texts], config)
    report(f"asking {len(runs)} runs of {len(train) + len(texts) + len(pieced):,} texts")
    began = time.perf_counter()
    labels = soft_labels(
        [run.predict_logits(validation.texts) for run in runs],
        validation.labels,
        [run.predict_logits([*train, *texts, *pieced]) for run in runs],
    )
    files = json.dumps([run.manifest["files"] for run in runs], sort_keys=True)
    return Taught(
        texts,
        labels[len(train) :],
        time.perf_counter() - began,
        train_labels=labels[: len(train)],
        patchworks=pieced,
        fingerprints={"teachers": hashlib.sha256(files.encode()).hexdigest()},
    )


def _check_held_out(run: artifacts.Run, material: Material) -> None:
    """Refuse a teacher that held out other reviews, of which it may know these by heart."""
    if run.manifest["reviews"]["validation"] != material.fingerprints["validation"]:
        raise RunError(
            f"{run.folder} held out other validation reviews, so it may have learned those of this "
            "run: distil from runs of the same --data, --seed and --validation-fraction"
        )
