"""Several runs on the same reviews: what each is worth, what it costs, and where they disagree."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.errors import ConfigError
from imdb_lstm.evaluation.evaluate import (
    Evaluation,
    ReadReviews,
    check_same_reviews,
    evaluate,
    mcnemar_tests,
)
from imdb_lstm.metrics.plots import accuracy_by_group_figure
from imdb_lstm.metrics.tradeoff_plots import coverage_figure, pareto_figure
from imdb_lstm.runs.files import read_metrics, write_figures, write_json, write_text
from imdb_lstm.runs.manifest import model_bytes


def compare_runs(
    folders: Sequence[Path],
    data: str | None = None,
    split: str | None = None,
    device: str = "auto",
    **columns: str,
) -> list[Evaluation]:
    """Evaluate two or more finished runs on the same reviews, read once. Writes nothing.

    The arguments are those of ``evaluate.evaluate``. Raises ``ConfigError`` for fewer than two
    runs, two of one name, or runs that read different reviews; else as ``evaluate`` does.
    """
    names = [folder.name for folder in folders]
    if len(names) < 2:
        raise ConfigError("compare needs two runs or more: name them")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"two of the runs are called {twice}: copy one to another name")
    read: ReadReviews = {}
    found = [evaluate(folder, data, split, device, read, **columns) for folder in folders]
    check_same_reviews(found)
    return found


def comparison_rows(evaluations: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """One dict a run, ready for JSON: scores, and costs as far as they are known.

    ``seconds`` are those of its training, its teachers' among them; ``megabytes`` (10^6 bytes)
    those of the file with its weights; ``reviews_per_second`` how fast it has just been scored.
    """
    return [
        {
            "run": found.name,
            **{key: found.metrics[key] for key in (
                "reviews", "accuracy", "accuracy_low", "accuracy_high", "log_loss",
                "expected_calibration_error", "temperature", "temperature_scaled",
            )},
            **{key: read_metrics(found.run)[key] for key in ("seconds", "parameters")},
            "megabytes": model_bytes(found.run) / 1e6,
            "reviews_per_second": len(found.reviews) / found.seconds,
        }
        for found in evaluations
    ]  # fmt: skip


def discordant(evaluations: Sequence[Evaluation]) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the reviews on which verdicts differ, and by how much, the widest apart first.

    How much, float64 (n,), is the range of the runs' logits, each divided by its run's temperature,
    for how bold the logits are as they are differs from run to run.
    """
    logits = np.stack([each.logits / each.metrics["temperature"] for each in evaluations])
    verdicts = logits > 0
    apart = np.flatnonzero(verdicts.any(axis=0) & ~verdicts.all(axis=0))
    width = np.ptp(logits[:, apart].astype(np.float64), axis=0)
    order = np.argsort(-width, kind="stable")
    return apart[order], width[order]


def comparison_figures(
    rows: Sequence[dict[str, Any]], evaluations: Sequence[Evaluation]
) -> dict[str, Any]:
    """Name → matplotlib figure; ``rows`` are those of ``summary``."""
    labels = evaluations[0].reviews.labels
    by_run = [row | {"group": row["run"]} for row in rows]
    costs = {"seconds": "Seconds to train", "parameters": "Parameters"}
    return {
        "accuracy": accuracy_by_group_figure(by_run, "Accuracy by run", "Run"),
        "coverage": coverage_figure(labels, {e.name: e.logits for e in evaluations}),
        **{f"accuracy_by_{key}": pareto_figure(rows, key, title) for key, title in costs.items()},
    }


def comparison_folder(evaluations: Sequence[Evaluation], saved_models: Path) -> Path:
    """Where a comparison is written by default."""
    first = evaluations[0]
    names = "+".join(each.name for each in evaluations)
    return saved_models / "comparison" / names / first.data_and_split


def write_comparison(evaluations: Sequence[Evaluation], output: Path, texts: bool = False) -> Path:
    """Write ``comparison.json``, ``discordant.csv`` and figures into the folder; return it.

    ``texts``: whether the discordant reviews' texts are written too.
    """
    rows = comparison_rows(evaluations)
    first = evaluations[0]
    found = {
        "data": first.metrics["data"],
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
    """One CSV row a discordant review: name, label, how far apart, and each run's logit."""
    reviews = evaluations[0].reviews
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    names = (f"logit of {each.name}" for each in evaluations)
    writer.writerow(("name", "label", "apart", *names, *(("text",) if texts else ())))
    for index, width in zip(*discordant(evaluations), strict=True):
        logits = (f"{each.logits[index]:.6g}" for each in evaluations)
        row = reviews.names[index], reviews.labels[index], f"{width:.6g}", *logits
        writer.writerow((*row, reviews.texts[index]) if texts else row)
    return lines.getvalue()
