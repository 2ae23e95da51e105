"""``imdb-lstm evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imdb_lstm.cli.console import Device, app, console
from imdb_lstm.cli.options import column_options
from imdb_lstm.cli.tables import comparisons_table, groups_table, metrics_table
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs import SAVED_MODELS, find_run

if TYPE_CHECKING:
    from imdb_lstm.evaluate import Evaluation


@app.command()
@column_options
def evaluate(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="Run folders, or names in saved_models. (default: newest)"),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="imdb, sample, challenge or a file. (default: what the run learned from)"
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="train, validation, test or all. (default: test; all of another file)"),
    ] = None,
    together: Annotated[
        bool, typer.Option("--together", help="Also evaluate the runs as one model.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="Folder for metrics and figures. (default: in the run)")
    ] = None,
    device: Device = "auto",
    *,
    columns: dict[str, str],
) -> None:
    """Evaluate saved runs: metrics with intervals, figures, tables by length, stars and group."""
    from imdb_lstm import evaluate as evaluation
    from imdb_lstm.ensemble import logit_spreads

    chosen = [find_run(run, SAVED_MODELS) for run in runs or (None,)]
    if together and len(chosen) < 2:
        raise ConfigError("--together joins two runs or more: name them")
    spreads = logit_spreads(chosen) if together else []  # before the work, for it may refuse a run
    read: evaluation.ReadReviews = {}
    rows = [evaluation.evaluate(run, data, split, device, read, **columns) for run in chosen]
    if together:
        rows.append(evaluation.together(rows, spreads))
    folders = [
        evaluation.write(row, output / row.name if output and len(rows) > 1 else output)
        for row in rows
    ]
    _show(rows, folders)


def _show(rows: list[Evaluation], folders: list[Path]) -> None:
    """Print the tables of evaluations, and where they were written."""
    from imdb_lstm.evaluate import compare

    console.print(metrics_table(rows))
    if any(row.metrics["by_group"] or row.metrics["pairs"] for row in rows):
        console.print(groups_table(rows))
    if comparisons := compare(rows):
        console.print(comparisons_table(comparisons))
    if any(found.data == "sample" for found in rows):
        console.print("These are figures of the small bundled sample, not of IMDb.")
    console.print("\n".join(f"written to {folder}" for folder in folders))
