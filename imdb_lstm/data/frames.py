"""Rows of data frames and lists, as a file of JSON lines that is read like any other."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


@contextlib.contextmanager
def as_file(data: Any) -> Iterator[str | None]:
    """Yield the name of data, or a temporary file of its rows.

    >>> with as_file([{"text": "A joy.", "label": 1}]) as path:
    ...     Path(path).read_text().strip()
    '{"text": "A joy.", "label": 1}'
    """
    if data is None or isinstance(data, (str, os.PathLike)):
        yield None if data is None else os.fspath(data)
        return
    with TemporaryDirectory() as folder:
        yield str(_written(data, Path(folder)))


def saved_rows(data: Any, output: Path) -> str:
    """Return the name of data, or a file of its rows in ``output/data``, named by its content.

    The file stays, so that the run can be resumed and evaluated on its test split.
    """
    if isinstance(data, (str, os.PathLike)):
        return os.fspath(data)
    return str(_written(data, output / "data"))


def _written(data: Any, folder: Path) -> Path:
    """Write rows as JSON lines into a folder, under a name from their content."""
    lines = [json.dumps(row, ensure_ascii=False, default=_plain) for row in rows_of(data)]
    content = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"rows-{hashlib.sha256(content).hexdigest()[:12]}.jsonl"
    path.write_bytes(content)
    return path


def rows_of(data: Any) -> Iterable[Mapping[str, Any]]:
    """Return the rows of a data frame, a dataset, a dictionary of columns or a list, as mappings.

    A row of a list is a mapping, or a pair of a text and its label. Raises ``TypeError``, naming
    item and type, for anything else.

    >>> list(rows_of({"text": ["A joy."], "label": [1]}))
    [{'text': 'A joy.', 'label': 1}]
    """
    if isinstance(data, Mapping):
        names, lengths = list(data), {len(column) for column in data.values()}
        if len(lengths) > 1 or any(isinstance(column, Mapping) for column in data.values()):
            raise TypeError(
                f"{', '.join(map(str, names))} are no columns of one length: give one table"
            )
        return [dict(zip(names, row, strict=True)) for row in zip(*data.values(), strict=True)]
    if hasattr(data, "iter_rows"):  # polars
        return data.iter_rows(named=True)
    if hasattr(data, "to_dict") and hasattr(data, "columns"):  # pandas
        _check_names(data.columns)
        return data.to_dict("records")
    if isinstance(data, (bytes, int, float)) or not isinstance(data, Iterable):
        raise TypeError(
            "data is a name, a file, a data frame, a dataset or a list of rows, not "
            f"{type(data).__name__}"
        )
    return [_row(index, row) for index, row in enumerate(data)]


def _check_names(columns: Iterable[Any]) -> None:
    """Raise ``TypeError`` for columns of several levels, or several of one name."""
    names = list(columns)
    if any(isinstance(name, tuple) for name in names):
        raise TypeError(f"columns such as {names[0]!r} have several levels: give each one name")
    if twice := [name for name in names if names.count(name) > 1]:
        raise TypeError(f"two columns are called {twice[0]!r}: rename one")


def _row(index: int, row: Any) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return row
    if isinstance(row, (list, tuple)) and len(row) == 2:
        return {"text": row[0], "label": row[1]}
    raise TypeError(
        f"row {index} is {row!r:.60}, of type {type(row).__name__}: a dictionary or a pair of text "
        "and label is expected"
    )


def _plain(value: Any) -> Any:
    """Return a value that JSON has no form for as one that it has: None for NA and NaT.

    Raises ``TypeError`` for bytes that are no UTF-8.
    """
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TypeError(f"{value[:20]!r} is no text: bytes must be UTF-8") from error
    if type(value).__name__ in ("NAType", "NaTType"):  # of pandas, which need not be installed
        return None
    if hasattr(value, "tolist"):  # of NumPy or another library: a scalar or an array
        return value.tolist()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)
