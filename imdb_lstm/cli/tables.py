"""What the commands print. In tables facts go down, runs or splits across, to stay narrow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

SCALED = ", temperature-scaled"
SHOWN_COVERAGES = (0.9, 0.8)


def trained_line(folder: Path, metrics: dict[str, Any]) -> str:
    """What came out of a training run, and what it cost."""
    epoch = f"best epoch {metrics['best_epoch']}, " if "best_epoch" in metrics else ""
    line = (
        f"saved {folder}: {epoch}validation accuracy {metrics['validation']['accuracy']:.4f}, "
        f"{metrics['parameters']:,} parameters, {metrics['seconds']:.0f} s"
    )
    if "extra_rows" in metrics:
        line += f"; {metrics['extra_added']:,} of {metrics['extra_rows']:,} extra reviews added"
    if "padding_share" not in metrics:  # n-grams read no batches
        return line
    return (
        f"{line}; padding {metrics['padding_share']:.1%} of the tokens, "
        f"{metrics['cut_share']:.1%} of the reviews cut"
    )


def facts_table(names: Sequence[str], columns: Sequence[dict[str, str]]) -> Table:
    """One column a name, one row a fact, empty where a column has none of it."""
    table = Table("", *names)
    for fact in dict.fromkeys(fact for column in columns for fact in column):
        table.add_row(fact, *(column.get(fact, "") for column in columns))
    return table


def metrics_table(evaluations: Sequence[Any]) -> Table:
    """The metrics of one or several evaluations."""
    columns = [_metrics_column(found.metrics) for found in evaluations]
    return facts_table([found.name for found in evaluations], columns)


def groups_table(evaluations: Sequence[Any]) -> Table:
    """Accuracy by group with 95 % intervals, and how pairs of reviews were answered."""
    columns = [_groups_column(found.metrics) for found in evaluations]
    return facts_table([found.name for found in evaluations], columns)


def _groups_column(metrics: dict[str, Any]) -> dict[str, str]:
    rows = {
        f"{row['group']} ({row['reviews']:,})": _with_interval(row, "accuracy")
        for row in metrics["by_group"]
    }
    if pairs := metrics["pairs"]:
        rows[f"pairs, both right ({pairs['pairs']:,})"] = _with_interval(pairs, "both_right")
        rows["pairs, same verdict"] = f"{pairs['same_verdict']:.1%}"
    return rows


def _with_interval(row: dict[str, Any], key: str) -> str:
    return f"{row[key]:.1%} ({100 * row[key + '_low']:.0f}-{row[key + '_high']:.0%})"


def comparisons_table(comparisons: Sequence[dict[str, Any]]) -> Table:
    """McNemar's exact test between models, one row a pair of them."""
    table = Table("a", "b", "only a right", "only b right", "p, McNemar")
    for row in comparisons:
        counts = f"{row['only_a_right']:,}", f"{row['only_b_right']:,}"
        table.add_row(row["a"], row["b"], *counts, f"{row['p_value']:.2g}")
    return table


def comparison_table(asked: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Table:
    """What runs score on the same reviews, and what they cost, one column a run.

    ``rows`` are those of ``compare.summary``; ``asked`` holds what data and split they are.
    """
    columns = [
        {
            "reviews": f"{row['reviews']:,} ({asked['data']}, {asked['split']})",
            "accuracy": f"{row['accuracy']:.2%}",
            "95 % interval": f"{row['accuracy_low']:.2%} to {row['accuracy_high']:.2%}",
            f"log loss{SCALED}": f"{row['temperature_scaled']['log_loss']:.4f}",
            f"calibration error{SCALED}": f"{row['temperature_scaled']['expected_calibration_error']:.4f}",
            "seconds to train": f"{row['seconds']:,.1f}",
            "parameters": f"{row['parameters']:,}",
            "model file, MB": f"{row['megabytes']:.1f}",
            "reviews scored a second": f"{row['reviews_per_second']:,.0f}",
        }
        for row in rows
    ]
    return facts_table([row["run"] for row in rows], columns)


def _metrics_column(metrics: dict[str, Any]) -> dict[str, str]:
    low, high = metrics["accuracy_low"], metrics["accuracy_high"]
    scaled = metrics["temperature_scaled"]
    return {
        "reviews": f"{metrics['reviews']:,} ({metrics['data']}, {metrics['split']})",
        "accuracy": f"{metrics['accuracy']:.2%}",
        "95 % interval": f"{low:.2%} to {high:.2%}",
        "log loss": f"{metrics['log_loss']:.4f}",
        f"log loss{SCALED}": f"{scaled['log_loss']:.4f}",
        "area under ROC": "one label only" if metrics["auc"] is None else f"{metrics['auc']:.4f}",
        "F1": f"{metrics['f1']:.4f}",
        "Brier score": f"{metrics['brier_score']:.4f}",
        "calibration error": f"{metrics['expected_calibration_error']:.4f}",
        f"calibration error{SCALED}": f"{scaled['expected_calibration_error']:.4f}",
        "temperature": f"{metrics['temperature']:.3f}",
        **{
            f"accuracy at coverage {row['coverage']:.0%}": f"{row['accuracy']:.2%}"
            for row in metrics["by_coverage"]
            if row["coverage"] in SHOWN_COVERAGES
        },
    }


def search_line(progress: Any) -> str:
    """How a trial of a search ended, what it tried, and how far the search is."""
    far = f"{progress.done} of {progress.total} trials done"
    if progress.trial is None:
        return far
    trial, outcome = progress.trial, progress.trial.outcome
    measured = "" if outcome.log_loss is None else (
        f", log loss {outcome.log_loss:.4f}, accuracy {outcome.accuracy:.4f} in epoch "
        f"{outcome.best_epoch} of {outcome.epochs}"
    )  # fmt: skip
    left = f", {duration(progress.seconds_left)} left" if progress.done < progress.total else ""
    return (
        f"trial {trial.number}: {outcome.state}{measured}, {outcome.seconds:.0f} s; "
        f"{_values(trial)}; {far}{left}"
    )


def _values(trial: Any) -> str:
    """The values that a trial tried, floats to three digits."""
    shown = {k: f"{v:.3g}" if isinstance(v, float) else v for k, v in trial.values.items()}
    return ", ".join(f"{key} {value}" for key, value in shown.items())


def duration(seconds: float) -> str:
    """Seconds in words, the finer the fewer they are.

    >>> duration(42), duration(600), duration(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def search_summary(folder: Path, result: Any) -> str:
    """The best trial of a search beside the base, what decided, and where all of it stands."""
    best, base = result.best.outcome, result.base
    lines = [
        f"best of {len(result.trials)}: trial {result.best.number}, validation log loss "
        f"{best.log_loss:.4f}, accuracy {best.accuracy:.4f}; {_values(result.best)}"
    ]
    if base and base.outcome.log_loss is not None:
        found = base.outcome
        lines.append(
            f"before the search: log loss {found.log_loss:.4f}, accuracy {found.accuracy:.4f}"
        )
    if result.importances:
        shares = (f"{key} {share:.0%}" for key, share in result.importances.items())
        lines.append(f"what decides the log loss: {', '.join(shares)}")
    else:
        lines.append(
            "too few finished trials to tell what decides the log loss: give more --trials"
        )
    lines.append(f"written to {folder}; train the best with")
    return "\n".join(lines)
