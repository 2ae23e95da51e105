"""Predictions as rows: the columns of the input, probabilities and a verdict; CSV or JSON."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from imdb_lstm.data.files.rows import BadRow
from imdb_lstm.data.labels import NAMES
from imdb_lstm.errors import DataError
from imdb_lstm.inference.score import Scored
from imdb_lstm.runs.files import replacing

JSON_LINES = (".jsonl", ".ndjson")
Rows = Iterable[tuple[dict[str, Any], str]]  # the values of a row, and its text


def predicted_rows(
    rows: Rows, score: Callable[[Iterable[str]], Iterator[Scored]]
) -> Iterator[tuple[dict[str, Any], Scored]]:
    """Yield the values of each row with its score, in their order; few rows are held at a time.

    ``score``: takes an iterable of texts and yields their scores in order.
    """
    waiting: deque[dict[str, Any]] = deque()

    def texts() -> Iterator[str]:
        for values, text in rows:
            waiting.append(values)
            yield text

    for scored in score(texts()):
        yield waiting.popleft(), scored


def write_predictions(
    rows: Iterable[tuple[dict[str, Any], Scored]],
    output: Path | None,
    stream: TextIO,
    as_json: bool = False,
    own_first: bool = True,
    names: Sequence[str] = NAMES,
) -> tuple[int, int]:
    """Write the rows with probabilities and verdict, to the file or the stream.

    ``as_json``: as JSON lines, as for an output of that suffix; otherwise as CSV, or as TSV for the
    suffix .tsv. ``own_first``: the columns of the input come first. ``names``: of the classes. Of
    two the column ``probability`` is that of the second; of more there is a column
    ``probability_NAME`` for each. The file appears when it is complete. Returns the number of rows,
    and of those without a known word. Raises ``OutputError`` when it cannot be written.
    """
    suffix = output.suffix.lower() if output else ""
    as_json = suffix in JSON_LINES or (as_json and not suffix.startswith((".csv", ".tsv")))
    columns = probability_columns(names)
    written = unknown = 0
    with _open_output(output, stream) as target:
        write = _json_writer(target) if as_json else _csv_writer(target, suffix == ".tsv")
        for values, scored in rows:
            write(_row(values, scored, columns, own_first))
            written += 1
            unknown += not scored.known
        if not written and not as_json:
            csv.writer(target, lineterminator="\n").writerow((*columns, "verdict", "text"))
    return written, unknown


def probability_columns(names: Sequence[str]) -> list[str]:
    """Return the names of the columns of probabilities.

    >>> probability_columns(["bad", "good"]), probability_columns(["a", "b", "c"])[0]
    (['probability'], 'probability_a')
    """
    return ["probability"] if len(names) == 2 else [f"probability_{name}" for name in names]


def _row(
    values: dict[str, Any], scored: Scored, columns: Sequence[str], own_first: bool
) -> dict[str, Any]:
    """Return a row of the output; a column of the input that has a name of ours keeps it."""
    values = {name: _plain(value) for name, value in values.items()}
    ours: dict[str, Any] = {
        _free(name, values): float(f"{probability:.9g}")  # as many digits as a float32 has
        for name, probability in zip(columns, scored.probabilities, strict=True)
    }
    ours[_free("verdict", values)] = scored.verdict
    return values | ours if own_first else ours | values


def _free(name: str, values: Mapping[str, Any]) -> str:
    """Return a name that no column of the input has."""
    while name in values:
        name = f"predicted_{name}"
    return name


def _plain(value: Any) -> Any:
    """Return a value as it is, or None for NaN, and text that can be written as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # JSON allows half a surrogate pair
    return None if isinstance(value, float) and value != value else value


def _csv_writer(target: TextIO, tabs: bool) -> Callable[[dict[str, Any]], None]:
    """Return a function that writes a row, the first one after a header."""
    writer = csv.writer(target, delimiter="\t" if tabs else ",", lineterminator="\n")
    header: list[str] = []

    def write(row: dict[str, Any]) -> None:
        if not header:
            header.extend(row)
            writer.writerow(header)
        if new := row.keys() - set(header):
            raise DataError(
                f"column {min(new)!r} is not in the first rows, so a CSV would lose it: write JSON "
                "lines, --output NAME.jsonl"
            )
        writer.writerow([_cell(row.get(name)) for name in header])

    return write


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _json_writer(target: TextIO) -> Callable[[dict[str, Any]], None]:
    def write(row: dict[str, Any]) -> None:
        target.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")

    return write


def write_rejects(bad: Iterable[BadRow], path: Path) -> Path:
    """Write the rows that could not be read as a CSV, and return it.

    Its columns are file, line, reason and the row as it stands. Raises ``OutputError``.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("file", "line", "reason", "row"))
        writer.writerows((each.path, each.line, each.reason, each.raw) for each in bad)
    return path


@contextmanager
def _open_output(output: Path | None, stream: TextIO) -> Iterator[TextIO]:
    """The stream, or a file that appears when the block ends without an error."""
    if output is None:
        yield stream
        return
    with replacing(output) as path, path.open("w", encoding="utf-8", newline="") as target:
        yield target
