"""``imdb-lstm report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Data, Device, Run, Split, app, console, examples
from imdb_lstm.cli.options import file_options
from imdb_lstm.runs.find import SAVED_MODELS, find_run


@app.command("report", epilog=examples("imdb-lstm report mine"))
@file_options
def report_command(
    run: Run = None,
    data: Data = None,
    split: Split = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="HTML file to write. (default: evaluation/DATA-SPLIT/report.html in the run)"
        ),
    ] = None,
    other_run: Annotated[
        list[Path] | None,
        typer.Option(help="Another run whose likely label errors are compared. Can be repeated."),
    ] = None,
    device: Device = "auto",
    *,
    columns: dict[str, str],
) -> None:
    """Write an HTML report of a run: scores, calibration, mistakes and likely label errors."""
    from imdb_lstm.evaluation.report.build import write_report

    others = [find_run(each, SAVED_MODELS) for each in other_run or ()]
    path = write_report(find_run(run, SAVED_MODELS), data, split, device, output, others, **columns)
    console.print(f"written to {path} ({path.stat().st_size / 1e6:.2f} MB)")
