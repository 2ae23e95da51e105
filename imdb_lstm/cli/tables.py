"""What the commands print. In tables facts go down, runs or splits across, to stay narrow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

DID_NOT_LEARN = (
    "warning: the run did not learn: its validation accuracy could be that of always giving the "
    "commoner label. Give more reviews, more --epochs, or another --learning-rate"
)


def trained_line(folder: Path, metrics: dict[str, Any]) -> str:
    """What came out of a training run, and what it cost."""
    extra = ""
    if "extra_rows" in metrics:
        extra = f"; {metrics['extra_added']:,} of {metrics['extra_rows']:,} extra reviews added"
    return (
        f"saved {folder}: best epoch {metrics['best_epoch']}, validation accuracy "
        f"{metrics['validation']['accuracy']:.4f}, {metrics['parameters']:,} parameters, "
        f"{metrics['seconds']:.0f} s; padding {metrics['padding_share']:.1%} of the tokens, "
        f"{metrics['cut_share']:.1%} of the reviews cut{extra}"
    )


def facts_table(names: Sequence[str], columns: Sequence[dict[str, str]]) -> Table:
    """One column a name, one row a fact; all columns have the same facts."""
    table = Table("", *names)
    for fact in columns[0]:
        table.add_row(fact, *(column[fact] for column in columns))
    return table


def metrics_table(evaluations: Sequence[Any]) -> Table:
    """The metrics of one or several evaluations."""
    columns = [_metrics_column(found.metrics) for found in evaluations]
    return facts_table([found.run.name for found in evaluations], columns)


def _metrics_column(metrics: dict[str, Any]) -> dict[str, str]:
    low, high = metrics["accuracy_low"], metrics["accuracy_high"]
    return {
        "reviews": f"{metrics['reviews']:,} ({metrics['data']}, {metrics['split']})",
        "accuracy": f"{metrics['accuracy']:.2%}",
        "95 % interval": f"{low:.2%} to {high:.2%}",
        "log loss": f"{metrics['log_loss']:.4f}",
        "area under ROC": "one label only" if metrics["auc"] is None else f"{metrics['auc']:.4f}",
        "F1": f"{metrics['f1']:.4f}",
        "Brier score": f"{metrics['brier_score']:.4f}",
        "calibration error": f"{metrics['expected_calibration_error']:.4f}",
    }
