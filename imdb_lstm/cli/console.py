"""What every command shares: the two applications, where they print, and common options."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer
from rich.console import Console

from imdb_lstm.data.files.rows import BadRow, plural
from imdb_lstm.data.labels import as_number
from imdb_lstm.errors import INTERRUPTED, ConfigError, DataError, OutputError, one_line
from imdb_lstm.runs.files import writing
from imdb_lstm.runs.find import SAVED_MODELS, default_run_line, find_run
from imdb_lstm.runs.outputs import STDOUT, check_not_read, check_output

if TYPE_CHECKING:
    from imdb_lstm.inference.predictions import Summary

app = typer.Typer(
    help="Train, evaluate and use LSTM networks for sentiment classification of film reviews.",
    epilog="Exit codes: 0 done, 2 wrong options, 3 reviews missing or unreadable, 4 run folder "
    "missing or damaged, 5 cannot write, 6 some rows cannot be read, 130 interrupted (143 by "
    "SIGTERM, 129 by SIGHUP), 1 an error of the program itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
data_app = typer.Typer(help="Prepare and describe reviews.", no_args_is_help=True)
app.add_typer(data_app, name="data")


class Output(Console):
    """Standard output. A reader that has had enough, ``head`` for one, ends the command."""

    def on_broken_pipe(self) -> None:
        """Re-raise the error, which Rich would turn into the exit code 1."""
        raise


class Errors(Output):
    """Standard error. A line that cannot be printed there cannot be reported either."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, if possible."""
        with contextlib.suppress(OSError, ValueError):
            super().print(*objects, **options)


console = Output(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Errors(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

Run = Annotated[
    Path | None, typer.Argument(help="Run folder, or its name in saved_models. (default: newest)")
]
Data = Annotated[
    str | None,
    typer.Option(
        help="imdb, sample, challenge, counterfactuals or a file. (default: what was trained on)"
    ),
]
Split = Annotated[
    str | None,
    typer.Option(help="train, validation, test or all. (default: test; all of another file)"),
]
Texts = Annotated[
    list[str] | None,
    typer.Argument(help="Reviews. Without any: standard input, one per line."),
]
TextFile = Annotated[
    Path | None,
    typer.Option(
        help="Table of any format, or TXT with one review per line; - for standard input."
    ),
]
Runs = Annotated[
    list[Path] | None,
    typer.Option(
        "--run",
        help="Run folder, or its name in saved_models; several are an ensemble. "
        "(default: the newest, or else the one that comes with the package)",
    ),
]
AbstentionRate = Annotated[
    float,
    typer.Option(
        help='Abstention rate: "unsure" for reviews as uncertain as this share of validation.',
        min=0,
        max=0.99,
    ),
]
Precision = Annotated[
    str | None,
    typer.Option(
        help="Give a class only above the threshold with this precision on validation.",
        metavar="CLASS=SHARE",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        help="Processes that compute, one core each. (default: one a core)",
        min=1,
        show_default=False,
    ),
]
Folder = Annotated[Path, typer.Option(help="Folder of the runs.")]
ConfigFile = Annotated[
    Path | None, typer.Option(help="TOML file of options, which override the preset.")
]
Device = Annotated[str, typer.Option(help="Where to compute: auto, cpu or gpu.")]
Backend = Annotated[
    str,
    typer.Option(
        help="What networks predict with; auto is keras on a GPU, or else numpy.",
        metavar="auto|numpy|keras",
    ),
]
PREPARE_ONLY = typer.Option(
    "--prepare-only",
    help="Stop before the first step: the folder then holds all that is trained on, as ids, and "
    "can be copied to another machine.",
)


class Told(logging.Handler):
    """Shows what the package tells of the files that it reads, on standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line."""
        mark = "warning: " if record.levelno >= logging.WARNING else ""
        errors.print(" ".join(f"{mark}{record.getMessage()}".split()))


def show_told() -> None:
    """Print on standard error what the package tells."""
    logger = logging.getLogger("imdb_lstm")
    logger.handlers, logger.propagate = [Told()], False
    logger.setLevel(logging.INFO)


def examples(*commands: str) -> str:
    """The examples at the end of a command's help.

    >>> examples("imdb-lstm data prepare")
    'Example: imdb-lstm data prepare'
    """
    heading = "Example" if len(commands) == 1 else "Examples"
    return f"{heading}: {'; '.join(commands)}"


def find_runs(named: Sequence[Path] | None) -> list[Path]:
    """The folders of the named runs, or that of the run that answers where none is named."""
    return [find_run(name, SAVED_MODELS) for name in named or (None,)]


def name_default(folder: Path, named: object) -> None:
    """Say on standard error which run has answered, unless it was named."""
    if not named:
        errors.print(default_run_line(folder, SAVED_MODELS))


def standard_input() -> TextIO:
    """Standard input. Raises ``DataError`` when it is closed."""
    if sys.stdin is None or sys.stdin.closed:
        raise DataError("standard input is closed: give texts, or a --file")
    return sys.stdin


def check_standard_output(option: str) -> None:
    """Raise ``OutputError`` when there is no standard output; ``option`` does without it."""
    if sys.stdout is None or sys.stdout.closed:
        raise OutputError(f"standard output is closed: give {option}")


def check_written(output: Path | None, inputs: Sequence[Path | None]) -> None:
    """Raise ``OutputError`` for a file, or a standard output, that cannot be written."""
    if output is not None:
        from imdb_lstm.inference.writers import rejects_path

        check_output(output, *inputs)
        check_not_read(rejects_path(output), *inputs)
        return
    check_standard_output("--output")
    check_not_read(STDOUT, *inputs)  # in the shell, >> FILE


@contextlib.contextmanager
def output_stream(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or the pipe or device of this path, opened."""
    if output is None:
        yield sys.stdout
        return
    with writing(output), output.open("w", encoding="utf-8", newline="") as stream:
        yield stream


def readable(texts: Sequence[str] | None) -> list[str]:
    """Texts of the command line, with U+FFFD for bytes that are not UTF-8."""
    return [t.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for t in texts or ()]


def parsed_precision(precision: str | None) -> tuple[str, float] | None:
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


def tell_scored(summary: Summary, rejects: Path | None, effect: str = "") -> None:
    """Say on standard error which texts no model knows, how verdicts are chosen, and the rejects.

    ``effect``: of the decision rule on validation reviews.
    """
    if summary.unknown:
        errors.print(
            f"warning: {summary.unknown:,} of {summary.rows:,} texts have no word that the model "
            "knows: their probability says nothing"
        )
    if effect:
        errors.print(effect)
    if summary.rejects:
        listed = f", and listed in {rejects}" if rejects else ""
        rows = plural("row", summary.rejects)
        errors.print(f"left out: {summary.rejects:,} {rows} that cannot be read{listed}")


def tell_rejected(row: BadRow) -> None:
    """Say on standard error which row cannot be read, and why, where no file lists it."""
    errors.print(one_line(f"{row.path}, line {row.line}: {row.reason}", 400))


def end_if_unread(error: BaseException) -> None:
    """End long work whose lines nobody reads any more as interrupted: it is not done."""
    if isinstance(error, BrokenPipeError):
        raise typer.Exit(INTERRUPTED) from error


def _print_version(asked: bool) -> None:
    if asked:
        from imdb_lstm import __version__

        console.print(f"imdb-lstm {__version__}")
        raise typer.Exit


@app.callback()
def common(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """``--debug`` is taken off in ``main``, so that it may be given anywhere; here for the help."""
