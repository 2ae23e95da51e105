"""``imdb-lstm predict``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Device, app, errors
from imdb_lstm.errors import ConfigError


@app.command()
def predict(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Reviews. Without any: standard input, one a line.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="CSV, TSV, JSONL, or TXT with one review a line; or .gz.")
    ] = None,
    text_column: Annotated[str, typer.Option(help="Column of the text, in a file.")] = "text",
    output: Annotated[
        Path | None, typer.Option(help="CSV to write. (default: standard output)")
    ] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            help="Run folder, or its name in saved_models; several predict together. "
            "(default: the newest, or else the one that comes with the package)"
        ),
    ] = None,
    unsure_share: Annotated[
        float,
        typer.Option(
            help='Say "unsure" of reviews like this share of validation, the least certain of it.',
            min=0,
            max=0.99,
        ),
    ] = 0,
    positive_precision: Annotated[
        float | None,
        typer.Option(
            help='Say "positive" so rarely that on validation this share of it was right.',
            min=0,
            max=1,
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Processes that score, one core each; for a large file.", min=1)
    ] = 1,
    device: Device = "auto",
) -> None:
    """Say how likely each review is positive: probability, verdict, text."""
    if texts and file:
        raise ConfigError("give texts or --file, not both")
    from imdb_lstm import predict as prediction
    from imdb_lstm.calibration import VerdictRule

    rule, told = VerdictRule(), ""
    if unsure_share or positive_precision is not None:
        rule, told = prediction.verdict_rule(run, unsure_share, positive_precision)
    source = prediction.read_texts(texts, file, text_column, sys.stdin)
    scored = prediction.score(run, source, workers, device, rule)
    try:
        prediction.write_predictions(scored, output, sys.stdout)
        if told:
            errors.print(told)
        sys.stdout.flush()  # here, not at exit, where a closed pipe is an error
    except BrokenPipeError:  # the reader, head for one, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
