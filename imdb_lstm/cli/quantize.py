"""``imdb-lstm quantize``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Device, Run, app, examples, find_runs, name_default
from imdb_lstm.cli.copied import show_copied


@app.command("quantize", epilog=examples("imdb-lstm quantize imdb --bits 8"))
def quantize_command(
    run: Run = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write. (default: the run's, with -quantized)")
    ] = None,
    bits: Annotated[int, typer.Option(help="Bits per embedding value: 8 or 4.")] = 8,
    max_vocabulary: Annotated[
        int, typer.Option(help="Keep this many words, the most frequent; 0: all.", min=0)
    ] = 0,
    device: Device = "auto",
) -> None:
    """Write a quantized copy of a network: the same format in fewer bytes."""
    from imdb_lstm.inference.export.quantize import quantize

    (folder,) = find_runs([run] if run else None)
    done = quantize(folder, output, bits, max_vocabulary, device)
    name_default(folder, run)
    show_copied(done)
