"""``imdb-lstm report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Device, app, console
from imdb_lstm.cli.options import column_options
from imdb_lstm.runs import SAVED_MODELS, find_run


@app.command()
@column_options
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
    device: Device = "auto",
    *,
    columns: dict[str, str],
) -> None:
    """Write one HTML page of a run: what it is, what it is worth, where it errs and why."""
    from imdb_lstm import report as reporting

    others = [find_run(each, SAVED_MODELS) for each in second_opinion or ()]
    path = reporting.report(
        find_run(run, SAVED_MODELS), data, split, device, output, others, **columns
    )
    console.print(f"written to {path} ({path.stat().st_size / 1e6:.2f} MB)")
