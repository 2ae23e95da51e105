"""``imdb-lstm prune``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Run, app, examples, find_runs, name_default
from imdb_lstm.cli.copied import show_copied


@app.command("prune", epilog=examples("imdb-lstm prune shipped --units 64"))
def prune_command(
    run: Run = None,
    units: Annotated[int, typer.Option(help="Units to keep in each direction.", min=1)] = 64,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write. (default: the run's, with -pruned)")
    ] = None,
) -> None:
    """Write a copy of an LSTM or GRU with fewer units, which is smaller and faster."""
    from imdb_lstm.inference.export.prune import prune

    (folder,) = find_runs([run] if run else None)
    done = prune(folder, units, output)
    name_default(folder, run)
    show_copied(done)
