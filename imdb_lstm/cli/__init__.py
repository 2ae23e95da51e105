"""The command line: the only code that parses arguments and prints. One module per command.

Heavy modules are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys

import typer

from imdb_lstm.cli.console import app, console, errors
from imdb_lstm.cli.options import show_defaults_for
from imdb_lstm.errors import INTERNAL_ERROR, INTERRUPTED, UserError

# One module per command; ``data`` also holds ``doctor``.
COMMANDS = (
    "train", "evaluate", "predict", "explain", "compare", "report", "tune", "pretrain", "quantize",
    "data",
)  # fmt: skip


def load_commands(*names: str) -> None:
    """Import the modules of these commands, by default of all, each of which adds its commands."""
    for name in names or COMMANDS:
        importlib.import_module(f"{__name__}.{name}")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; an error that a user can fix becomes one line and an exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    first = next((word for word in words if not word.startswith("-")), "")
    load_commands(*([first] if first in COMMANDS else []))
    if "--help" in words:
        show_defaults_for(words)
    command = typer.main.get_command(app)
    try:
        return (
            command.main(
                [word for word in words if word != "--debug"],
                prog_name="imdb-lstm",
                standalone_mode=False,
                obj=words,
            )
            or 0
        )
    except Exception as error:
        if debug:
            raise
        return _report(error)
    except KeyboardInterrupt:
        return INTERRUPTED


def entry_point() -> None:
    """The ``imdb-lstm`` script."""
    if "--debug" not in sys.argv:
        _silence_native_code()
    sys.exit(main())


def _silence_native_code() -> None:
    """Keep standard error for Python, since TensorFlow's native code logs to it."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _report(error: Exception) -> int:
    """Print one line about an error; return the exit code."""
    if isinstance(error, UserError):
        message, code = str(error), error.exit_code
    elif hasattr(error, "format_message"):  # typer's usage errors
        if type(error).__name__ == "NoArgsIsHelpError":
            console.print(error.format_message())
            return 2
        message, code = f"{error.format_message()} (see --help)", 2
    elif isinstance(error, typer.Abort):
        return INTERRUPTED
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        message, code = f"no space left to write {error.filename or 'a file'}", 5
    else:
        message = f"internal error, {type(error).__name__}: {error} (--debug shows where)"
        code = INTERNAL_ERROR
    errors.print(f"imdb-lstm: {' '.join(message.split())}")
    return code
