"""``imdb-lstm report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import SAVED_MODELS, Column, Device, app, console


@app.command()
def report(
    run: Annotated[
        Path | None,
        typer.Argument(help="Run folder, or its name in saved_models. (default: newest)"),
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
    output: Annotated[
        Path | None, typer.Option(help="HTML file to write. (default: report.html in the run)")
    ] = None,
    second_opinion: Annotated[
        list[Path] | None,
        typer.Option(help="A run to ask which labels it doubts, too. May be given again."),
    ] = None,
    text_column: Column = None,
    label_column: Column = None,
    split_column: Column = None,
    rating_column: Column = None,
    group_column: Column = None,
    pair_column: Column = None,
    positive_label: Column = None,
    negative_label: Column = None,
    device: Device = "auto",
) -> None:
    """Write one HTML page of a run: what it is, what it is worth, where it errs and why."""
    from imdb_lstm import report as reporting
    from imdb_lstm.artifacts import find_run

    given = {
        "text_column": text_column, "label_column": label_column, "split_column": split_column,
        "rating_column": rating_column, "group_column": group_column, "pair_column": pair_column,
        "positive_label": positive_label, "negative_label": negative_label,
    }  # fmt: skip
    columns = {key: value for key, value in given.items() if value is not None}
    others = [find_run(each, SAVED_MODELS) for each in second_opinion or ()]
    path = reporting.report(
        find_run(run, SAVED_MODELS), data, split, device, output, others, **columns
    )
    console.print(f"written to {path} ({path.stat().st_size / 1e6:.2f} MB)")
