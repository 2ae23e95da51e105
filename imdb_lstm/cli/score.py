"""``imdb-lstm score``."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from imdb_lstm.cli.console import (
    AbstentionRate,
    Precision,
    Runs,
    Workers,
    app,
    check_written,
    errors,
    examples,
    find_runs,
    name_default,
    output_stream,
    parsed_precision,
    standard_input,
    tell_rejected,
    tell_scored,
)
from imdb_lstm.cli.options import bulk_options
from imdb_lstm.errors import SOME_REJECTED, ConfigError
from imdb_lstm.runs.outputs import STDIN, files_of, is_stream

if TYPE_CHECKING:
    from imdb_lstm.data.texts import Input
    from imdb_lstm.inference.bulk import Report
    from imdb_lstm.inference.predictions import Columns, Summary
    from imdb_lstm.inference.score import Score


@app.command(
    "score",
    epilog=examples(
        "imdb-lstm score reviews.csv --output scored.csv",
        "imdb-lstm score 'part-*.jsonl.gz' --output scored.jsonl.gz --resume",
    ),
)
@bulk_options
def score_command(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE...",
            help="Tables of any format, or TXT with one review per line; patterns; - or nothing "
            "for standard input.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="CSV, TSV, JSONL (perhaps .gz, .bz2, .xz or .zst) or Parquet to write. "
            "(default: standard output, in the format of the first file)"
        ),
    ] = None,
    run: Runs = None,
    abstention_rate: AbstentionRate = 0,
    precision: Precision = None,
    workers: Workers = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Continue an output that is unfinished, if there is one."),
    ] = False,
    *,
    columns: dict[str, Any],
) -> None:
    """Score files of any size: a row with probability and verdict for each row.

    Rows keep their order and their columns. Those that cannot be read are listed in
    OUTPUT.rejects.csv, and the exit code is then 6. A command that was ended goes on with
    --resume, and the output is that of one that was not.
    """
    from imdb_lstm.data.files.find import find_files
    from imdb_lstm.inference.bulk import score_in_processes
    from imdb_lstm.inference.score import decision_rule_of
    from imdb_lstm.threads import threads

    folders = find_runs(run)
    paths = [path for file in files or ["-"] for path in find_files(file)]
    inputs = [STDIN if path == "-" else Path(path) for path in paths]
    if STDIN in inputs:
        standard_input()
    check_written(output, [*inputs, *files_of(folders)])
    rule, effect = decision_rule_of(folders, abstention_rate, parsed_precision(precision))
    score = score_in_processes(folders, rule, workers or threads())
    given = {**columns, "abstention_rate": abstention_rate, "precision": precision}
    started = time.monotonic()
    job = _open(paths, folders, rule.names, columns, score)
    name_default(folders[0], run)
    if output is None or is_stream(output):
        summary, rejects = _to_stream(job, output, resume), None
    else:
        summary, rejects = _to_file(job, output, given, resume)
    _tell_rate(summary.rows - job.before, time.monotonic() - started, summary)
    tell_scored(summary, rejects, effect)
    if summary.rejects:
        raise typer.Exit(SOME_REJECTED)


@dataclass
class Job:
    """What is scored, by what, and into which columns; ``before``: rows that were scored before."""

    found: Input
    folders: list[Path]
    columns: Columns
    score: Score
    before: int = 0


def _open(
    paths: list[str], folders: list[Path], names: Sequence[str], options: Any, score: Score
) -> Job:
    from imdb_lstm.config.options import Config
    from imdb_lstm.config.values import with_values
    from imdb_lstm.data.texts import open_input
    from imdb_lstm.inference.predictions import Columns

    found = open_input(paths, with_values(Config(bad_rows="skip"), options, "the options"))
    return Job(found, folders, Columns(found.columns, names, details=True), score)


def _to_stream(job: Job, output: Path | None, resume: bool) -> Summary:
    from imdb_lstm.inference.bulk import write_stream
    from imdb_lstm.inference.predictions import scored_chunks
    from imdb_lstm.inference.writers import make_writer

    if resume:
        raise ConfigError("--resume: standard output cannot be continued, give an --output file")
    with output_stream(output) as target:
        chunks = scored_chunks(job.found.rows(), job.score, job.columns)
        writer = make_writer(None, job.found, job.columns)
        return write_stream(chunks, writer, target, tell_rejected)


def _to_file(
    job: Job, output: Path, options: dict[str, Any], resume: bool
) -> tuple[Summary, Path | None]:
    from imdb_lstm.inference.bulk import can_be_read_again, fingerprint, write_file
    from imdb_lstm.inference.part import part_path

    made_from = None
    if can_be_read_again(job.found):
        # Whether a row that cannot be read stops or is skipped changes no other row.
        given = {name: value for name, value in options.items() if name != "bad_rows"}
        made_from = fingerprint(job.found, job.folders, job.columns, **given)
    elif resume:
        raise ConfigError("--resume: standard input cannot be read again, give a FILE")
    try:
        with _progress(job) as report:
            return write_file(job.found, output, job.columns, job.score, made_from, resume, report)
    except BaseException as error:
        if made_from and part_path(output).exists() and not isinstance(error, ConfigError):
            errors.print(f"{part_path(output)} is unfinished; continue with the same command and "
                         "--resume")  # fmt: skip
        raise


@contextmanager
def _progress(job: Job) -> Iterator[Report]:
    """A bar on a terminal, with the time left: the rows are counted for it first."""
    total = job.found.count() if errors.is_terminal else None
    bar = Progress(
        BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]} a second"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
        console=errors, transient=True, disable=total is None,
    )  # fmt: skip
    task = bar.add_task("", total=total, rate="-", start=False)

    def report(summary: Summary) -> None:
        if not bar.tasks[0].started:  # what was scored before is no speed
            job.before = summary.rows
            bar.update(task, completed=summary.read)
            bar.start_task(task)
            return
        bar.update(task, completed=summary.read, rate=f"{bar.tasks[0].speed or 0:,.0f}")

    with bar:
        yield report


def _tell_rate(rows: int, seconds: float, summary: Summary) -> None:
    """Say how many rows were scored, how fast, and how many of each verdict there are."""
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in summary.verdicts.most_common())
    errors.print(
        f"scored {rows:,} rows in {seconds:,.1f} seconds, {rows / seconds:,.0f} a second"
        + (f"; with those before {summary.rows:,}" if rows != summary.rows else "")
        + (f": {counts}" if counts else "")
    )
