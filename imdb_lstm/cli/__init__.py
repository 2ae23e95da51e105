"""The command line: the only code that parses arguments and prints. One module per command.

Heavy modules are imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import sys

import typer

from imdb_lstm.cli.console import app, console, errors, show_told
from imdb_lstm.cli.options import show_defaults_for
from imdb_lstm.cli.process import (
    Interrupted,
    end_on_signals,
    escape_unprintable,
    give_up_output,
    open_closed_streams,
    silence_native_code,
)
from imdb_lstm.errors import INTERNAL_ERROR, INTERRUPTED, OutputError, UserError, one_line

# One module per command.
COMMANDS = (
    "train", "evaluate", "predict", "score", "explain", "compare", "report", "tune", "pretrain",
    "quantize", "prune", "average", "export", "demo", "push", "beam", "serve", "data", "doctor",
)  # fmt: skip
DEBUG = "--debug"
LONGEST_MESSAGE = 4_000  # characters
NARROWEST_FRAMES = 80  # characters of a terminal
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
UNWRITABLE = (*NO_SPACE, errno.EIO, errno.EBADF, errno.EFBIG)


def load_commands(*names: str) -> None:
    """Import the modules of these commands, by default of all, each of which adds its commands."""
    for name in names or COMMANDS:
        importlib.import_module(f"{__name__}.{name}")


def main(arguments: list[str] | None = None) -> int:
    """Run a command; an error that a user can fix becomes one line and an exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    streams = sys.stdout, sys.stderr  # Typer replaces them when a pipe is broken
    try:
        escape_unprintable()
        show_told()
        code = _run(words)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, not at exit, where an error has a traceback
        return code
    except BrokenPipeError:  # the reader, head for one, has had enough
        return 0
    except SystemExit as ending:  # Rich and Typer end so when a pipe is broken
        if not isinstance(ending.__context__, BrokenPipeError):
            raise
        return 0
    except Exception as error:
        if DEBUG in _options(words):
            raise
        return _report(error)
    except KeyboardInterrupt:
        return Interrupted.exit_code
    finally:
        sys.stdout, sys.stderr = streams
        give_up_output()


def _run(words: list[str]) -> int:
    """Run the command that the words name, and return its exit code."""
    options = _options(words)
    rest = words[len(options) :]
    first = next((word for word in options if not word.startswith("-")), "")
    load_commands(*([first] if first in COMMANDS else []))
    if "--help" in options:
        show_defaults_for(options)
    # The help with frames cuts the names of options in a narrow terminal; the plain one does not.
    app.rich_markup_mode = "rich" if console.width >= NARROWEST_FRAMES else None
    command = typer.main.get_command(app)
    given = [word for word in options if word != DEBUG] + rest
    code = command.main(given, prog_name="imdb-lstm", standalone_mode=False, obj=words) or 0
    return Interrupted.exit_code if code == INTERRUPTED else code


def _options(words: list[str]) -> list[str]:
    """The words before ``--``; those after it are texts, whatever they look like."""
    return words[: words.index("--")] if "--" in words else words


def entry_point() -> None:
    """The ``imdb-lstm`` script."""
    open_closed_streams()
    end_on_signals()
    if DEBUG not in _options(sys.argv):
        silence_native_code()
    sys.exit(main())


def _report(error: Exception) -> int:
    """Print one line about an error; return the exit code."""
    if isinstance(error, UserError):
        message, code = str(error), error.exit_code
    elif hasattr(error, "format_message"):  # typer's usage errors
        if type(error).__name__ == "NoArgsIsHelpError":
            with contextlib.suppress(OSError):
                console.print(error.format_message())
            return 2
        message, code = f"{error.format_message()} (see --help)", 2
    elif isinstance(error, typer.Abort):
        return Interrupted.exit_code
    elif isinstance(error, OSError) and error.errno in UNWRITABLE:
        message, code = _unwritable(error), OutputError.exit_code
    else:
        message = f"internal error, {type(error).__name__}: {error} (--debug shows where)"
        code = INTERNAL_ERROR
    errors.print(f"imdb-lstm: {one_line(message, LONGEST_MESSAGE)}")
    return code


def _unwritable(error: OSError) -> str:
    """What could not be written: an error without a file is one of standard output."""
    place = error.filename or "standard output"
    why = "no space left" if error.errno in NO_SPACE else error.strerror
    return f"{place} cannot be written: {why}"
