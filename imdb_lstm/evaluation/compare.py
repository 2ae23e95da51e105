"""Comparison of runs on the same reviews: scores, costs, and reviews on which they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.errors import ConfigError
from imdb_lstm.evaluation.evaluate import (
    Evaluation,
    check_names,
    check_same_reviews,
    evaluate,
    mcnemar_tests,
)
from imdb_lstm.evaluation.held_out import HeldOut
from imdb_lstm.evaluation.writing import own_folder
from imdb_lstm.metrics.group_plots import accuracy_by_group_figure
from imdb_lstm.metrics.logits import own_log_odds, predicted_classes
from imdb_lstm.metrics.tradeoff_plots import coverage_figure, pareto_figure
from imdb_lstm.runs.files import csv_text, read_metrics, write_figures, write_json, write_text
from imdb_lstm.runs.manifest import model_bytes

OF_CLASSES = ("balanced_accuracy", "macro_f1", "mean_absolute_error", "quadratic_kappa")


def compare_runs(
    folders: Sequence[Path],
    data: str | None = None,
    split: str | None = None,
    device: str = "auto",
    backend: str = "auto",
    **columns: str,
) -> list[Evaluation]:
    """Evaluate two or more finished runs on the same reviews, read once. Writes nothing.

    The arguments, and the errors raised, are those of ``evaluate``; also raises ``ConfigError``
    for fewer than two runs, two runs of one name, or runs that read different reviews.
    """
    if len(folders) < 2:
        raise ConfigError("compare needs two or more runs")
    check_names(folders)
    held_out = HeldOut(folders)
    found = [
        evaluate(folder, data, split, device, backend, held_out, **columns) for folder in folders
    ]
    check_same_reviews(found)
    return found


def comparison_rows(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """Return one dict of scores and costs per run, ready for JSON.

    ``seconds``: of its training, including the models that gave it pseudo-labels. ``megabytes``
    (10^6 bytes): of the file with its weights. ``reviews_per_second``: of the prediction for this
    comparison.
    """
    return [
        {
            "run": found.name,
            **{key: found.metrics[key] for key in (
                "reviews", "accuracy", "accuracy_low", "accuracy_high", "log_loss",
                "expected_calibration_error", "temperature", "temperature_scaled",
            )},
            **_of_classes(found.metrics),
            **{key: read_metrics(found.run)[key] for key in ("seconds", "parameters")},
            "megabytes": model_bytes(found.run) / 1e6,
            "reviews_per_second": len(found.reviews) / found.seconds,
        }
        for found in evaluations
    ]  # fmt: skip


def _of_classes(metrics: dict[str, Any]) -> dict[str, float]:
    """The scores that only three and more classes have, the last two where they are ordered."""
    keys = OF_CLASSES if "by_class" in metrics else ()
    return {key: metrics[key] for key in keys if key in metrics}


def discordant(evaluations: Sequence[Evaluation]) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the reviews whose verdicts differ, and the logit range of each.

    The range, float64 (n,), is that of the temperature-scaled logits, because unscaled logits
    differ in size between runs; of three and more classes, that of the temperature-scaled log-odds
    of the label. The largest range comes first.
    """
    labels = evaluations[0].reviews.labels
    odds = np.stack([_scaled_odds(each, labels) for each in evaluations])
    verdicts = np.stack([predicted_classes(each.margins) for each in evaluations])
    indices = np.flatnonzero((verdicts != verdicts[0]).any(axis=0))
    ranges = np.ptp(odds[:, indices], axis=0)
    order = np.argsort(-ranges, kind="stable")
    return indices[order], ranges[order]


def _scaled_odds(evaluation: Evaluation, labels: np.ndarray) -> np.ndarray:
    """Return the temperature-scaled log-odds of the labels, float64 (n,), as far as a threshold."""
    return own_log_odds(labels, evaluation.margins / evaluation.metrics["temperature"])


def comparison_figures(
    rows: Sequence[dict[str, Any]], evaluations: Sequence[Evaluation]
) -> dict[str, Any]:
    """Return name → matplotlib figure; ``rows`` are those of ``comparison_rows``."""
    labels = evaluations[0].reviews.labels
    by_run = [row | {"group": row["run"]} for row in rows]
    costs = {"seconds": "Seconds to train", "parameters": "Parameters"}
    return {
        "accuracy": accuracy_by_group_figure(by_run, "Accuracy by run", "Run"),
        "coverage": coverage_figure(labels, {e.name: e.margins for e in evaluations}),
        **{f"accuracy_by_{key}": pareto_figure(rows, key, title) for key, title in costs.items()},
    }


def comparison_folder(evaluations: Sequence[Evaluation], saved_models: Path) -> Path:
    """Return the folder of a comparison: ``comparison/NAME+NAME/DATA-SPLIT``."""
    first = evaluations[0]
    names = "+".join(each.name for each in evaluations)
    base = saved_models / "comparison" / names / first.data_and_split
    return own_folder(base, "comparison.json", first.metrics["fingerprint"])


def write_comparison(evaluations: Sequence[Evaluation], output: Path, texts: bool = False) -> Path:
    """Write ``comparison.json``, ``discordant.csv`` and figures into a folder, and return it.

    ``texts``: whether ``discordant.csv`` contains the texts of the reviews.
    """
    rows = comparison_rows(evaluations)
    first = evaluations[0]
    found = {
        "data": first.metrics["data"],
        "fingerprint": first.metrics["fingerprint"],
        "left_out_learned": first.metrics.get("left_out_learned", 0),
        "split": first.split,
        "runs": rows,
        "mcnemar": mcnemar_tests(evaluations),
        "discordant": len(discordant(evaluations)[0]),
    }
    write_figures(output / "figures", comparison_figures(rows, evaluations))
    write_json(output / "comparison.json", found)
    write_text(output / "discordant.csv", _discordant_rows(evaluations, texts))
    return output


def _discordant_rows(evaluations: Sequence[Evaluation], texts: bool) -> str:
    """One CSV row per discordant review: name, label, logit range, and the logit of each run.

    Of three and more classes: the range of the log-odds, and the verdict and log-odds of each run.
    """
    reviews = evaluations[0].reviews
    names = reviews.classes.names
    several = len(names) > 2
    columns = ["verdict of", "log-odds of"] if several else ["logit of"]
    lines: list[Sequence[str]] = [(
        "name", "label", "log-odds range" if several else "logit range",
        *(f"{column} {each.name}" for each in evaluations for column in columns),
        *(("text",) if texts else ()),
    )]  # fmt: skip
    odds = [_scaled_odds(each, reviews.labels) for each in evaluations]
    verdicts = [predicted_classes(each.margins) for each in evaluations]
    for index, logit_range in zip(*discordant(evaluations), strict=True):
        cells = [f"{each.logits[index]:.6g}" for each in evaluations if not several]
        if several:
            for said, own in zip(verdicts, odds, strict=True):
                cells += [names[said[index]], f"{own[index]:.6g}"]
        row = reviews.names[index], names[reviews.labels[index]], f"{logit_range:.6g}", *cells
        lines.append((*row, reviews.texts[index]) if texts else row)
    return csv_text(lines)
