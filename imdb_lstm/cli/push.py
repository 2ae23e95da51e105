"""``imdb-lstm push``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import app, console, examples, find_runs
from imdb_lstm.runs.outputs import check_folder


@app.command(
    "push",
    epilog=examples(
        "imdb-lstm push mine owner/films --dry-run films", "imdb-lstm push mine owner/films"
    ),
)
def push_command(
    run: Annotated[Path, typer.Argument(help="Run folder, or its name in saved_models.")],
    repository: Annotated[
        str, typer.Argument(help="OWNER/NAME on the Hugging Face Hub; made if it is new.")
    ],
    private: Annotated[
        bool, typer.Option("--private", help="Make a new repository private.")
    ] = False,
    dry_run: Annotated[
        Path | None,
        typer.Option(help="Write what would be sent into this folder, and send nothing."),
    ] = None,
) -> None:
    """Publish a run on the Hugging Face Hub, with a model card; --run hf://OWNER/NAME reads it."""
    from imdb_lstm.runs.publish import push, stage

    (folder,) = find_runs([run])
    if dry_run:
        check_folder(dry_run)
        names = stage(folder, repository, dry_run)
        console.print(f"written to {dry_run}, and not sent: {', '.join(names)}")
        return
    console.print(f"sent to {push(folder, repository, private)}")
    console.print(
        f'try it: imdb-lstm predict --run hf://{repository} "A joy from start to finish."'
    )
