"""``imdb-lstm compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imdb_lstm.cli.console import Backend, Data, Device, Split, app, console, examples, find_runs
from imdb_lstm.cli.options import file_options
from imdb_lstm.cli.tables import ComparisonsTable, comparison_table
from imdb_lstm.errors import OutputError
from imdb_lstm.runs.find import SAVED_MODELS
from imdb_lstm.runs.outputs import check_output_in, files_of

if TYPE_CHECKING:
    from imdb_lstm.evaluation.evaluate import Evaluation


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
    backend: Backend = "auto",
    *,
    columns: dict[str, str],
) -> None:
    """Compare runs on the same reviews: accuracy, calibration, cost, and where they disagree."""
    chosen = find_runs(runs)
    if output:
        check_output_in(output, ("comparison.json", "discordant.csv"), data, *files_of(chosen))
    from imdb_lstm.evaluation.compare import compare_runs, comparison_folder, write_comparison

    found = compare_runs(chosen, data, split, device, backend, **columns)
    folder = output or comparison_folder(found, SAVED_MODELS)
    try:
        write_comparison(found, folder, texts)
    except OutputError as error:  # the figures took time: they are shown
        _show(found)
        raise OutputError(f"{error}; the comparison is not saved: give --output") from error
    _show(found)
    console.print(f"written to {folder}")


def _show(found: list[Evaluation]) -> None:
    """Print the tables of a comparison."""
    from imdb_lstm.evaluation.compare import comparison_rows
    from imdb_lstm.evaluation.evaluate import mcnemar_tests

    console.print(comparison_table(found[0].metrics, comparison_rows(found)))
    console.print(ComparisonsTable(mcnemar_tests(found)))
    if found[0].data == "sample":
        console.print("These are figures of the small bundled sample, not of IMDb.")
