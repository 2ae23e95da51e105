"""``imdb-lstm predict``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from imdb_lstm.cli.console import (
    Device,
    TextColumn,
    TextFile,
    Texts,
    app,
    check_standard_output,
    errors,
    examples,
    find_runs,
    name_default,
    readable,
    standard_input,
)
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.outputs import STDIN, STDOUT, check_not_read, check_output, files_of

Row = TypeVar("Row")


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
    folders = find_runs(run)
    _check_output(output, [file or (None if texts else STDIN), *files_of(folders)])
    stream = sys.stdin if texts or file else standard_input()
    from imdb_lstm.data.readers import input_texts
    from imdb_lstm.inference.score import decision_rule_of, score_texts, write_predictions
    from imdb_lstm.metrics.decision_rule import DecisionRule

    rule, effect = DecisionRule(), ""
    if abstention_rate or positive_precision is not None:
        rule, effect = decision_rule_of(folders, abstention_rate, positive_precision)
    source = input_texts(readable(texts), file, text_column, stream)
    scored = _named_first(score_texts(folders, source, workers, device, rule), folders[0], run)
    write_predictions(scored, output, sys.stdout)
    if effect:
        errors.print(effect)


def _check_output(output: Path | None, inputs: Sequence[Path | None]) -> None:
    """Raise ``OutputError`` for a file, or a standard output, that cannot be written."""
    if output is not None:
        check_output(output, *inputs)
        return
    check_standard_output("--output")
    check_not_read(STDOUT, *inputs)  # in the shell, >> FILE


def _named_first(scored: Iterable[Row], folder: Path, named: object) -> Iterator[Row]:
    """The same rows; as soon as there is one, or none, the run is named that was not asked for."""
    rows = iter(scored)
    first = list(islice(rows, 1))
    name_default(folder, named)
    yield from chain(first, rows)
