"""The process that runs a command: its standard streams and its signals."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import Any

from imdb_lstm.errors import INTERRUPTED

ENDING = ("SIGTERM", "SIGHUP")  # end a command as Ctrl-C does, with exit code 128 + their number


class Interrupted(KeyboardInterrupt):
    """The process was told to end. ``exit_code``: 128 and the number of the signal."""

    exit_code = INTERRUPTED


def end_on_signals() -> None:
    """Let a command that is told to end do what it does on Ctrl-C: say how to resume."""
    for name in ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:  # not under nohup
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    Interrupted.exit_code = 128 + number  # Typer would drop that of an instance
    raise Interrupted


def open_closed_streams() -> None:
    """Put the null device in place of standard streams that are closed.

    Otherwise the next file that is opened gets the number of one of them, and what is printed would
    be written into it.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # it gets the lowest free number, this one
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115  as long as the process


def escape_unprintable() -> None:
    """Have what an encoding does not have escaped when it is printed, and UTF-8 read if in doubt.

    ASCII is most often what a program gets that is told nothing about its terminal.
    """
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    if reconfigure := getattr(sys.stdin, "reconfigure", None):
        is_ascii = (sys.stdin.encoding or "").lower() in ("ascii", "us-ascii", "ansi_x3.4-1968")
        reconfigure(errors="strict", **({"encoding": "utf-8"} if is_ascii else {}))


def give_up_output() -> None:
    """Discard what could not be printed, which would fail again at the end of the process."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _discard(stream)
        except AttributeError:  # there is no such stream
            continue


def _discard(stream: Any) -> None:
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
        stream.flush()


def silence_native_code() -> None:
    """Keep standard error for Python, since TensorFlow's native code logs to it."""
    encoding = sys.stderr.encoding
    sys.stderr = os.fdopen(
        os.dup(2), "w", buffering=1, encoding=encoding, errors="backslashreplace"
    )
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
