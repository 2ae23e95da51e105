"""``imdb-lstm compact``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Device, app, console
from imdb_lstm.runs import SAVED_MODELS, find_run


@app.command()
def compact(
    run: Annotated[
        Path | None, typer.Argument(help="Run folder, or its name in saved_models. (newest)")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write. (default: the run's, with -compact)")
    ] = None,
    bits: Annotated[int, typer.Option(help="Bits of an embedding value: 8 or 4.")] = 8,
    words: Annotated[
        int, typer.Option(help="Keep so many words, the commonest; 0: all.", min=0)
    ] = 0,
    device: Device = "auto",
) -> None:
    """Make a finished network small: a run of the same format, its matrices rounded."""
    from imdb_lstm import compact as compacting

    done = compacting.compact(find_run(run, SAVED_MODELS), output, bits, words, device)
    before, after = done.bytes_before / 1e6, done.bytes_after / 1e6
    console.print(
        f"saved {done.folder}: {before:.2f} MB → {after:.2f} MB; "
        f"on {done.reviews:,} validation reviews no logit changed by more than "
        f"{done.largest_change:.2g}, accuracy "
        f"{done.accuracy_before:.4f} → {done.accuracy_after:.4f}"
    )
