"""The files that a user means by a name, a pattern, or several of them."""

from __future__ import annotations

import difflib
import glob
import logging
import os

from imdb_lstm.data.files.source import STANDARD_INPUT
from imdb_lstm.errors import DataError, one_line

log = logging.getLogger(__name__)
NEAR = 3  # the most names that are suggested


def find_files(spec: str) -> list[str]:
    """Return the paths that a file name as users give it stands for, sorted within each pattern.

    Args:
        spec: A path, "-" for standard input, a pattern with "*", "?" or "[", a folder, or several
            of them with commas between, unless there is a file of that very name.

    Raises ``DataError`` when there is no such file, with names that are nearly the same.

    >>> find_files("-")
    ['-']
    """
    if spec in STANDARD_INPUT:
        return [spec]
    path = os.path.expanduser(spec)
    if path and _exists(path):
        return [path]
    if any(mark in path for mark in "*?["):
        found = sorted(glob.glob(path, recursive=True))
        files = [each for each in found if not os.path.isdir(each)]
        if files and len(files) < len(found) and "**" not in path:
            folder = next(each for each in found if each not in files)
            log.warning("%s: folders are left out, such as %s; name them too, or their files",
                        path, folder)  # fmt: skip
        if found:
            return files or found
    parts = [part.strip() for part in spec.split(",") if part.strip()]
    if len(parts) > 1:
        return list(dict.fromkeys(file for part in parts for file in find_files(part)))
    raise DataError(one_line(_missing(path)))


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:  # a zero byte in it
        return False


def _missing(path: str) -> str:
    if not path:
        return "the name of a file is expected, not nothing"
    folder, name = os.path.split(path)
    if any(mark in path for mark in "*?["):
        return f"{path}: no file has a name like this"
    try:
        names = os.listdir(folder or ".")
    except (OSError, ValueError):
        return f"{path}: no such file, and no such folder {folder!r}"
    by_lower = {each.lower(): each for each in sorted(names)}
    near = difflib.get_close_matches(name.lower(), by_lower, NEAR)
    stem = name.lower().partition(".")[0]
    near += [each for each in by_lower if each.partition(".")[0] == stem and each not in near]
    hint = ", ".join(by_lower[each] for each in near[:NEAR])
    return f"{path}: no such file" + (f"; there is {hint}" if hint else "")
