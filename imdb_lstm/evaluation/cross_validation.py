"""Cross-validation: one run for each part of the reviews, tested on the part it did not see.

With a few hundred reviews, one test split says little. Together the runs are tested on every review
once (Stone 1974, Cross-validatory choice and assessment of statistical predictions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.config.values import load_config
from imdb_lstm.errors import RunError
from imdb_lstm.evaluation.evaluate import Evaluation, evaluate
from imdb_lstm.metrics.group_plots import accuracy_by_group_figure
from imdb_lstm.metrics.intervals import accuracy_with_interval, fold_interval
from imdb_lstm.runs.files import make_folder, write_figures, write_json
from imdb_lstm.runs.manifest import MANIFEST_FILE
from imdb_lstm.runs.unfinished import changed_options, unfinished_folder
from imdb_lstm.training.reporter import SILENT, Reporter
from imdb_lstm.training.train import train

MEASURES = (  # those that the classes have
    "accuracy", "balanced_accuracy", "f1", "macro_f1", "log_loss", "auc", "mean_absolute_error",
    "quadratic_kappa",
)  # fmt: skip


def cross_validate(
    config: Config, output: Path, name: str, reporter: Reporter = SILENT
) -> list[Evaluation]:
    """Train and evaluate ``config.folds`` runs, NAME-fold1 and so on, and return the evaluations.

    Runs that are finished already are used again, and unfinished ones resumed. Raises ``RunError``
    when a finished one has other options, and whatever training and evaluation raise.
    """
    found = []
    for fold in range(1, config.folds + 1):
        folder = _trained(replace(config, fold=fold), output, f"{name}-fold{fold}", reporter)
        found.append(evaluate(folder, device=config.device))
        reporter.line(f"fold {fold} of {config.folds}: {found[-1]!r}")
    return found


def _trained(config: Config, output: Path, name: str, reporter: Reporter) -> Path:
    """Return the finished run of a fold, which is trained or resumed where it is not there."""
    folder = output / name
    if (folder / MANIFEST_FILE).exists():
        if changed := changed_options(config, load_config(folder / "config.toml")):
            raise RunError(
                f"{folder} was trained with other values of {', '.join(changed)}: choose another "
                "--name, or delete it"
            )
        return folder
    resume = (unfinished_folder(output, name) / "config.toml").exists()
    return train(config, output, name, resume, reporter=reporter)


def cross_validation_metrics(evaluations: Sequence[Evaluation]) -> dict[str, Any]:
    """Return the mean of each measure over the folds with its 95 % interval, and each fold's.

    A fold without an area under the curve, because a class is absent, has None among the values and
    does not count for the mean; where all lack it, there is none.

    ``pooled`` is the accuracy over all reviews, each predicted by the run that did not see it. The
    intervals of the means are Student's, over folds whose train reviews overlap, so they are rather
    too narrow (Bengio & Grandvalet 2004, No unbiased estimator of the variance of k-fold
    cross-validation).
    """
    right = sum(int(np.trace(found.metrics["confusion_matrix"])) for found in evaluations)
    reviews = sum(len(found.reviews) for found in evaluations)
    found: dict[str, Any] = {
        "folds": len(evaluations),
        "reviews": reviews,
        "pooled": accuracy_with_interval(right, reviews),
    }
    for measure in MEASURES:
        values = [each.metrics.get(measure) for each in evaluations]
        if known := [value for value in values if value is not None]:
            mean, low, high = fold_interval(known)
            found[measure] = {"mean": mean, "low": low, "high": high, "values": values}
    return found


def write_cross_validation(
    evaluations: Sequence[Evaluation], metrics: dict[str, Any], output: Path, name: str
) -> Path:
    """Write ``metrics.json`` and a figure of the folds' accuracies, and return their folder."""
    folder = output / "cross_validation" / name
    make_folder(folder)
    rows = [{"group": each.name, **each.metrics} for each in evaluations]
    figure = accuracy_by_group_figure(rows, "Accuracy by fold", "Fold")
    write_figures(folder / "figures", {"accuracy_by_fold": figure})
    write_json(folder / "metrics.json", metrics)
    return folder
