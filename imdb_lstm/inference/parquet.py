"""Rows as Parquet, which is written as a stream of Arrow first.

A Parquet file ends with an index of all of it, so that one that is cut off cannot be continued. A
stream of Arrow can: it is the schema, and then one message for some rows at a time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from imdb_lstm.data.files.columnar import parquet_schema
from imdb_lstm.data.files.rows import read_sample
from imdb_lstm.data.files.source import missing_library
from imdb_lstm.data.texts import Input
from imdb_lstm.errors import DataError
from imdb_lstm.inference.predictions import Columns

SAMPLE = 1_000  # rows whose values tell the types of columns


class ParquetWriter:
    """A stream of Arrow with the rows, and the Parquet file that is made of it in the end.

    Columns of a Parquet input keep their types. Those of others are found from the first rows of
    each file; one whose values are of several types is text. Raises ``DataError`` without pyarrow.
    """

    def __init__(self, found: Input, columns: Columns) -> None:
        try:
            import pyarrow
        except ImportError as error:
            raise missing_library("writing Parquet files", "pyarrow") from error
        own = _own_types(found)
        blank = columns.names_in_order
        ours = {"verdict": pyarrow.string(), "cut": pyarrow.bool_()}
        fields = [
            (name, own.get(name) or ours.get(_unprefixed(name), pyarrow.float64()))
            for name in blank
        ]
        self.schema = pyarrow.schema(fields)

    def begin(self) -> bytes:
        """Return the message of the schema."""
        return self.schema.serialize().to_pybytes()

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the message of some rows. Raises ``DataError`` for a value of another type."""
        import pyarrow

        if not rows:
            return b""
        arrays = [_array([row.get(each.name) for row in rows], each) for each in self.schema]
        if new := set(chain.from_iterable(rows)) - set(self.schema.names):
            raise DataError(
                f"column {min(new)!r} is not in the first rows, so Parquet would lose it: write "
                "JSON lines, --output NAME.jsonl"
            )
        return pyarrow.record_batch(arrays, schema=self.schema).serialize().to_pybytes()

    def convert(self, stream: Path, target: Path) -> None:
        """Write the Parquet file, with a group of rows for each message of the stream."""
        import pyarrow
        from pyarrow import ipc, parquet

        with (
            pyarrow.OSFile(str(stream)) as file,
            ipc.open_stream(file) as batches,
            parquet.ParquetWriter(str(target), self.schema) as writer,
        ):
            for batch in batches:
                writer.write_batch(batch)


def _unprefixed(name: str) -> str:
    while name.startswith("predicted_"):
        name = name.removeprefix("predicted_")
    return name


def _own_types(found: Input) -> dict[str, Any]:
    """Return the type of each column of the input."""
    import pyarrow

    types: dict[str, list[Any]] = {name: [] for name in found.columns}
    rows: list[Mapping[str, Any]] = []
    for table in found.tables:
        if table.format == "parquet":
            for name, kind in parquet_schema(table.path).items():
                types[name].append(kind)
        else:
            rows += [row.values for row in read_sample(table, SAMPLE)]
    for name in {name for row in rows for name in row}:
        types[name].append(_type([row.get(name) for row in rows]))
    return {name: _common(kinds) if kinds else pyarrow.string() for name, kinds in types.items()}


def _type(values: list[Any]) -> Any:
    import pyarrow

    try:
        found = pyarrow.array(values).type
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        return pyarrow.string()
    return pyarrow.string() if pyarrow.types.is_null(found) else found


def _common(types: Sequence[Any]) -> Any:
    """Return the type that holds the values of all types, of several files, or else text."""
    import pyarrow

    schemas = [pyarrow.schema([("", each)]) for each in types]
    try:
        return pyarrow.unify_schemas(schemas, promote_options="permissive").field(0).type
    except pyarrow.ArrowException:
        return pyarrow.string()


def _array(values: list[Any], column: Any) -> Any:
    """Return the values as an array. Raises ``DataError`` unless it gives them all back."""
    import pyarrow

    if column.type == pyarrow.string():
        values = [_as_text(value) for value in values]
    elif pyarrow.types.is_binary(column.type) or pyarrow.types.is_large_binary(column.type):
        values = [each.encode() if isinstance(each, str) else each for each in values]
    try:
        found = pyarrow.array(values, column.type)
        if column.type == pyarrow.string() or _same(found.to_pylist(), values):
            return found
    except (pyarrow.ArrowException, TypeError, ValueError, OverflowError):
        pass
    raise DataError(
        f"column {column.name!r} has a value that is no {column.type}, as those of the first rows "
        "are: write JSON lines, --output NAME.jsonl"
    )


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal; NaN is None, and so is what a dictionary lacks."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_same(one.get(key), other.get(key)) for key in one.keys() | other)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    if one is None or one != one:
        return other is None or other != other
    return (type(one) is type(other) and one == other) or (
        _is_number(one) and _is_number(other) and one == other
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
