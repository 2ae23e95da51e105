"""``imdb-lstm export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Run, app, console, examples, find_runs, name_default


@app.command("export", epilog=examples("imdb-lstm export imdb --format numpy --output sentiment"))
def export_command(
    run: Run = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write. (default: the run's name with -FORMAT)")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="numpy.")] = "numpy",
) -> None:
    """Write a network in a format that needs nothing of this package."""
    from imdb_lstm.inference.export.write import export

    (folder,) = find_runs([run] if run else None)
    done = export(folder, form, output or Path(f"{folder.name}-{form}"))
    name_default(folder, run)
    console.print(
        f"saved {done.folder}: {done.size / 1e6:.2f} MB; no logit differs by more than "
        f"{done.difference:.2g}; try: python {done.folder / 'predict.py'} 'A lovely film.'"
    )
