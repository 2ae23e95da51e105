"""``imdb-lstm report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import (
    Backend,
    Data,
    Device,
    Run,
    Split,
    app,
    console,
    examples,
    find_runs,
    name_default,
)
from imdb_lstm.cli.options import file_options
from imdb_lstm.runs.find import results_folder
from imdb_lstm.runs.outputs import check_folder, check_output, files_of, is_stream


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
    backend: Backend = "auto",
    *,
    columns: dict[str, str],
) -> None:
    """Write an HTML report of a run: scores, calibration, mistakes and likely label errors."""
    (folder,) = find_runs([run] if run else None)
    others = find_runs(other_run) if other_run else []
    if output:
        check_output(output, data, *files_of([folder, *others]))
    else:
        check_folder(results_folder(folder) / "evaluation")
    from imdb_lstm.evaluation.report.build import write_report

    path = write_report(folder, data, split, device, backend, output, others, **columns)
    name_default(folder, run)
    if not is_stream(path):
        console.print(f"written to {path} ({path.stat().st_size / 1e6:.2f} MB)")
