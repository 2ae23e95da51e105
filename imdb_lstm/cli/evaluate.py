"""``imdb-lstm evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import SAVED_MODELS, Column, Device, app, console
from imdb_lstm.cli.tables import metrics_table


@app.command()
def evaluate(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(help="Run folders, or names in saved_models. (default: newest)"),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="imdb, sample or a file. (default: what the run learned from)"),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="train, validation, test or all. (default: test; all of another file)"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for metrics and figures. (default: in the run)")
    ] = None,
    text_column: Column = None,
    label_column: Column = None,
    split_column: Column = None,
    rating_column: Column = None,
    positive_label: Column = None,
    negative_label: Column = None,
    device: Device = "auto",
) -> None:
    """Evaluate saved runs: metrics with intervals, figures, tables by length and by stars."""
    from imdb_lstm import evaluate as evaluation
    from imdb_lstm.artifacts import find_run

    given = {
        "text_column": text_column, "label_column": label_column, "split_column": split_column,
        "rating_column": rating_column, "positive_label": positive_label,
        "negative_label": negative_label,
    }  # fmt: skip
    columns = {key: value for key, value in given.items() if value is not None}
    chosen = [find_run(run, SAVED_MODELS) for run in runs or (None,)]
    rows = [evaluation.evaluate(run, data, split, device, **columns) for run in chosen]
    folders = [
        evaluation.write(row, output / row.run.name if output and len(rows) > 1 else output)
        for row in rows
    ]
    console.print(metrics_table(rows))
    if any(found.data == "sample" for found in rows):
        console.print("These are figures of the small bundled sample, not of IMDb.")
    console.print("\n".join(f"written to {folder}" for folder in folders))
