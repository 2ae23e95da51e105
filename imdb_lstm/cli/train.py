"""``imdb-lstm train``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from imdb_lstm.api import DID_NOT_LEARN, configured
from imdb_lstm.cli.console import (
    PREPARE_ONLY,
    ConfigFile,
    Folder,
    app,
    console,
    end_if_unread,
    errors,
    examples,
)
from imdb_lstm.cli.options import config_options
from imdb_lstm.cli.tables import folds_table, trained_line
from imdb_lstm.config.fields import NETWORK, NGRAMS
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import TRAINING_PRESETS
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.find import SAVED_MODELS


@app.command(
    "train",
    epilog=examples(
        "imdb-lstm train",
        "imdb-lstm train --data reviews.csv --text-column comment --name mine",
        "imdb-lstm train --resume",
    ),
)
@config_options(NETWORK, NGRAMS)
def train_command(
    *,
    preset: Annotated[
        str | None,
        typer.Option(
            help=f"Preset of options: {', '.join(TRAINING_PRESETS)}. (default: by the data)"
        ),
    ] = None,
    config: ConfigFile = None,
    output: Folder = SAVED_MODELS,
    name: Annotated[
        str | None, typer.Option(help="Name of the run. (default: data, encoder and time)")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume an unfinished run.")] = False,
    prepare_only: Annotated[bool, PREPARE_ONLY] = False,
    options: dict[str, Any],
) -> None:
    """Train a model and save it as a run. Options override --config, which overrides --preset."""
    chosen, name = configured(output, name, resume, preset, config, options)
    from imdb_lstm.runs.files import read_metrics
    from imdb_lstm.runs.unfinished import unfinished_folder
    from imdb_lstm.training.progress import console_progress
    from imdb_lstm.training.results import did_not_learn
    from imdb_lstm.training.train import train

    if prepare_only and chosen.folds and not chosen.fold:
        raise ConfigError("--prepare-only prepares one run: give --fold beside --folds")
    try:
        if chosen.folds and not chosen.fold:
            _cross_validate(chosen, output, name)
            return
        with console_progress(console) as reporter:
            folder = train(chosen, output, name, resume, prepare_only, reporter)
    except (KeyboardInterrupt, OSError) as error:  # an OSError: its lines are no longer read
        if unfinished_folder(output, name).exists():
            errors.print(f"interrupted; resume with: {_resume_command(name, output)}")
        else:
            errors.print("interrupted before the first epoch; nothing was written")
        end_if_unread(error)
        raise
    if prepare_only:
        resume_there = _resume_command(name, SAVED_MODELS)
        console.print(f"copy {folder} to another machine, then resume with {resume_there}")
        return
    metrics = read_metrics(folder)
    console.print(trained_line(folder, metrics))
    if did_not_learn(metrics):
        errors.print(DID_NOT_LEARN)


def _cross_validate(config: Config, output: Path, name: str) -> None:
    """Train and evaluate a run for each fold, and print the mean of what they measure."""
    from imdb_lstm.evaluation.cross_validation import (
        cross_validate,
        cross_validation_metrics,
        write_cross_validation,
    )
    from imdb_lstm.training.progress import console_progress

    with console_progress(console) as reporter:
        found = cross_validate(config, output, name, reporter)
    metrics = cross_validation_metrics(found)
    console.print(folds_table(metrics))
    console.print(f"written to {write_cross_validation(found, metrics, output, name)}")


def _resume_command(name: str, output: Path) -> str:
    """The command that resumes an unfinished run."""
    place = "" if output == SAVED_MODELS else f" --output {shlex.quote(str(output))}"
    return f"imdb-lstm train --resume --name {shlex.quote(name)}{place}"
