"""Plain text: one text per line, blank lines too, since line i of an answer is for line i."""

from __future__ import annotations

from collections.abc import Iterator

from imdb_lstm.data.files.encoding import Survey, undecodable
from imdb_lstm.data.files.lines import numbered_lines
from imdb_lstm.data.files.rows import BadRow, Row, Table
from imdb_lstm.data.files.source import STANDARD_INPUT, Source


def plain_table(source: Source, found: Survey, column: str, bad_rows: str) -> Table:
    """Return a table with one column and a row for every line of a text file."""
    kind = "lines" if source.path in STANDARD_INPUT else "txt"
    layers = f", {source.layers}" if source.layers else ""
    dialect = f"plain text, one text per line, {found.name}{layers}"

    def read() -> Iterator[Row | BadRow]:
        for number, line in numbered_lines(source, found):
            wrong = undecodable(line, found.name) if found.marks else None
            if wrong:
                yield BadRow(source.path, number, wrong, line)
            else:
                yield Row(number, {column: line.rstrip("\r\n")}, line)

    return Table(
        source.name, source.path, (column,), False, kind, dialect, lambda left: read(), bad_rows
    )
