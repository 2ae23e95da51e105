"""``imdb-lstm data``, and ``imdb-lstm doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import app, console, data_app
from imdb_lstm.cli.tables import facts_table
from imdb_lstm.options import read_toml
from imdb_lstm.presets import resolve


@data_app.command("prepare")
def data_prepare(
    archive: Annotated[
        Path | None,
        typer.Option(envvar="IMDB_ARCHIVE", help="aclImdb_v1.tar.gz, or its extracted folder."),
    ] = None,
) -> None:
    """Bring IMDb into the tfds folder once; afterwards no network is needed."""
    from imdb_lstm.data import imdb

    if imdb.is_prepared():
        console.print(f"already prepared in {imdb.data_dir()}")
        return
    console.print(f"prepared in {imdb.prepare(archive, console.print)}")


@data_app.command("describe")
def data_describe(
    data: Annotated[
        str | None, typer.Option(help="imdb, sample or a file. (default: imdb)")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with its columns.")] = None,
) -> None:
    """Count the train and validation reviews: labels, lengths, duplicates, stars."""
    from imdb_lstm.describe import describe

    values = read_toml(config) if config else {}
    rows = describe(resolve(None, values, {"data": data} if data else {}))
    console.print(facts_table(["train", "validation"], rows))


@app.command()
def doctor() -> None:
    """Tell versions, devices, whether cuDNN can be used, and where the reviews are."""
    from imdb_lstm import runtime
    from imdb_lstm.data import imdb

    prepared = "prepared" if imdb.is_prepared() else "not prepared yet"
    facts = {
        **runtime.versions(),
        "machine": runtime.machine(),
        **runtime.devices(),
        "IMDb": f"{prepared}, in {imdb.data_dir()}",
    }
    for name, value in facts.items():
        console.print(f"{name:30} {value}")
