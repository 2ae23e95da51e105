"""Names of runs, studies and language models: which are allowed, and those made from the data."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from imdb_lstm.errors import ConfigError

LONGEST = 200  # bytes: suffixes are added, and a file system allows 255
LONGEST_DATA_NAME = 100  # bytes: an encoder and the time are added
SUFFIXES = frozenset(
    (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".txt", ".parquet", ".xlsx",
     ".gz", ".zst", ".zip", ".bz2", ".xz")
)  # fmt: skip
UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")  # control characters, half surrogate pairs, line ends
NOT_IN_NAMES = "\\*?[]{}"  # of names made from the data, which may be a pattern of files


def check_name(name: str, kind: str, option: str = "--name") -> None:
    """Raise ``ConfigError`` for a name that cannot be that of a folder everywhere, or misleads."""
    if problem := _problem(name):
        shown = repr(name if len(name) <= 60 else f"{name[:60]}...")
        raise ConfigError(
            f"{shown} cannot be the name of a {kind}: it {problem}; choose another {option}"
        )


def _problem(name: str) -> str | None:
    """What is wrong with a name, or None."""
    if not name.strip():
        return "is empty"
    if "/" in name or "\\" in name:
        return "contains / or \\"
    if any(map(_is_unprintable, name)):
        return "contains a line end, a control character or a byte that is not UTF-8"
    if name[0] in "-.":
        return f"begins with {name[0]}"
    if name[-1] == "." or name != name.strip():
        return "ends with a dot, or begins or ends with a blank"
    if len(name.encode()) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    return None


def data_name(data: str) -> str:
    """The name of a data set in names of runs and folders: its file's, without known suffixes.

    The result is always an allowed name, whatever ``data`` is.

    >>> data_name("reviews.2023.csv.gz"), data_name("2023/*.csv"), data_name("imdb")
    ('reviews.2023', '2023', 'imdb')
    """
    if data == "-":
        return "stdin"
    parts = reversed(Path(os.path.abspath(data.replace("\0", "-"))).parts[1:])
    return next(filter(None, map(_cleaned, parts)), "data")


def _cleaned(part: str) -> str:
    """A part of a path as a name, perhaps an empty one."""
    while (suffix := os.path.splitext(part)[1]).lower() in SUFFIXES or part.lower() in SUFFIXES:
        part = part.removesuffix(suffix or part)
    kept = ("-" if c in NOT_IN_NAMES or _is_unprintable(c) else c for c in part)
    cut = "".join(kept).encode()[:LONGEST_DATA_NAME].decode(errors="ignore")
    return re.sub(r"^[-.\s]+|[-.\s]+$", "", cut)


def _is_unprintable(character: str) -> bool:
    return unicodedata.category(character) in UNPRINTABLE
