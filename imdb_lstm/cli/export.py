"""``imdb-lstm export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Run, app, console, examples, find_runs, name_default


@app.command(
    "export", epilog=examples("imdb-lstm export imdb --format numpy --output imdb-numpy")
)  # fmt: skip
def export_command(
    run: Run = None,
    format: Annotated[
        str, typer.Option(help="What to write.", metavar="keras|onnx|saved_model|numpy")
    ] = "keras",
    output: Annotated[
        Path | None, typer.Option(help="Folder to write. (default: the run's, with -FORMAT)")
    ] = None,
) -> None:
    """Write a run for programs without this package: Keras, ONNX, TensorFlow or NumPy."""
    from imdb_lstm.inference.export.export import export

    (folder,) = find_runs([run] if run else None)
    done = export(folder, format, output)
    name_default(folder, run)
    checked = done.checked
    console.print(
        f"saved {done.folder}, {done.bytes / 1e6:.2f} MB: on {checked.texts} texts no logit "
        f"differs by more than {checked.difference:.2g} in a fresh process"
    )
    if checked.otherwise:
        console.print(f"{checked.otherwise} other texts are split into other tokens than here")
    console.print(f'try it: python {done.folder / "predict.py"} "A joy from start to finish."')
