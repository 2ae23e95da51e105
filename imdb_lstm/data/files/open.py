"""Open a file as a table: its format, by what is in it and only then by its name."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

from imdb_lstm.data.files.columnar import excel_table, parquet_table
from imdb_lstm.data.files.delimited import delimited_table, is_table
from imdb_lstm.data.files.encoding import WIDE, Survey, survey
from imdb_lstm.data.files.find import find_files
from imdb_lstm.data.files.folders import of_split, table_files, text_folder
from imdb_lstm.data.files.json_array import BLANK
from imdb_lstm.data.files.json_rows import json_table, looks_like_json
from imdb_lstm.data.files.lines import open_text
from imdb_lstm.data.files.magic import refuse_binary, refuse_foreign
from imdb_lstm.data.files.plain import plain_table
from imdb_lstm.data.files.rows import FileOptions, Table
from imdb_lstm.data.files.source import HEAD, Source, open_source
from imdb_lstm.errors import DataError

# A file that is named as a workbook and has text in it is a CSV: some programs export it so.
AUTO = FileOptions()
SUFFIXES = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv", ".xlsx", ".xls", ".parquet"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "json"),
    ".txt": "txt",
}


def open_table(
    path: str | Path, options: FileOptions = AUTO, default_column: str = "text"
) -> Table:
    """Return the table in a file, in standard input for "-", or in a folder of texts.

    Args:
        path: The file, or a folder with a folder of texts per label.
        options: What is known of the file; the rest is found from its content.
        default_column: The name of the column of plain text.

    Raises ``DataError``, in one line, when there is no such file or no table in it.

    >>> sample = Path(__file__).parents[1] / "sample" / "reviews.jsonl"
    >>> open_table(sample).description
    'JSON lines, UTF-8'
    """
    text = os.path.expanduser(os.fspath(path))
    if os.path.isdir(text):
        return text_folder(text, options)
    source = open_source(text)
    head = source.head()
    if not head.strip(b"\xef\xbb\xbf"):
        raise DataError(f"{source.name} is empty")
    table = _binary_table(source, head, options)
    return table or _text_table(source, head, options, default_column)


def open_tables(
    spec: str, options: FileOptions = AUTO, default_column: str = "text"
) -> list[Table]:
    """Return the tables of all files that a user means, in order; see ``find_files``.

    Of a folder these are its tables, or one of its texts. Tables of files with the same name have
    their path for a name. Raises ``DataError`` when there is no such file, or no table in one.
    """
    found: list[Table] = []
    for path in find_files(spec):
        files, others = table_files(path) if os.path.isdir(path) else ([], 0)
        for number, (file, split) in enumerate(files):
            table = open_table(file, options, default_column)
            found.append(of_split(table, split, 0 if number else others))
        if not files:
            found.append(open_table(path, options, default_column))
    return told_apart(found)


def told_apart(tables: list[Table]) -> list[Table]:
    """Give tables of the same name their path for a name, which their rows are called by."""
    count = Counter(table.name for table in tables)
    return [replace(each, name=each.path) if count[each.name] > 1 else each for each in tables]


def _binary_table(source: Source, head: bytes, options: FileOptions) -> Table | None:
    """Return the table of a file that is no text, or ``None``."""
    asked = options.file_format
    refuse_foreign(source, head, asked == "auto" and source.suffix != ".txt")
    if source.members:
        _check_asked(source, asked, "excel", "a workbook")
        return excel_table(source, options)
    if head.startswith(b"PAR1"):
        _check_asked(source, asked, "parquet", "Parquet")
        return parquet_table(source, options.bad_rows)
    if asked in ("excel", "parquet"):
        raise DataError(f"{source.name} is no {asked} file: leave out --file-format, or correct it")
    return None


def _check_asked(source: Source, asked: str, found: str, name: str) -> None:
    if asked not in ("auto", found):
        raise DataError(f"{source.name} is {name}: leave out --file-format {asked}")


def _text_table(source: Source, head: bytes, options: FileOptions, column: str) -> Table:
    found = survey(source, options.encoding)
    if found.empty:
        raise DataError(f"{source.name} is empty")
    if not found.encoding.startswith(WIDE) and options.encoding == "auto":
        refuse_binary(source.name, head)
    kind = options.file_format
    if kind == "auto":
        kind = _text_format(source, found, options)
    if kind in ("json", "jsonl"):
        return json_table(source, found, options.bad_rows)
    if kind == "txt":
        return plain_table(source, found, column, options.bad_rows)
    if kind == "tsv" and options.file_format == "tsv" and not options.delimiter:
        options = replace(options, separator="tab")
    return delimited_table(source, found, options)


def _text_format(source: Source, found: Survey, options: FileOptions) -> str:
    named = SUFFIXES.get(source.suffix, "")
    first = _first_line(source, found)
    if named == "json" and first.startswith(("{", "[")):
        return "json"
    if looks_like_json(first):
        return "json"
    if named == "csv":
        return named
    given = options.delimiter or options.header == "yes"
    # A damaged JSON file is still no plain text.
    return "csv" if given or is_table(source, found, options) else named or "txt"


def _first_line(source: Source, found: Survey) -> str:
    """Return the first line that is not blank, and some more if it is but a bracket.

    A long one is cut: an array of JSON may be all of a large file.
    """
    with open_text(source, found) as text:
        lines = text.read(HEAD).split("\n")
    filled = [line for line in (line.strip(BLANK) for line in lines) if line]
    first = "".join(filled[:1])
    return first if len(first) > 2 else "\n".join(filled[:5])
