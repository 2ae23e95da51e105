"""Tables in Parquet and Excel files, with the libraries of the extra ``files``."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, BinaryIO

from imdb_lstm.data.files.header import is_header, name_columns
from imdb_lstm.data.files.rows import BadRow, FileOptions, LeftOut, Row, Table
from imdb_lstm.data.files.source import Source, missing_library, open_source
from imdb_lstm.errors import DataError, one_line

BATCH = 256  # rows; a group of rows in the file may have a million
SAMPLE = 100


@contextmanager
def _damage(name: str, kind: str) -> Iterator[None]:
    """Raise ``DataError`` for whatever a library says of a file that it cannot read."""
    try:
        yield
    except (DataError, GeneratorExit, KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:
        reason = one_line(str(error) or type(error).__name__, 200)
        message = f"{name} cannot be read as {kind}: it may be damaged or cut off ({reason})"
        raise DataError(message) from error


@contextmanager
def _seekable(source: Source) -> Iterator[BinaryIO]:
    with source.open() as stream:
        yield io.BytesIO(stream.read()) if source.layers else stream


def parquet_table(source: Source, bad_rows: str) -> Table:
    """Return the table in a Parquet file; the line of a row is its number.

    Raises ``DataError`` when the file is damaged or pyarrow is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise missing_library("reading Parquet files", "pyarrow") from error
    with _damage(source.name, "Parquet"), _seekable(source) as stream:
        columns = tuple(parquet.ParquetFile(stream).schema_arrow.names)
    _check_names(columns, source.name)

    def read(left: LeftOut) -> Iterator[Row | BadRow]:
        number = 0
        with _damage(source.name, "Parquet"), _seekable(source) as stream:
            for batch in parquet.ParquetFile(stream).iter_batches(batch_size=BATCH):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, {name: _decoded(each) for name, each in values.items()})

    name, path = source.name, source.path
    return Table(name, path, columns, True, "parquet", "Parquet", read, bad_rows)


def _decoded(value: Any) -> Any:
    """Return bytes that are UTF-8 as text: older programs do not mark texts as such."""
    if isinstance(value, bytes):
        with suppress(UnicodeDecodeError):
            return value.decode("utf-8")
    return value


def parquet_schema(path: str) -> dict[str, Any]:
    """Return the Arrow type of each column of a Parquet file that ``parquet_table`` has opened.

    Values of a dictionary count as what they are. Raises ``DataError`` for a damaged file.
    """
    import pyarrow
    from pyarrow import parquet

    source = open_source(path)
    with _damage(source.name, "Parquet"), _seekable(source) as stream:
        schema = parquet.ParquetFile(stream).schema_arrow
    is_dictionary = pyarrow.types.is_dictionary
    types = ((each.name, each.type) for each in schema)
    return {name: kind.value_type if is_dictionary(kind) else kind for name, kind in types}


def _check_names(columns: tuple[str, ...], name: str) -> None:
    try:
        name_columns(columns)
    except ValueError as error:
        raise DataError(f"{name}: {error}") from error


def excel_table(source: Source, options: FileOptions) -> Table:
    """Return the table in the first sheet of a workbook that has data.

    The line of a row is its number in the sheet. Raises ``DataError`` when the file is damaged,
    has no data, or openpyxl is not installed.
    """
    sheet, sheets = _first_sheet(source)
    numbered = _sheet_rows(source, sheet)
    rows = [cells for _, cells in islice(numbered, SAMPLE)]
    width = max(map(len, rows))
    texts = [[_text(cell) for cell in cells] + [""] * (width - len(cells)) for cells in rows]
    has_header = options.header == "yes" or (
        options.header == "auto" and is_header(texts[0], texts[1:])
    )
    names = texts[0] if has_header else [str(place) for place in range(1, width + 1)]
    try:
        columns = name_columns(names)
    except ValueError as error:
        raise DataError(f"{source.name}, sheet {sheet!r}: {error}") from error
    dialect = f"Excel, sheet {sheet!r}" + (f" of {sheets}" if sheets > 1 else "")
    dialect += ", header in its first row" if has_header else ", no header"

    def read(left: LeftOut) -> Iterator[Row | BadRow]:
        filled = _sheet_rows(source, sheet)
        for number, cells in islice(filled, int(has_header), None):
            if len(cells) > width:
                reason = f"{len(cells)} cells, {width} expected"
                yield BadRow(source.path, number, reason, one_line(str(cells), 2_000))
            else:
                cells += [None] * (width - len(cells))
                yield Row(number, dict(zip(columns, cells, strict=True)))

    return Table(
        source.name, source.path, columns, has_header, "excel", dialect, read, options.bad_rows
    )


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)


@contextmanager
def _workbook(source: Source) -> Iterator[Any]:
    try:
        import openpyxl
    except ImportError as error:
        raise missing_library("reading Excel files", "openpyxl") from error
    with _damage(source.name, "Excel"), _seekable(source) as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions that have no data
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        try:
            yield book
        finally:
            book.close()


def _first_sheet(source: Source) -> tuple[str, int]:
    """Return the name of the first sheet with data, and the number of sheets."""
    with _workbook(source) as book:
        for sheet in book.worksheets:
            if next(_filled_rows(sheet), None) is not None:
                return sheet.title, len(book.worksheets)
    raise DataError(f"{source.name} has no sheet with data")


def _sheet_rows(source: Source, title: str) -> Iterator[tuple[int, list[Any]]]:
    with _workbook(source) as book:
        yield from _filled_rows(book[title])


def _filled_rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """Yield number and cells of the rows with data, without empty cells at their end."""
    from openpyxl.utils.escape import unescape  # "_x000D_", as Excel stores a return

    sheet.reset_dimensions()  # some programs write a wrong size
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        cells = [unescape(cell) if isinstance(cell, str) else cell for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield number, cells
