"""What the commands print as tables: facts down, runs or splits across, for narrow terminals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table


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
