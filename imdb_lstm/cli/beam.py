"""``imdb-lstm beam``."""

from __future__ import annotations

from typing import Annotated

import typer

from imdb_lstm.cli.console import AbstentionRate, Runs, app, examples
from imdb_lstm.errors import ConfigError


@app.command(
    "beam",
    epilog=examples(
        "imdb-lstm beam 'in-*.jsonl' --output scored -- "
        "--runner=DirectRunner --direct_running_mode=multi_processing --direct_num_workers=4"
    ),
)
def beam_command(
    pattern: Annotated[str, typer.Argument(help="Files of JSON lines, where Beam reads them.")],
    pipeline: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- OPTION...]", help="Options of the pipeline of Beam."),
    ] = None,
    output: Annotated[
        str, typer.Option(help="Beginning of the names of files to write.")
    ] = "scored",
    run: Runs = None,
    text_column: Annotated[str, typer.Option(help="Column of the text.")] = "text",
    abstention_rate: AbstentionRate = 0,
) -> None:
    """Score sharded JSON lines with Apache Beam, on many machines if wanted.

    The columns are those of score; the order of rows is not kept.
    """
    try:
        from imdb_lstm.inference.beam import score_files
    except ImportError as error:
        raise ConfigError("beam needs Apache Beam: pip install 'imdb-lstm[beam]'") from error
    runs = [str(path) for path in run or ()]
    score_files(pattern, output, runs or None, text_column, abstention_rate, pipeline or ())
