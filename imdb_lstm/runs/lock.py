"""The lock of a folder that one process at a time may write to: that of a run in training, say.

The lock is of the operating system and ends with the process, however that ends; its file only
holds the number of the process, and stays.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from imdb_lstm.errors import RunError
from imdb_lstm.runs.files import writing

LOCK_FILE = ".lock"


@contextlib.contextmanager
def locked(folder: Path, name: str, activity: str) -> Iterator[None]:
    """Lock an existing folder for the duration of the block.

    Raises ``RunError`` when another process has locked it: ``name`` is then "being" ``activity``.
    """
    with writing(folder):
        stream = (folder / LOCK_FILE).open("a+", encoding="utf-8")
    with stream:
        _lock(stream, fcntl.LOCK_EX, name, activity)
        with contextlib.suppress(OSError):  # a full disk: the lock holds without the number
            os.ftruncate(stream.fileno(), 0)
            os.write(stream.fileno(), str(os.getpid()).encode())
        yield


def check_unlocked(folder: Path, name: str, activity: str) -> None:
    """Raise ``RunError`` when a process has locked the folder, which need not exist."""
    with (
        contextlib.suppress(OSError),
        (folder / LOCK_FILE).open("r", encoding="utf-8") as stream,
    ):
        _lock(stream, fcntl.LOCK_SH, name, activity)


def _lock(stream: TextIO, kind: int, name: str, activity: str) -> None:
    try:
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        stream.seek(0)
        process = f"process {number}" if (number := stream.read().strip()) else "another process"
        raise RunError(
            f"{name} is being {activity} by {process}: wait for it, or choose another --name"
        ) from error
    except OSError:  # a file system without locks
        return
