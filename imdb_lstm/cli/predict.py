"""``imdb-lstm predict``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from imdb_lstm.cli.console import Device, TextColumn, TextFile, Texts, app, errors, examples
from imdb_lstm.errors import ConfigError


@app.command(
    "predict",
    epilog=examples(
        'imdb-lstm predict "Not bad at all!"',
        "imdb-lstm predict --file new.csv --output scored.csv",
    ),
)
def predict_command(
    texts: Texts = None,
    file: TextFile = None,
    text_column: TextColumn = "text",
    output: Annotated[
        Path | None, typer.Option(help="CSV to write. (default: standard output)")
    ] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            help="Run folder, or its name in saved_models; several are an ensemble. "
            "(default: the newest, or else the one that comes with the package)"
        ),
    ] = None,
    abstention_rate: Annotated[
        float,
        typer.Option(
            help='Abstention rate: "unsure" for reviews as uncertain as this share of validation.',
            min=0,
            max=0.99,
        ),
    ] = 0,
    positive_precision: Annotated[
        float | None,
        typer.Option(
            help='Say "positive" only above the threshold with this precision on validation.',
            min=0,
            max=1,
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Processes that score in parallel, one core each.", min=1)
    ] = 1,
    device: Device = "auto",
) -> None:
    """Predict the probability that each review is positive, and a verdict."""
    if texts and file:
        raise ConfigError("give texts or --file, not both")
    from imdb_lstm.data.readers import input_texts
    from imdb_lstm.inference.score import decision_rule_of, score_texts, write_predictions
    from imdb_lstm.metrics.decision_rule import DecisionRule

    rule, effect = DecisionRule(), ""
    if abstention_rate or positive_precision is not None:
        rule, effect = decision_rule_of(run, abstention_rate, positive_precision)
    source = input_texts(texts, file, text_column, sys.stdin)
    scored = score_texts(run, source, workers, device, rule)
    try:
        write_predictions(scored, output, sys.stdout)
        if effect:
            errors.print(effect)
        sys.stdout.flush()  # here, not at exit, where a closed pipe is an error
    except BrokenPipeError:  # the reader, head for one, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
