"""``imdb-lstm doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from imdb_lstm.cli.console import Folder, app, console, examples
from imdb_lstm.runs.find import SAVED_MODELS


@app.command("doctor", epilog=examples("imdb-lstm doctor", "imdb-lstm doctor --bundle report.json"))
def doctor(
    bundle: Annotated[
        Path | None,
        typer.Option(
            help="Also write all this into a JSON file, to attach to a report of a fault, with the "
            "options, metrics and file sizes of the newest runs: without texts, labels, and names "
            "of files, folders, columns, classes and runs."
        ),
    ] = None,
    output: Folder = SAVED_MODELS,
) -> None:
    """Show versions, devices, whether cuDNN can be used, and where the reviews are."""
    from imdb_lstm.data.imdb import is_prepared, tfds_folder
    from imdb_lstm.device import describe_devices, describe_machine, package_versions

    prepared = "prepared" if is_prepared() else "not prepared yet"
    values: dict[str, Any] = {
        **package_versions(),
        "machine": describe_machine(),
        **describe_devices(),
        "IMDb": prepared,
    }
    for name, value in (values | {"IMDb": f"{prepared}, in {tfds_folder()}"}).items():
        console.print(f"{name:30} {value}")
    if bundle:
        from imdb_lstm.runs.bundle import describe_runs
        from imdb_lstm.runs.files import write_json

        write_json(bundle, {"machine": values, "runs": describe_runs(output)})
        console.print(f"written to {bundle}: read it before you send it")
