"""What the commands print: tables with one column per run or split, and lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from imdb_lstm.errors import one_line
from imdb_lstm.runs.description import short_name

SCALED = ", temperature-scaled"
SHOWN_COVERAGES = (0.9, 0.8)
NARROWEST_FACT, NARROWEST_VALUE = 16, 14  # characters of a column, with its border
NARROW = 60  # characters of a terminal


def trained_line(folder: Path, metrics: dict[str, Any]) -> str:
    """The result of a training run, and its cost."""
    epoch = f"best epoch {metrics['best_epoch']}, " if "best_epoch" in metrics else ""
    line = (
        f"saved {folder}: {epoch}validation accuracy {metrics['validation']['accuracy']:.4f}, "
        f"{metrics['parameters']:,} parameters, {metrics['seconds']:.0f} s"
    )
    if "extra_rows" in metrics:
        line += f"; {metrics['extra_added']:,} of {metrics['extra_rows']:,} extra reviews added"
    if "counterfactual_texts" in metrics:
        line += f"; {metrics['counterfactual_texts']:,} counterfactual texts added"
    if "padding_share" not in metrics:  # n-grams read no batches
        return line
    return (
        f"{line}; padding {metrics['padding_share']:.1%} of the tokens, "
        f"{metrics['cut_share']:.1%} of the reviews cut"
    )


def folds_table(metrics: dict[str, Any]) -> ValuesTable:
    """The mean of each measure over the folds of a cross-validation, with 95 % intervals."""
    pooled = metrics["pooled"]
    rows = {
        "reviews": f"{metrics['reviews']:,} in {metrics['folds']} folds",
        "accuracy, all folds": _with_interval(pooled, "accuracy"),
    }
    for name, value in metrics.items():
        if isinstance(value, dict) and "mean" in value:
            ends = f"{value['low']:.3f} to {value['high']:.3f}"
            rows[f"{name.replace('_', ' ')}, mean"] = f"{value['mean']:.3f} ({ends})"
    return ValuesTable(["cross-validation"], [rows])


def folding_table(*headings: str, compact: bool = False) -> Table:
    """An empty table that breaks what is too long for its column, and never cuts it.

    ``compact``: without lines, which take up to half of a narrow terminal.
    """
    table = Table(box=None, padding=(0, 1, 0, 0)) if compact else Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


@dataclass(frozen=True)
class ValuesTable:
    """One column per name, one row per value, empty where a column has no such value.

    Columns that are too many for the terminal follow in further tables.
    """

    names: Sequence[str]
    columns: Sequence[dict[str, str]]
    title: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        facts = list(dict.fromkeys(fact for column in self.columns for fact in column))
        fitting = max(1, (options.max_width - NARROWEST_FACT) // NARROWEST_VALUE)
        for start in range(0, len(self.names), fitting):
            part = slice(start, start + fitting)
            table = folding_table(self.title, *self.names[part])
            for fact in facts:
                table.add_row(fact, *(column.get(fact, "") for column in self.columns[part]))
            yield table


def metrics_table(evaluations: Sequence[Any]) -> ValuesTable:
    """The metrics of one or several evaluations."""
    columns = [_metrics_column(found.metrics) for found in evaluations]
    return ValuesTable([found.name for found in evaluations], columns)


def classes_table(evaluation: Any) -> Table:
    """Precision, recall and F1 of each class with 95 % intervals, of three and more classes."""
    table = folding_table(evaluation.name, "reviews", "precision", "recall", "F1")
    names = evaluation.metrics["classes"]
    for name, row in zip(names, evaluation.metrics["by_class"], strict=True):
        scores = (_with_interval(row, key) for key in ("precision", "recall", "f1"))
        table.add_row(short_name(name), f"{row['reviews']:,}", *scores)
    return table


def groups_table(evaluations: Sequence[Any]) -> ValuesTable:
    """Accuracy by group with 95 % intervals, and on contrast pairs."""
    columns = [_groups_column(found.metrics) for found in evaluations]
    return ValuesTable([found.name for found in evaluations], columns)


def _groups_column(metrics: dict[str, Any]) -> dict[str, str]:
    rows = {
        f"{one_line(row['group'])} ({row['reviews']:,})": _with_interval(row, "accuracy")
        for row in metrics["by_group"]
    }
    if pairs := metrics["pairs"]:
        rows[f"pairs, both right ({pairs['pairs']:,})"] = _with_interval(pairs, "both_right")
        rows["pairs, same verdict"] = f"{pairs['same_verdict']:.1%}"
    return rows


def _with_interval(row: dict[str, Any], key: str) -> str:
    if row[f"{key}_low"] is None:
        return f"{row[key]:.1%}"
    return f"{row[key]:.1%} ({100 * row[key + '_low']:.0f}-{row[key + '_high']:.0%})"


@dataclass(frozen=True)
class ComparisonsTable:
    """McNemar's exact test between models: one row per pair, in a narrow terminal one line."""

    comparisons: Sequence[dict[str, Any]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table = folding_table("a", "b", "only a right", "only b right", "p, McNemar")
        for row in self.comparisons:
            counts = f"{row['only_a_right']:,}", f"{row['only_b_right']:,}"
            cells = row["a"], row["b"], *counts, f"{row['p_value']:.2g}"
            if options.max_width < NARROW:
                headings = (str(column.header) for column in table.columns)
                yield Text("; ".join(map(": ".join, zip(headings, cells, strict=True))))
            else:
                table.add_row(*cells)
        if table.row_count:
            yield table


def comparison_table(asked: dict[str, Any], rows: Sequence[dict[str, Any]]) -> ValuesTable:
    """Scores of runs on the same reviews, and their costs, one column per run.

    ``rows`` are those of ``comparison_rows``; ``asked`` has the data and the split.
    """
    columns = [
        {
            "reviews": f"{row['reviews']:,} ({asked['data']}, {asked['split']})",
            "accuracy": f"{row['accuracy']:.2%}",
            "95 % interval": f"{row['accuracy_low']:.2%} to {row['accuracy_high']:.2%}",
            **_of_classes(row),
            f"log loss{SCALED}": f"{scaled['log_loss']:.4f}",
            f"calibration error{SCALED}": f"{scaled['expected_calibration_error']:.4f}",
            "seconds to train": f"{row['seconds']:,.1f}",
            "parameters": f"{row['parameters']:,}",
            "model file, MB": f"{row['megabytes']:.1f}",
            "reviews scored per second": f"{row['reviews_per_second']:,.0f}",
        }
        for row in rows
        for scaled in [row["temperature_scaled"]]
    ]
    return ValuesTable([row["run"] for row in rows], columns)


def _metrics_column(metrics: dict[str, Any]) -> dict[str, str]:
    from imdb_lstm.metrics.classification import commonest_share

    low, high = metrics["accuracy_low"], metrics["accuracy_high"]
    scaled, of_two = metrics["temperature_scaled"], "by_class" not in metrics
    absent = "one label only" if of_two else "a class is absent"
    return {
        "reviews": f"{metrics['reviews']:,} ({metrics['data']}, {metrics['split']})",
        "accuracy": f"{metrics['accuracy']:.2%}",
        "95 % interval": f"{low:.2%} to {high:.2%}",
        **_new_reviews(metrics),
        **({"balanced accuracy": f"{metrics['balanced_accuracy']:.2%}"} if of_two else {}),
        **_of_classes({} if of_two else metrics),
        "commonest label": f"{commonest_share(metrics):.2%}",
        "log loss": f"{metrics['log_loss']:.4f}",
        f"log loss{SCALED}": f"{scaled['log_loss']:.4f}",
        **_scaled_by_vector(metrics),
        "area under ROC": absent if metrics["auc"] is None else f"{metrics['auc']:.4f}",
        **({"F1": f"{metrics['f1']:.4f}"} if of_two else {}),
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


def _of_classes(scores: dict[str, Any]) -> dict[str, str]:
    """The averages over three and more classes, and the scores of ordered ones."""
    found = {
        name: f"{scores[key]:.2%}"
        for name, key in (("balanced accuracy", "balanced_accuracy"), ("macro F1", "macro_f1"))
        if key in scores
    }
    for key in ("mean_absolute_error", "quadratic_kappa"):
        if key in scores:
            found[key.replace("_", " ")] = f"{scores[key]:.4f}"
    return found


def _scaled_by_vector(metrics: dict[str, Any]) -> dict[str, str]:
    """The accuracy and the log loss of vector-scaled logits, of three and more classes."""
    if "vector_scaled" not in metrics:
        return {}
    scaled = metrics["vector_scaled"]
    return {
        "log loss, vector-scaled": f"{scaled['log_loss']:.4f}",
        "accuracy, vector-scaled": f"{scaled['accuracy']:.2%}",
    }


def _new_reviews(metrics: dict[str, Any]) -> dict[str, str]:
    """How many reviews a run had learned from, and whether they were left out."""
    if count := metrics.get("left_out_learned"):
        return {"left out, learned from": f"{count:,}"}
    if count := metrics.get("learned_reviews"):
        return {"also learned from": f"{count:,}"}
    return {}


def search_line(progress: Any) -> str:
    """How a trial of a search ended, its values, and the progress of the search."""
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
    """The values of a trial, floats to three digits."""
    shown = {k: f"{v:.3g}" if isinstance(v, float) else v for k, v in trial.values.items()}
    return ", ".join(f"{key} {value}" for key, value in shown.items())


def duration(seconds: float) -> str:
    """Seconds in a unit that suits their size.

    >>> duration(42), duration(600), duration(9000)
    ('42 s', '10 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def search_summary(folder: Path, result: Any) -> str:
    """The best trial of a search and the base, the importances, and the folder."""
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
        lines.append(f"importance for the log loss: {', '.join(shares)}")
    else:
        lines.append("too few finished trials for importances: give more --trials")
    lines.append(f"written to {folder}; train the best configuration with")
    return "\n".join(lines)
