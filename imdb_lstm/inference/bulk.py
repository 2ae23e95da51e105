"""Files of any size, scored row by row: read, scored and written a chunk at a time.

What an ended process has written is continued by another one; the file is then the same, byte by
byte, as that of one which nothing has ended. See ``part``.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from imdb_lstm.data.files.rows import BadRow
from imdb_lstm.data.files.source import STANDARD_INPUT
from imdb_lstm.data.texts import Input
from imdb_lstm.inference import score as scoring
from imdb_lstm.inference.part import open_part
from imdb_lstm.inference.predictions import Columns, ScoredChunk, Summary, scored_chunks
from imdb_lstm.inference.score import Score, Scored
from imdb_lstm.inference.writers import Writer, encode_rejects, make_writer
from imdb_lstm.metrics.decision_rule import DecisionRule
from imdb_lstm.runs.files import reading
from imdb_lstm.runs.find import MANIFEST_FILE

Report = Callable[[Summary], None]


def write_stream(
    chunks: Iterable[ScoredChunk],
    writer: Writer,
    stream: TextIO,
    reject: Callable[[BadRow], None] = lambda row: None,
) -> Summary:
    """Write chunks to a stream, such as standard output.

    ``reject`` is called for each row that cannot be read, which are counted, too.
    """
    summary = Summary()
    stream.write(writer.begin().decode())
    for chunk in chunks:
        summary.add(chunk)
        stream.write(writer.encode(chunk.rows).decode())
        stream.flush()
        for row in chunk.bad:
            reject(row)
    return summary


def write_file(
    found: Input,
    output: Path,
    columns: Columns,
    score: Score,
    made_from: Mapping[str, Any] | None = None,
    resume: bool = False,
    report: Report = lambda summary: None,
) -> tuple[Summary, Path | None]:
    """Score the rows of an input and write them; return their counts and the file of rejects.

    The output appears when it is complete. Rows that cannot be read, if the input skips them, are
    listed in ``OUTPUT.rejects.csv``. ``made_from``: see ``fingerprint``; with it, an unfinished
    file is left to be continued. ``report`` is called for each chunk that is written. Raises the
    errors of ``open_part`` and ``make_writer``.
    """
    writer = make_writer(output, found, columns)
    with open_part(output, made_from, writer, resume) as part:
        report(part.summary)
        rows = islice(found.rows(), part.summary.read, None)
        for chunk in scored_chunks(rows, score, columns):
            part.summary.add(chunk)
            part.append(writer.encode(chunk.rows), encode_rejects(chunk.bad))
            report(part.summary)
        return part.summary, part.finish(writer)


def score_in_processes(folders: Sequence[Path], rule: DecisionRule, workers: int) -> Score:
    """Return what scores lists of texts in this many processes, NumPy on one thread each.

    The arithmetic, and so each digit, is the same for any number of them.
    """

    def score(chunks: Iterable[list[str]]) -> Iterator[list[Scored]]:
        return scoring.score_chunks(folders, chunks, workers, "cpu", "numpy", rule)

    return score


def fingerprint(
    found: Input, folders: Sequence[Path], columns: Columns, **options: Any
) -> dict[str, Any]:
    """Return what an output depends on, as JSON: the input, the runs, and the options.

    An input is known by the path, size and time of change of its files, a run by the checksum of
    its manifest. Raises ``RunError`` for a run without a manifest.
    """
    files = [_files(table.path) for table in found.tables]
    made_from = {
        "input": hashlib.sha256(json.dumps(files).encode()).hexdigest(),
        "run": [_checksum(folder / MANIFEST_FILE) for folder in folders],
        "option": {**options, "columns": columns.names_in_order, "chunk": scoring.CHUNK},
    }
    return json.loads(json.dumps(made_from))


def _files(path: str) -> list[list[Any]]:
    """Return path, bytes and time of change of a file, or of all files in a folder."""
    inside = sorted(each for each in Path(path).rglob("*") if each.is_file())
    stats = [(each, each.stat()) for each in inside or [Path(path)]]
    return [[os.path.abspath(each), found.st_size, found.st_mtime_ns] for each, found in stats]


def _checksum(manifest: Path) -> str:
    with reading(manifest):
        return hashlib.sha256(manifest.read_bytes()).hexdigest()


def can_be_read_again(found: Input) -> bool:
    """Return whether all inputs are files or folders: no pipes, no standard input."""
    paths = [table.path for table in found.tables]
    return all(path not in STANDARD_INPUT and _is_file(path) for path in paths)


def _is_file(path: str) -> bool:
    mode = os.stat(path).st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)
