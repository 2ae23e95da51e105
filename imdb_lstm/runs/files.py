"""Writing files atomically, and reading back those of a run folder.

Everything the package writes goes through ``replacing``: a file is written under a temporary name,
synced, and renamed, so that under its own name it is complete or not there.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.errors import OutputError, RunError

TEMPORARY = ".unfinished"  # how the temporary names end


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to, which becomes ``path`` when the block ends without an error.

    Raises ``OutputError`` when it cannot be written; the file that was there before is kept.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text. Raises ``OutputError``."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON. Raises ``OutputError``."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an ``.npy`` file, in a folder made if need be. Raises ``OutputError``."""
    make_folder(path.parent)
    with replacing(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, array)


def write_arrays(path: Path, save: Callable[..., None] = np.savez, **arrays: Any) -> None:
    """Write an ``.npz`` file by NumPy's ``savez`` or ``savez_compressed``. Raises ``OutputError``."""
    with replacing(path) as temporary, temporary.open("wb") as stream:
        save(stream, **arrays)


@contextlib.contextmanager
def stored_arrays(path: Path, suspicion: str) -> Iterator[Any]:
    """The arrays of an ``.npz`` file. Raises ``RunError``, with the suspicion, for a bad one."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            yield stored
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise RunError(
            f"{path} is {suspicion}: {error}. Delete {path.parent} to start over"
        ) from error


def write_figures(folder: Path, figures: Mapping[str, Any]) -> None:
    """Save matplotlib figures as ``NAME.png`` in the folder, made if need be."""
    make_folder(folder)
    for name, figure in figures.items():
        with replacing(folder / f"{name}.png") as temporary:
            figure.savefig(temporary, dpi=120, bbox_inches="tight", format="png")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. Raises ``OutputError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror}") from error


def write_history(path: Path, history: list[dict[str, float]]) -> None:
    """Write one CSV row per epoch."""
    rows = [",".join(history[0])] + [",".join(map(str, row.values())) for row in history]
    write_text(path, "\n".join(rows) + "\n")


def read_history(folder: Path) -> dict[str, list[float]]:
    """Column → values of a run's ``history.csv``."""
    with (folder / "history.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {key: [float(row[key]) for row in rows] for key in rows[0]}


def read_metrics(folder: Path) -> dict[str, Any]:
    """What training measured: a run's ``metrics.json``."""
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
