"""Checks of the files and folders that a command is asked to write, before it does its work.

Nothing is opened, made or changed here: a pipe, for one, would wait for its reader.
"""

from __future__ import annotations

import contextlib
import glob
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from imdb_lstm.errors import ConfigError, OutputError

STDIN, STDOUT = Path("/dev/stdin"), Path("/dev/stdout")


def is_stream(path: Path) -> bool:
    """Whether the path is a pipe, a terminal or /dev/stdout: written to, and never replaced."""
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):  # /dev/stdout, of a shell that sends it to a file
            return path.is_symlink() and path.absolute().parts[1] in ("dev", "proc")
        return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)
    return False


def replaceable(path: Path) -> Path:
    """The file that is written under this path, which may be a symbolic link to it.

    Raises ``OutputError`` for a folder, a socket, a disk, and a loop of links.
    """
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OutputError(f"{path} cannot be written: it is a loop of symbolic links")
    if target.is_dir():
        raise OutputError(f"{path} cannot be written: it is a folder, name a file in it")
    if target.exists() and not target.is_file():
        raise OutputError(f"{path} is neither a file nor a pipe: name a file to write")
    if target.exists() and not os.access(target, os.W_OK):
        raise OutputError(f"{path} cannot be written: it is read-only")
    if not target.parent.is_dir():
        raise OutputError(f"{path} cannot be written: there is no folder {path.parent}")
    return target


def check_output(path: Path, *inputs: str | Path | None) -> None:
    """Raise ``OutputError`` for a file that cannot be written, or that the command also reads.

    ``inputs``: files, folders or patterns of files; what is none of these is not compared.
    """
    check_not_read(path, *inputs)
    if not is_stream(path):
        folder = replaceable(path).parent
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"{path} cannot be written: {folder} is read-only")


def check_apart(**paths: Path | None) -> None:
    """Raise ``ConfigError`` if two options, by their names, name the same file to write."""
    named: dict[str, str] = {}
    for option, path in paths.items():
        if path and (other := named.setdefault(os.path.realpath(path), option)) != option:
            raise ConfigError(f"--{other} and --{option} name the same file: choose two")


def check_output_in(folder: Path, names: Sequence[str], *inputs: str | Path | None) -> None:
    """Raise ``OutputError`` for a folder that cannot be written to, or holds files to be read."""
    check_folder(folder)
    for name in names:
        check_not_read(folder / name, *inputs)


def check_not_read(path: Path, *inputs: str | Path | None) -> None:
    """Raise ``OutputError`` if one of the inputs is the same file, perhaps by another name."""
    for each in inputs:
        if each is not None and _is_read(path, str(each)):
            raise OutputError(f"{path} is also read by this command: name another file to write")


def _is_read(path: Path, source: str) -> bool:
    try:
        if stat.S_ISCHR(path.stat().st_mode):  # a terminal is read and written
            return False
        if os.path.isdir(source):
            return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(source))
        found = [source] if os.path.exists(source) else glob.glob(source, recursive=True)
        return any(os.path.samefile(path, each) for each in found)
    except OSError:  # a new file
        return False


def files_of(folders: Sequence[Path]) -> list[Path]:
    """The files of finished runs, which are inputs of the command that uses the runs."""
    return [path for folder in folders for path in folder.glob("*") if path.is_file()]


def check_folder(folder: Path) -> None:
    """Raise ``OutputError`` for a folder that cannot be made, or not be written to."""
    nearest = next(each for each in (folder, *folder.absolute().parents) if os.path.lexists(each))
    if not nearest.is_dir():
        raise OutputError(f"{folder} cannot be made: {nearest} is not a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(f"{folder} cannot be written: {nearest} is read-only")
