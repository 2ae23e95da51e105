"""The unfinished file of a long output, which a process that is killed leaves to be continued.

Beside the output ``NAME`` there are ``.NAME.part``, ``.NAME.part.rejects`` and ``.NAME.part.json``.
The last says how many bytes of the others are whole, and is replaced after each write to them; what
a process wrote later is cut off before another one goes on.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.inference.predictions import Summary
from imdb_lstm.inference.writers import REJECTS, Writer, rejects_path, remove_rejects
from imdb_lstm.runs.files import (
    keep_mode_and_owner,
    read_json,
    reading,
    replacing,
    write_json,
    writing,
)
from imdb_lstm.runs.outputs import replaceable


@dataclass
class Part:
    """An output that is being written; ``open_part`` makes one.

    ``summary``: of the rows in it. ``made_from``: what the output depends on, or None when nobody
    may continue it. ``size`` and ``reject_size``: the bytes that are whole.
    """

    output: Path
    path: Path
    made_from: Mapping[str, Any] | None
    summary: Summary = field(default_factory=Summary)
    size: int = 0
    reject_size: int = 0

    @property
    def rejects(self) -> Path:
        """The file of the rows that cannot be read."""
        return self.path.with_name(f"{self.path.name}.rejects")

    @property
    def state(self) -> Path:
        """The file that says what is whole."""
        return self.path.with_name(f"{self.path.name}.json")

    def append(self, data: bytes, rejects: bytes) -> None:
        """Add whole rows, those that ``summary`` counts already. Raises ``OutputError``."""
        with writing(self.output):
            self.size += _append(self.path, data)
            self.reject_size += _append(self.rejects, rejects)
        if self.made_from is not None:
            counts = {"summary": vars(self.summary)}
            sizes = {"size": self.size, "reject_size": self.reject_size}
            write_json(self.state, {"made_from": dict(self.made_from), **counts, **sizes})

    def finish(self, writer: Writer) -> Path | None:
        """Give the output its name, and return the file of rejects, if there are any.

        Raises ``OutputError``.
        """
        listed = rejects_path(self.output) if self.summary.rejects else None
        if listed:  # copied, so that a process that is killed here can be continued
            with replacing(listed) as temporary:
                shutil.copyfile(self.rejects, temporary)
        else:
            remove_rejects(self.output)
        if convert := getattr(writer, "convert", None):
            with replacing(self.output) as temporary:
                convert(self.path, temporary)
        else:
            self._rename()
        self.remove()
        return listed

    def _rename(self) -> None:
        target = replaceable(self.output)
        with writing(self.output):
            if target.exists():
                keep_mode_and_owner(self.path, target.stat())
            self.path.replace(target)

    def remove(self) -> None:
        """Remove what is unfinished."""
        for path in (self.path, self.rejects, self.state):  # without the first, none counts
            with contextlib.suppress(OSError):
                path.unlink()


def part_path(output: Path) -> Path:
    """Return the unfinished file of an output.

    >>> part_path(Path("out.csv")).name
    '.out.csv.part'
    """
    target = replaceable(output)
    return target.with_name(f".{target.name}.part")


@contextlib.contextmanager
def open_part(
    output: Path, made_from: Mapping[str, Any] | None, writer: Writer, resume: bool = False
) -> Iterator[Part]:
    """Begin the unfinished file of an output or, to ``resume``, continue what there is of it.

    After an error it is kept, if it has rows and may be continued (``made_from`` is not None).
    Raises ``OutputError`` when another process writes it or it cannot be written, ``ConfigError``
    when it is there and not to be resumed, or was made from something else.
    """
    path = part_path(output)
    if made_from is None:
        path = path.with_name(f"{path.name}.{os.getpid()}")
    part = Part(output, path, made_from)
    if path.exists():
        _check_resumed(part, resume)
    with _locked(path, output):
        _prepare(part, writer)
        try:
            yield part
        except BaseException:
            if made_from is None or not part.summary.read:
                part.remove()
            raise


def _prepare(part: Part, writer: Writer) -> None:
    """Leave what is whole of an unfinished file, or begin it."""
    if part.state.exists() and part.path.stat().st_size:
        _restore(part)
    with writing(part.output):
        os.truncate(part.path, part.size)
        if part.rejects.exists():
            os.truncate(part.rejects, part.reject_size)
        if not part.size and replaceable(part.output).exists():
            part.path.chmod(0o600)  # the older file may be private
    if not part.size:
        part.append(writer.begin(), REJECTS.begin())


def _check_resumed(part: Part, resume: bool) -> None:
    """Raise ``ConfigError`` for an unfinished file that is not to be continued as it is asked."""
    if not resume:
        raise ConfigError(
            f"{part.path} is unfinished: continue it with --resume, or delete it to start over"
        )
    if not part.state.exists():  # killed before its first byte was whole
        return
    made_from = read_json(part.state)["made_from"]
    for name, value in (part.made_from or {}).items():
        if made_from.get(name) != value:
            raise ConfigError(
                f"{part.path} was made with another {name}: give the same, or delete the file to "
                "start over"
            )


def _restore(part: Part) -> None:
    """Take counts and sizes from the state. Raises ``RunError`` when files are damaged."""
    found = read_json(part.state)
    with reading(part.state):
        counts = found["summary"]
        part.summary = Summary(**{**counts, "verdicts": Counter(counts["verdicts"])})
        part.size, part.reject_size = int(found["size"]), int(found["reject_size"])
    for path, size in ((part.path, part.size), (part.rejects, part.reject_size)):
        if not path.exists() or path.stat().st_size < size:
            raise RunError(f"{path} is shorter than {part.state} says: delete {part.path}")


def _append(path: Path, data: bytes) -> int:
    """Append bytes that are on the disk when this returns; return their number."""
    if data:
        with path.open("ab") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    return len(data)


@contextlib.contextmanager
def _locked(path: Path, output: Path) -> Iterator[None]:
    """Open a file, or make it, and lock it. Raises ``OutputError``."""
    with writing(output):
        stream = path.open("ab")
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputError(f"{output} is being written by another process") from error
        except OSError:  # a file system without locks
            pass
        yield
