"""``imdb-lstm compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Device, app, console
from imdb_lstm.cli.options import column_options
from imdb_lstm.cli.tables import comparison_table, comparisons_table
from imdb_lstm.runs import SAVED_MODELS, find_run


@app.command()
@column_options
def compare(
    runs: Annotated[
        list[Path], typer.Argument(help="Run folders, or names in saved_models, two or more.")
    ],
    data: Annotated[
        str | None,
        typer.Option(
            help="imdb, sample, challenge or a file. (default: what the runs learned from)"
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="train, validation, test or all. (default: test; all of another file)"),
    ] = None,
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
    from imdb_lstm import compare as comparison
    from imdb_lstm.evaluate import compare as mcnemar_tests

    chosen = [find_run(run, SAVED_MODELS) for run in runs]
    found = comparison.compare(chosen, data, split, device, **columns)
    folder = comparison.write(found, output or comparison.folder_of(found, SAVED_MODELS), texts)
    console.print(comparison_table(found[0].metrics, comparison.summary(found)))
    console.print(comparisons_table(mcnemar_tests(found)))
    if found[0].data == "sample":
        console.print("These are figures of the small bundled sample, not of IMDb.")
    console.print(f"written to {folder}")
