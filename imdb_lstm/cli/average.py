"""``imdb-lstm average``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import app, examples, find_runs
from imdb_lstm.cli.copied import show_copied


@app.command(
    "average", epilog=examples("imdb-lstm average distilled mine --output saved_models/both")
)
def average_command(
    runs: Annotated[
        list[Path], typer.Argument(help="Run folders, or names in saved_models, two or more.")
    ],
    output: Annotated[
        Path | None, typer.Option(help="Folder to write. (default: the last's, with -averaged)")
    ] = None,
) -> None:
    """Write a network whose weights are the mean of those of several, trained from one another."""
    from imdb_lstm.inference.export.average import average

    show_copied(average(find_runs(runs), output))
