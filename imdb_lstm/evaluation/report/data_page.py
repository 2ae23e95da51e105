"""The page of a data set: what ``data describe`` prints, with figures, as HTML."""

from __future__ import annotations

from pathlib import Path

from imdb_lstm.data.describe import MOST_ROWS, Description
from imdb_lstm.evaluation.report.page import (
    Command,
    Part,
    Picture,
    Section,
    Table,
    report_page,
    svg,
)
from imdb_lstm.evaluation.report.wording import all_named
from imdb_lstm.metrics.data_plots import label_counts_figure, lengths_figure
from imdb_lstm.runs.files import write_text


def write_data_page(found: Description, output: Path) -> Path:
    """Write the page of a data set, and return its file. Raises ``OutputError``."""
    write_text(output, data_page(found))
    return output


def data_page(found: Description) -> str:
    """Return the page: facts, figures, suspicious rows, and the command to train with."""
    facts: list[Part] = [
        Table(title, ("", ""), [[name, value] for name, value in rows.items()])
        for title, rows in found.tables.items()
    ]
    sections = [
        Section("facts", "Facts", facts),
        Section("figures", "Figures", [_labels(found), _lengths(found)]),
        Section("rows", "Rows to look at", _suspicious(found)),
        Section("train", "Training", [*found.advice, Command(found.command, "Train on it")]),
    ]
    return report_page(f"Reviews of {found.title}", [], sections)


def _labels(found: Description) -> Picture:
    largest = sorted(found.labels, key=lambda name: -found.labels[name])[:MOST_ROWS]
    shown = [name for name in found.labels if name in largest]
    counts = zip(shown, all_named(shown), strict=True)
    words = ", ".join(f"{found.labels[key]:,} {name}" for key, name in counts)
    if more := len(found.labels) - len(shown):
        words += f" and {more:,} more labels"
    return Picture(svg(label_counts_figure(found.labels)), f"Reviews by label: {words}.")


def _lengths(found: Description) -> Picture:
    facts = found.tables["Length"]
    words = "; ".join(f"{name}: {value}" for name, value in facts.items())
    return Picture(svg(lengths_figure(found.lengths)), f"Lengths of the texts. {words}.")


def _suspicious(found: Description) -> list[Part]:
    if not found.suspicious:
        return ["No row looks wrong."]
    return [
        Table(f"{len(rows):,} rows: {reason}", ("row",), [[row] for row in rows[:MOST_ROWS]])
        for reason, rows in found.suspicious.items()
    ]
