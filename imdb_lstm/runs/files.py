"""Atomic writing of files, and reading of the files of a run folder.

Files of runs and results go through ``replacing``: a file is written under a temporary name,
synced and renamed, so that a file under its final name is always complete.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from imdb_lstm.errors import OutputError, RunError, UserError, one_line
from imdb_lstm.runs.measured import measured
from imdb_lstm.runs.outputs import is_stream, replaceable
from imdb_lstm.stored.arrays import StoredArrays, open_arrays
from imdb_lstm.stored.text import parse_json, read_text

TEMPORARY = ".tmp"  # part of every temporary name
LONGEST_END = 50  # characters of the final name, which is perhaps as long as a name can be


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path, which is renamed to ``path`` when the block ends without an error.

    The temporary name has the suffix of ``path``. A symbolic link stays, and the file that it
    points to is replaced; mode and owner of a file that was there before stay, too. A pipe or a
    device cannot be replaced: its own path is yielded. Raises ``OutputError`` when the file cannot
    be written; a file that was there before is kept then.
    """
    if is_stream(path):
        with writing(path):
            yield path
        return
    target = replaceable(path)
    temporary = target.with_name(f".{os.getpid()}{TEMPORARY}.{target.name[-LONGEST_END:]}")
    try:
        with writing(path):
            before = target.stat() if target.exists() else None
            if before:  # it may be private, and is so from the first byte on
                os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            yield temporary
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            if before:
                keep_mode_and_owner(temporary, before)
            temporary.replace(target)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an error while ``path`` is written into an ``OutputError``."""
    try:
        yield
    except BrokenPipeError:  # the reader of a pipe has had enough
        raise
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error


def keep_mode_and_owner(temporary: Path, before: os.stat_result) -> None:
    """Give a file the mode of the one that it replaces and, if this is possible, its owner."""
    with contextlib.suppress(PermissionError):  # only root gives a file away
        os.chown(temporary, before.st_uid, before.st_gid)
    temporary.chmod(stat.S_IMODE(before.st_mode))


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text; half a surrogate pair is escaped. Raises ``OutputError``."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")


def csv_text(rows: Iterable[Iterable[Any]], separator: str = ",") -> str:
    r"""Return rows as CSV with "\n" at the ends of lines.

    A lone "\r" in a cell is quoted, which ``csv`` does only if lines end in it as well.

    >>> csv_text([("a\rb", 1)])
    '"a\rb",1\n'
    """
    lines: list[str] = []
    csv.writer(SimpleNamespace(write=lines.append), delimiter=separator).writerows(rows)
    return "".join(f"{line[:-2]}\n" for line in lines)


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON. Raises ``OutputError``."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an ``.npy`` file, and make its folder. Raises ``OutputError``."""
    make_folder(path.parent)
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, array)


def write_arrays(path: Path, save: Callable[..., None] = np.savez, **arrays: Any) -> None:
    """Write an ``.npz`` file with ``savez`` or ``savez_compressed``. Raises ``OutputError``."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        save(stream, **arrays)


@contextlib.contextmanager
def stored_arrays(path: Path, problem: str) -> Iterator[StoredArrays]:
    """Yield the arrays of an ``.npz`` file.

    Raises ``RunError`` when they cannot be read; ``problem`` says what is then wrong with the file.
    """
    try:
        with open_arrays(path) as stored:
            yield stored
    except UserError:
        raise
    except Exception as error:  # a foreign file can raise many kinds of errors
        raise RunError(
            f"{path} is {problem}: {one_line(error)}. Delete {path.parent} to start over"
        ) from error


def write_figures(folder: Path, figures: Mapping[str, Any]) -> None:
    """Save matplotlib figures as ``NAME.png``, and make the folder. Raises ``OutputError``."""
    make_folder(folder)
    for name, figure in figures.items():
        with replacing(folder / f"{name}.png") as temporary:
            figure.savefig(temporary, dpi=120, bbox_inches="tight")


def make_folder(folder: Path) -> None:
    """Make a folder and its parents. Raises ``OutputError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror or error}") from error


def write_history(path: Path, history: list[dict[str, float]]) -> None:
    """Write one CSV row per epoch. Raises ``OutputError``."""
    rows = [",".join(history[0])] + [",".join(map(str, row.values())) for row in history]
    write_text(path, "\n".join(rows) + "\n")


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an error while ``path`` is read and parsed into a ``RunError``."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # a foreign file can raise many kinds of errors
        raise RunError(f"{path} cannot be read: {one_line(error)}") from error


def read_history(folder: Path) -> dict[str, list[float]]:
    """The columns of a run's ``history.csv``, by name. Raises ``RunError``."""
    path = folder / "history.csv"
    with reading(path):
        rows = list(csv.DictReader(read_text(path).splitlines()))
        return {key: [float(row[key]) for row in rows] for key in rows[0]}


def read_metrics(folder: Path) -> dict[str, Any]:
    """What training measured: a run's ``metrics.json``. Raises ``RunError``."""
    path = folder / "metrics.json"
    found = read_json(path)
    with reading(path):
        return measured(path, found)


def read_json(path: Path) -> Any:
    """The value in a JSON file. Raises ``RunError``."""
    with reading(path):
        return parse_json(read_text(path))
