"""``imdb-lstm data``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import imdb_lstm.cli.augment  # noqa: F401 - adds its commands
from imdb_lstm.cli.console import console, data_app, examples
from imdb_lstm.cli.options import review_options
from imdb_lstm.cli.tables import ValuesTable
from imdb_lstm.config.presets import resolve_file

if TYPE_CHECKING:
    from imdb_lstm.data.describe import Description


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


@data_app.command("describe", epilog=examples("imdb-lstm data describe reviews.csv"))
@review_options
def describe_command(
    file: Annotated[
        str | None, typer.Argument(help="A file, folder or pattern of files; sample; or imdb.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of options.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write an HTML page.")] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(help="Write the rows that cannot be read as a CSV, and read the others."),
    ] = None,
    *,
    options: dict[str, Any],
) -> None:
    """Look at reviews before training: labels, lengths, copies, splits, and what looks wrong."""
    from imdb_lstm.data.describe import describe
    from imdb_lstm.runs.outputs import check_apart, check_output

    given = options | ({"data": file} if file else {})
    if rejects:
        given["bad_rows"] = "skip"
    for path in filter(None, (html, rejects)):
        check_output(path, given.get("data"))
    check_apart(html=html, rejects=rejects)
    found = describe(resolve_file("plain", config, given))
    _show(found)
    if rejects:
        from imdb_lstm.inference.writers import write_rejects

        console.print(f"written to {write_rejects(found.bad, rejects)}")
    if html:
        from imdb_lstm.evaluation.report.data_page import write_data_page

        console.print(f"written to {write_data_page(found, html)}")
    console.print(f"train with: {found.command}")


def _show(found: Description) -> None:
    """Print the facts of a data set, the rows to look at, and what may spoil a result."""
    from imdb_lstm.data.describe import MOST_ROWS

    for title, facts in found.tables.items():
        console.print(ValuesTable([""], [facts], title))
    for reason, rows in found.suspicious.items():
        more = f" and {len(rows) - MOST_ROWS:,} more" if len(rows) > MOST_ROWS else ""
        console.print(f"{len(rows):,} rows, {reason}: {', '.join(rows[:MOST_ROWS])}{more}")
    for sentence in found.advice:
        console.print(f"note: {sentence}")
