"""``imdb-lstm predict``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from imdb_lstm.cli.console import (
    Backend,
    Device,
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
from imdb_lstm.cli.options import text_options
from imdb_lstm.data.labels import as_number
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.outputs import STDIN, STDOUT, check_not_read, check_output, files_of

if TYPE_CHECKING:
    from imdb_lstm.data.files.rows import BadRow

Row = TypeVar("Row")


@app.command(
    "predict",
    epilog=examples(
        'imdb-lstm predict "Not bad at all!"',
        "imdb-lstm predict --file new.csv --output scored.csv",
    ),
)
@text_options
def predict_command(
    texts: Texts = None,
    file: TextFile = None,
    output: Annotated[
        Path | None,
        typer.Option(help="CSV, TSV or JSONL to write. (default: standard output)"),
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
    precision: Annotated[
        str | None,
        typer.Option(
            help="Give a class only above the threshold with this precision on validation.",
            metavar="CLASS=SHARE",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(help="Processes that score in parallel, one core each.", min=1)
    ] = 1,
    device: Device = "auto",
    backend: Backend = "auto",
    *,
    columns: dict[str, Any],
) -> None:
    """Predict a verdict for each review, and the probability of the positive class.

    Of three and more classes, that of each. The columns of a file are kept, with
    probability and verdict after them.
    """
    if texts and file:
        raise ConfigError("give texts or --file, not both")
    folders = find_runs(run)
    _check_output(output, [file or (None if texts else STDIN), *files_of(folders)])
    stream = sys.stdin if texts or file else standard_input()
    from imdb_lstm.config.options import Config
    from imdb_lstm.config.values import with_values
    from imdb_lstm.data.texts import input_rows
    from imdb_lstm.inference.predictions import JSON_LINES, predicted_rows, write_predictions
    from imdb_lstm.inference.score import decision_rule_of, score_texts

    options = with_values(Config(), columns, "the options")
    rule, effect = decision_rule_of(folders, abstention_rate, _parsed(precision))
    bad: list[BadRow] = []
    rows = input_rows(readable(texts), str(file) if file else None, options, stream, bad)
    scored = predicted_rows(
        rows, lambda found: score_texts(folders, found, workers, device, backend, rule)
    )
    as_json = file is not None and file.suffix.lower() in JSON_LINES
    named = _named_first(scored, folders[0], run)
    own_first = file is not None
    count, unknown = write_predictions(named, output, sys.stdout, as_json, own_first, rule.names)
    if unknown:
        errors.print(
            f"warning: {unknown:,} of {count:,} texts have no word that the model knows: their "
            "probability says nothing"
        )
    if effect:
        errors.print(effect)
    if bad:
        _reject(bad, output)


def _parsed(precision: str | None) -> tuple[str, float] | None:
    """The class and the share of CLASS=SHARE. Raises ``ConfigError``."""
    if precision is None:
        return None
    name, _, share = precision.rpartition("=")
    number = as_number(share)
    if not name or number is None or not 0 <= number <= 1:
        raise ConfigError(
            f"--precision {precision} must be a class and a share from 0 to 1, as positive=0.95"
        )
    return name.strip(), number


def _reject(bad: Sequence[BadRow], output: Path | None) -> None:
    """Tell how many rows cannot be read, and list them beside the output, if that is a file."""
    from imdb_lstm.inference.predictions import write_rejects

    rejects = output and write_rejects(bad, output.with_name(f"{output.stem}.rejects.csv"))
    kept = f", and listed in {rejects}" if rejects else ""
    errors.print(f"{len(bad):,} rows that cannot be read are left out{kept}")


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
