"""``imdb-lstm train``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from imdb_lstm.cli.console import PREPARE_ONLY, Folder, app, console, errors
from imdb_lstm.cli.options import config_options
from imdb_lstm.cli.tables import trained_line
from imdb_lstm.config import Config
from imdb_lstm.interface import DID_NOT_LEARN, configured
from imdb_lstm.options import read_toml
from imdb_lstm.presets import resolve
from imdb_lstm.runs import SAVED_MODELS


@app.command()
@config_options
def train(
    *,
    preset: Annotated[
        str | None,
        typer.Option(
            help="Values to begin from: quick, standard, finetuned, best, distilled, plain or "
            "small. (default: by the data)"
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file of values, over the preset's.")
    ] = None,
    output: Folder = SAVED_MODELS,
    name: Annotated[
        str | None, typer.Option(help="Name of the run. (default: data, encoder and time)")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run.")] = False,
    prepare_only: Annotated[bool, PREPARE_ONLY] = False,
    options: dict[str, Any],
) -> None:
    """Train a network and save it as a run. Options go over --config, which goes over --preset."""
    chosen, name = configured(output, name, resume, preset, config, options)
    from imdb_lstm import artifacts
    from imdb_lstm import train as training
    from imdb_lstm.progress import ProgressBar

    progress = ProgressBar(console)
    try:
        folder = training.train(
            chosen, output, name, resume, [progress], console.print, prepare_only
        )
    except KeyboardInterrupt:
        if not artifacts.unfinished_folder(output, name).exists():
            errors.print("interrupted before the first epoch; nothing was written")
            raise
        errors.print(f"interrupted; go on with: {_going_on(name, output)}")
        raise
    finally:
        progress.bar.stop()  # gives the terminal's cursor back
    if prepare_only:
        console.print(f"carry {folder}; there, go on with {_going_on(name, SAVED_MODELS)}")
        return
    metrics = artifacts.read_metrics(folder)
    console.print(trained_line(folder, metrics))
    if training.did_not_learn(metrics):
        errors.print(DID_NOT_LEARN)


def _going_on(name: str, output: Path) -> str:
    """The command that goes on with an unfinished run."""
    place = "" if output == SAVED_MODELS else f" --output {shlex.quote(str(output))}"
    return f"imdb-lstm train --resume --name {shlex.quote(name)}{place}"


def resolved(preset: str | None, file: Path | None, options: dict[str, Any]) -> Config:
    """The configuration that the command line asks for."""
    return resolve(preset, read_toml(file) if file else {}, options)
