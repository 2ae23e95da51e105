"""``imdb-lstm export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Run, app, console, examples, find_runs, name_default
from imdb_lstm.errors import ConfigError

PAGE = "html"


@app.command(
    "export", epilog=examples("imdb-lstm export imdb --format numpy --output imdb-numpy")
)  # fmt: skip
def export_command(
    run: Run = None,
    format: Annotated[
        str, typer.Option(help="What to write.", metavar="keras|onnx|saved_model|numpy|html")
    ] = "keras",
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write, or file of html. (default: the run's, with -FORMAT)"),
    ] = None,
) -> None:
    """Write a run for programs without this package: Keras, ONNX, TensorFlow, NumPy, a browser."""
    from imdb_lstm.inference.export.export import FORMATS, export

    if format not in (*FORMATS, PAGE):
        known = ", ".join((*FORMATS, PAGE))
        raise ConfigError(f"--format must be one of {known}, not {format!r}")
    (folder,) = find_runs([run] if run else None)
    if format == PAGE:
        tell_page(folder, output)
        name_default(folder, run)
        return
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


def tell_page(folder: Path, output: Path | None) -> Path:
    """Write the HTML page of a run, say so, and return its path."""
    from imdb_lstm.page.write import write_page

    done = write_page(folder, output)
    console.print(
        f"saved {done.path}, {done.bytes / 1e6:.2f} MB: on {done.texts} texts its weights of 8 "
        f"bits change no logit by more than {done.difference:.2g}"
    )
    return done.path
