"""``imdb-lstm compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Data, Device, Split, app, console, examples
from imdb_lstm.cli.options import file_options
from imdb_lstm.cli.tables import comparison_table, comparisons_table
from imdb_lstm.runs.find import SAVED_MODELS, find_run


@app.command("compare", epilog=examples("imdb-lstm compare a b --data challenge"))
@file_options
def compare_command(
    runs: Annotated[
        list[Path], typer.Argument(help="Run folders, or names in saved_models, two or more.")
    ],
    data: Data = None,
    split: Split = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Folder to write. (default: saved_models/comparison/NAME+NAME/DATA-SPLIT)"
        ),
    ] = None,
    texts: Annotated[
        bool, typer.Option("--texts", help="Write the texts that runs disagree on, too.")
    ] = False,
    device: Device = "auto",
    *,
    columns: dict[str, str],
) -> None:
    """Compare runs on the same reviews: accuracy, calibration, cost, and where they disagree."""
    from imdb_lstm.evaluation.compare import (
        compare_runs,
        comparison_folder,
        comparison_rows,
        write_comparison,
    )
    from imdb_lstm.evaluation.evaluate import mcnemar_tests

    chosen = [find_run(run, SAVED_MODELS) for run in runs]
    found = compare_runs(chosen, data, split, device, **columns)
    folder = write_comparison(found, output or comparison_folder(found, SAVED_MODELS), texts)
    console.print(comparison_table(found[0].metrics, comparison_rows(found)))
    console.print(comparisons_table(mcnemar_tests(found)))
    if found[0].data == "sample":
        console.print("These are figures of the small bundled sample, not of IMDb.")
    console.print(f"written to {folder}")
