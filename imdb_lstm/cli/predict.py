"""``imdb-lstm predict``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from imdb_lstm.cli.console import (
    AbstentionRate,
    Backend,
    Device,
    Precision,
    Runs,
    TextFile,
    Texts,
    app,
    check_written,
    examples,
    find_runs,
    name_default,
    output_stream,
    parsed_precision,
    readable,
    standard_input,
    tell_rejected,
    tell_scored,
)
from imdb_lstm.cli.options import text_options
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.outputs import STDIN, files_of, is_stream

if TYPE_CHECKING:
    from imdb_lstm.inference.score import Scored

Item = TypeVar("Item")


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
        typer.Option(help="CSV, TSV, JSONL or Parquet to write. (default: standard output)"),
    ] = None,
    run: Runs = None,
    abstention_rate: AbstentionRate = 0,
    precision: Precision = None,
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
    check_written(output, [file or (None if texts else STDIN), *files_of(folders)])
    stream = sys.stdin if texts or file else standard_input()
    from imdb_lstm.config.options import Config
    from imdb_lstm.config.values import with_values
    from imdb_lstm.data.texts import given_input, open_input
    from imdb_lstm.inference.bulk import write_file, write_stream
    from imdb_lstm.inference.predictions import Columns, scored_chunks
    from imdb_lstm.inference.score import decision_rule_of, score_chunks
    from imdb_lstm.inference.writers import make_writer

    options = with_values(Config(), columns, "the options")
    rule, effect = decision_rule_of(folders, abstention_rate, parsed_precision(precision))
    own = open_input([str(file)], options) if file else given_input(readable(texts), stream)
    shown = Columns(own.columns, rule.names, own_first=file is not None)

    def score(chunks: Iterable[list[str]]) -> Iterator[list[Scored]]:
        found = score_chunks(folders, chunks, workers, device, backend, rule)
        return _named_first(found, folders[0], run)

    if output and not is_stream(output):
        summary, rejects = write_file(own, output, shown, score)
        tell_scored(summary, rejects, effect)
        return
    with output_stream(output) as target:
        chunks = scored_chunks(own.rows(), score, shown)
        summary = write_stream(chunks, make_writer(None, own, shown), target, tell_rejected)
    tell_scored(summary, None, effect)


def _named_first(scored: Iterable[Item], folder: Path, named: object) -> Iterator[Item]:
    """The same items; as soon as there is one, or none, a run that was not asked for is named."""
    remaining = iter(scored)
    first = list(islice(remaining, 1))
    name_default(folder, named)
    yield from chain(first, remaining)
