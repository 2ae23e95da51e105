"""Text, JSON and files in a folder, within bounds."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any, NoReturn

MEGABYTE = 1_000_000
# The largest files that are read, in bytes, by their suffix.
LARGEST = {
    ".toml": MEGABYTE // 10,
    ".json": 10 * MEGABYTE,
    ".md": 10 * MEGABYTE,
    ".txt": 256 * MEGABYTE,
    ".csv": 256 * MEGABYTE,
    ".npy": 2_048 * MEGABYTE,
    ".npz": 16_384 * MEGABYTE,
    ".keras": 16_384 * MEGABYTE,
}


def read_text(path: Path) -> str:
    """Return the UTF-8 text of a file that is no larger than ``LARGEST`` says of its suffix.

    Raises ``OSError``, and ``ValueError`` for a larger one or other bytes. A path without such a
    suffix is that of a configuration, or a pipe.
    """
    largest = LARGEST.get(path.suffix, LARGEST[".toml"])
    data = bytearray()
    with path.open("rb") as stream:
        while block := stream.read(MEGABYTE // 10):
            data += block
            if len(data) > largest:
                raise ValueError(f"it is larger than {largest:,} bytes")
    return data.decode("utf-8").replace("\r\n", "\n")


def parse_json(text: str) -> Any:
    """Return the value of a JSON text, of which every number is finite.

    Raises ``ValueError``, also for what is nested too deeply.

    >>> parse_json('{"temperature": 1.5}')
    {'temperature': 1.5}
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def check_size(path: Path) -> None:
    """Raise ``ValueError`` for a file that is larger than ``LARGEST`` says of its suffix."""
    size = path.stat().st_size
    if size > LARGEST[path.suffix]:
        raise ValueError(f"{path.name} is larger than {LARGEST[path.suffix]:,} bytes")


def leading_out(folder: Path) -> str | None:
    """Return the name of a symbolic link in a folder, at any depth, that leads out of it, if any.

    The folder may itself be a link. Links are not followed.
    """
    root = os.path.realpath(folder)
    for parent, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            if os.path.islink(path) and not Path(os.path.realpath(path)).is_relative_to(root):
                return os.path.relpath(path, root)
    return None
