"""Tables of delimited text: CSV, TSV and their relatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from imdb_lstm.data.files.dialect import Reading, Sample, find_dialect
from imdb_lstm.data.files.encoding import Survey, undecodable
from imdb_lstm.data.files.header import (
    has_text_name,
    is_header,
    known_names,
    name_columns,
)
from imdb_lstm.data.files.lines import Line, numbered_lines
from imdb_lstm.data.files.records import (
    NO_SEPARATOR,
    Dialect,
    Record,
    read_records,
    swallow_check,
)
from imdb_lstm.data.files.rows import BadRow, FileOptions, LeftOut, Row, Table
from imdb_lstm.data.files.source import Source
from imdb_lstm.errors import DataError

SAMPLE_LINES = 3_000
SAMPLE_CHARACTERS = 1_000_000
WORDS = {"\t": "tabs"}
QUOTES = {"double": "quotes doubled", "backslash": "quotes after a backslash", "none": "no quoting"}


@dataclass(frozen=True)
class Layout:
    """Where the rows of a file begin and what columns they have.

    Args:
        header_line: The last line of the header, or 0 if there is none.
        header: The fields of the header as they are in the file.
        columns: Their names.
        skipped: The lines that are neither header nor row: ``sep=;``.
        width: The number of fields of a row.
        trailing: Whether the last field of every row is empty and has no name.
    """

    header_line: int
    header: list[str]
    columns: tuple[str, ...]
    skipped: frozenset[int]
    width: int
    trailing: bool


def delimited_table(source: Source, found: Survey, options: FileOptions) -> Table:
    """Return the table in a file of delimited text.

    Raises ``DataError`` when it has no rows, or a header that cannot be used.
    """
    sample = _sample(source, found)
    given, body, skipped = _preamble(sample)
    if given and not options.delimiter:
        options = FileOptions(**{**options.__dict__, "separator": given})
    if not body.lines:
        raise DataError(f"{source.name} has no rows: all its lines are blank or comments")
    reading = find_dialect(body, options, source.suffix)
    layout = _layout(source, body, reading, options, skipped, found)
    reading = _verified(source, found, reading, layout, options)
    return Table(
        source.name, source.path, layout.columns, layout.header_line > 0,
        "tsv" if reading.dialect.separator == "\t" else "csv",
        _describe(reading, layout, found, source, '"' in sample.text),
        lambda left: _read(source, found, reading, layout, options, left),
        options.bad_rows,
    )  # fmt: skip


def is_table(source: Source, found: Survey, options: FileOptions) -> bool:
    """Whether a file that could be plain text is a table with a column of texts beyond doubt."""
    _, body, _ = _preamble(_sample(source, found))
    if not body.lines:
        return False
    reading = find_dialect(body, options, source.suffix)
    if reading.width < 2 or reading.bad or not reading.rows:
        return False
    named = known_names(reading.first) == len(reading.first) or known_names(reading.first) > 1
    return named and has_text_name(reading.first)


def _sample(source: Source, found: Survey) -> Sample:
    lines: list[Line] = []
    size = 0
    numbered = numbered_lines(source, found)
    for line in islice(numbered, SAMPLE_LINES):
        lines.append(line)
        size += len(line[1])
        if size > SAMPLE_CHARACTERS:
            break
    return Sample(lines, next(numbered, None) is None)


def _preamble(sample: Sample) -> tuple[str, Sample, frozenset[int]]:
    """Return the separator in a line ``sep=;``, the lines from the header on, and its line."""
    separator, skipped = "", frozenset[int]()
    for place, (number, line) in enumerate(sample.lines):
        text = line.strip("\r\n")
        if len(text) in (5, 6) and text.lower().strip('"').startswith("sep=") and not separator:
            separator, skipped = text.strip('"')[4:5], frozenset((number,))
        elif text.strip() and not (text.startswith("#") and not _names_after_hash(text)):
            return separator, Sample(sample.lines[place:], sample.whole), skipped
    return separator, Sample([], sample.whole), skipped


def _names_after_hash(text: str) -> bool:
    """Whether a line such as ``#id,text,label`` is a header."""
    cells = next((text[1:].split(each) for each in "\t;,|" if each in text), [])
    return len(cells) > 1 and known_names(cells) > 1 and has_text_name(cells)


def _layout(
    source: Source,
    body: Sample,
    reading: Reading,
    options: FileOptions,
    skipped: frozenset[int],
    found: Survey,
) -> Layout:
    first, width = reading.first, reading.width
    if options.header == "no" or (
        options.header == "auto"
        and not reading.extra
        and not is_header(first, [row for row in reading.rows if len(row) == len(first)])
    ):
        names = tuple(str(place) for place in range(1, width + 1))
        return Layout(0, [], names, skipped, width, False)
    record = next(read_records(body.lines, reading.dialect))
    where = f"{source.name}, line {record.first}"
    if problem := record.problem or undecodable(record.raw, found.name):
        raise DataError(f"{where}: the header cannot be read: {problem}")
    cells = list(record.fields)
    if cells[0].startswith("#"):
        cells[0] = cells[0][1:]
    cells = ["row", *cells] if reading.extra == "row names" else cells
    trailing = reading.extra == "trailing"
    if cells[-1:] == [""] and len(cells) == width + (not trailing):
        cells.pop()
    try:
        columns = name_columns(cells)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from error
    return Layout(record.last, record.fields, columns, skipped, len(cells) + trailing, trailing)


def _verified(
    source: Source, found: Survey, reading: Reading, layout: Layout, options: FileOptions
) -> Reading:
    """Return the reading, with quotes if more lines of the whole file fit so than without."""
    unquoted = reading.dialect
    unsure = unquoted.quoting == "none" and options.quoting == "auto" and unquoted.separator != "\t"
    if not unsure:
        return reading
    misfits = sum(_misfits(source, found, reading, layout))
    quoted = Reading(**{**reading.__dict__, "dialect": Dialect(unquoted.separator, "double")})
    if misfits and sum(_misfits(source, found, quoted, layout)) < misfits:
        return quoted
    return reading


def _misfits(source: Source, found: Survey, reading: Reading, layout: Layout) -> Iterator[int]:
    """Yield the number of lines of each record that is no row, header, blank or comment."""
    lines, check = numbered_lines(source, found), swallow_check(reading.dialect, reading.kinds)
    for record in read_records(lines, reading.dialect, check, layout.width):
        fits = len(record.fields) == layout.width or record.first <= layout.header_line
        if not fits and record.raw.strip() and not record.raw.startswith("#"):
            yield record.last - record.first + 1


def _describe(reading: Reading, layout: Layout, found: Survey, source: Source, quotes: bool) -> str:
    separator = reading.dialect.separator
    name = "TSV" if separator == "\t" else "CSV"
    parts = [f"{name} separated by {WORDS.get(separator, repr(separator))}"]
    if separator == NO_SEPARATOR:
        parts = ["CSV with one column"]
    if quotes:
        parts.append(QUOTES[reading.dialect.quoting])
    parts.append(found.name)
    if source.layers:
        parts.append(source.layers)
    header = f"header in line {layout.header_line}" if layout.header_line else "no header"
    parts.append(header)
    if layout.trailing:
        parts.append("an empty last column left out")
    if reading.dialect.blanks:
        parts.append("blanks around fields left out")
    return ", ".join(parts)


def _read(
    source: Source,
    found: Survey,
    reading: Reading,
    layout: Layout,
    options: FileOptions,
    left: LeftOut,
) -> Iterator[Row | BadRow]:
    columns, width, header, marks = layout.columns, layout.width, layout.header, found.marks
    trusted = options.quoting in ("double", "backslash")
    check = None if trusted else swallow_check(reading.dialect, reading.kinds)
    lines = _body(numbered_lines(source, found), layout, left)
    for record in read_records(lines, reading.dialect, check, width):
        fields = record.fields
        if (
            len(fields) != width
            or (width == 1 and not record.raw.strip())
            or (layout.trailing and fields[-1])
            or (marks and not record.raw.isascii() and undecodable(record.raw, ""))
        ):
            yield from _odd(record, source.path, layout, found, reading.dialect, left)
        elif fields == header:
            left["repeated header line"] += 1
        else:
            yield Row(record.first, dict(zip(columns, fields, strict=False)), record.raw)


def _body(lines: Iterator[Line], layout: Layout, left: LeftOut) -> Iterator[Line]:
    """Yield the lines after the header, and count what stands before it."""
    last = layout.header_line or max(layout.skipped, default=0)
    for number, line in islice(lines, last):
        if not line.strip():
            left["blank line"] += 1
        elif line.startswith("#") and number != layout.header_line:
            left["comment line"] += 1
        elif number in layout.skipped:
            left["separator line"] += 1
    yield from lines


def _odd(
    record: Record, path: str, layout: Layout, found: Survey, dialect: Dialect, left: LeftOut
) -> Iterator[BadRow]:
    """Count a blank line or a comment, or give a bad row."""
    count, expected = len(record.fields), layout.width - layout.trailing
    wrong = undecodable(record.raw, found.name)
    if not record.raw.strip() and dialect.separator not in record.raw:
        left["blank line"] += 1
    elif record.raw.startswith("#") and not wrong and count != layout.width:
        left["comment line"] += 1
    else:
        reason = (
            record.problem
            or wrong
            or (
                f"{count} field{'s' * (count != 1)}, {expected} expected (is a text with "
                f"{WORDS.get(dialect.separator, repr(dialect.separator))} in it not quoted, "
                "or a quote not closed?)"
            )
        )
        last = f" (lines {record.first} to {record.last})" if record.last > record.first else ""
        yield BadRow(path, record.first, reason + last, record.raw)
