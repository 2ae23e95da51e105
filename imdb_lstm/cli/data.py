"""``imdb-lstm data``, and ``imdb-lstm doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import app, console, data_app, examples
from imdb_lstm.cli.tables import ValuesTable
from imdb_lstm.config.presets import resolve_file


@data_app.command("prepare", epilog=examples("imdb-lstm data prepare"))
def data_prepare(
    archive: Annotated[
        Path | None,
        typer.Option(envvar="IMDB_ARCHIVE", help="aclImdb_v1.tar.gz, or its extracted folder."),
    ] = None,
) -> None:
    """Prepare IMDb in the tfds folder once; afterwards no network is needed."""
    from imdb_lstm.data.imdb import is_prepared, prepare_imdb, tfds_folder

    if is_prepared():
        console.print(f"already prepared in {tfds_folder()}")
        return
    console.print(f"prepared in {prepare_imdb(archive, console.print)}")


@data_app.command("describe", epilog=examples("imdb-lstm data describe --data reviews.csv"))
def data_describe(
    data: Annotated[
        str | None, typer.Option(help="imdb, sample or a file. (default: imdb)")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with its columns.")] = None,
) -> None:
    """Count the train and validation reviews: labels, lengths, duplicates, stars."""
    from imdb_lstm.data.statistics import describe_reviews

    rows = describe_reviews(resolve_file(None, config, {"data": data} if data else {}))
    console.print(ValuesTable(["train", "validation"], rows))


@app.command("doctor", epilog=examples("imdb-lstm doctor"))
def doctor() -> None:
    """Show versions, devices, whether cuDNN can be used, and where the reviews are."""
    from imdb_lstm.data.imdb import is_prepared, tfds_folder
    from imdb_lstm.device import describe_devices, describe_machine, package_versions

    prepared = "prepared" if is_prepared() else "not prepared yet"
    values = {
        **package_versions(),
        "machine": describe_machine(),
        **describe_devices(),
        "IMDb": f"{prepared}, in {tfds_folder()}",
    }
    for name, value in values.items():
        console.print(f"{name:30} {value}")
