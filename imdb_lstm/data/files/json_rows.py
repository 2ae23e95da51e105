r"""Tables in JSON: an object per line, an array of objects, or an object of columns as pandas has.

Lines end at "\n" only: JSON texts may contain the other line ends of Unicode.
"""

from __future__ import annotations

from collections.abc import Iterator

from imdb_lstm.data.files.encoding import Survey, undecodable
from imdb_lstm.data.files.json_array import BLANK, ArrayText
from imdb_lstm.data.files.json_columns import rows_of
from imdb_lstm.data.files.json_values import CHUNK, JsonError, as_object, parse_json, parse_line
from imdb_lstm.data.files.lines import numbered_lines, open_text
from imdb_lstm.data.files.rows import BadRow, Reader, Row, Table, read_sample
from imdb_lstm.data.files.source import Source
from imdb_lstm.errors import DataError

SAMPLE = 1_000


def json_table(source: Source, found: Survey, bad_rows: str) -> Table:
    """Return the table in a JSON file of any layout.

    Raises ``DataError`` for one object that has neither rows nor columns.
    """
    kind, dialect = "jsonl", "JSON lines"
    reader: Reader = lambda left: _lines(source, found, left)  # noqa: E731
    if _is_array(source, found):
        kind, dialect = "json", "a JSON array"
        reader = lambda left: _array(source, found)  # noqa: E731
    elif _is_one_value(source, found, *_first_line(source, found)):
        kind = "json"
        dialect, rows = _columns(source, found)
        reader = lambda left: iter(rows)  # noqa: E731
    layers = f", {source.layers}" if source.layers else ""
    dialect = f"{dialect}, {found.name}{layers}"
    table = Table(source.name, source.path, (), True, kind, dialect, reader, bad_rows)
    keys = (key for row in read_sample(table, SAMPLE) for key in row.values)
    table.columns = tuple(dict.fromkeys(keys))
    table.read = lambda left: _filled(reader(left), dict.fromkeys(table.columns))
    return table


def looks_like_json(first: str) -> bool:
    """Whether a file that begins with this line is JSON and not text that begins with a bracket.

    >>> looks_like_json('{"text": "Good."}'), looks_like_json("[Spoilers] A good film.")
    (True, False)
    """
    text = first.strip(BLANK)
    if text == "[]":
        return True
    inner = text[1:].lstrip(BLANK) if text.startswith("[") else text
    if not inner.startswith("{") or not inner[1:].lstrip(BLANK).startswith(('"', "}")):
        return False
    try:
        parse_json(inner)
    except JsonError as error:
        return error.cut or "twice" in str(error)
    return True


def _is_array(source: Source, found: Survey) -> bool:
    with open_text(source, found) as text:
        while piece := text.read(CHUNK):
            if start := piece.lstrip(BLANK):
                return start.startswith("[")
    return False


def _first_line(source: Source, found: Survey) -> tuple[str, int]:
    for number, line in numbered_lines(source, found):
        if text := line.strip(BLANK):
            return text, number
    return "", 0


def _is_one_value(source: Source, found: Survey, first: str, number: int) -> bool:
    """Whether a file is one object: over several lines, or of columns."""
    others = (
        line
        for place, line in numbered_lines(source, found)
        if place > number and line.strip(BLANK)
    )
    try:
        value = parse_line(first)
    except JsonError as error:
        second = next(others, "").lstrip(BLANK)
        return error.cut and not second.startswith("{") and bool(second)
    nested = value and all(isinstance(each, (dict, list)) for each in value.values())
    return bool(nested) and next(others, None) is None


def _filled(rows: Iterator[Row | BadRow], missing: dict[str, None]) -> Iterator[Row | BadRow]:
    for row in rows:
        yield row._replace(values={**missing, **row.values}) if isinstance(row, Row) else row


def _lines(source: Source, found: Survey, left: dict[str, int]) -> Iterator[Row | BadRow]:
    for number, line in numbered_lines(source, found):
        if not line.strip(BLANK):
            left["blank line"] += 1
            continue
        wrong = undecodable(line, found.name) if found.marks else None
        try:
            if wrong:
                raise JsonError(wrong)
            yield Row(number, parse_line(line), line)
        except JsonError as error:
            yield BadRow(source.path, number, str(error), line)


def _array(source: Source, found: Survey) -> Iterator[Row | BadRow]:
    with open_text(source, found) as text:
        for line, value, raw in ArrayText(text).values():
            wrong = undecodable(raw, found.name) if found.marks else None
            try:
                if isinstance(value, JsonError) or wrong:
                    raise value if isinstance(value, JsonError) else JsonError(str(wrong))
                yield Row(line, as_object(value), raw)
            except JsonError as error:
                yield BadRow(source.path, line, str(error), raw)


def _columns(source: Source, found: Survey) -> tuple[str, list[Row]]:
    """Return the layout and the rows of a file that is one object; all of it is in memory."""
    with open_text(source, found) as stream:
        text = stream.read().strip(BLANK)
    try:
        if wrong := undecodable(text, found.name):
            raise JsonError(wrong)
        value, end = parse_json(text)
        if end < len(text):
            raise JsonError("more text after the first object: write one object per line")
        layout, rows = rows_of(as_object(value))
    except JsonError as error:
        raise DataError(f"{source.name}: {error}") from error
    return layout, [Row(number, values) for number, values in enumerate(rows, 1)]
