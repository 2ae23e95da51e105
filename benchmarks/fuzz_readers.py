"""Damaged files for the readers of ``imdb_lstm.data.files``: nothing but ``DataError`` may come.

    python -m benchmarks.fuzz_readers 100000
    python -m benchmarks.fuzz_readers 1000 --seed 7

Each case is a small valid file of one format with a few bytes or pieces changed, or random bytes.
It must be read, or refused with a message of one line; within seconds; and every line of a
delimited file that is not blank must be in a row, in a bad row or in a count that is told.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from imdb_lstm.data.files.encoding import survey
from imdb_lstm.data.files.lines import numbered_lines
from imdb_lstm.data.files.open import open_table
from imdb_lstm.data.files.rows import FileOptions, Row, Table
from imdb_lstm.data.files.source import open_source
from imdb_lstm.errors import DataError

SECONDS = 5  # far more than a small file takes
TEXTS = (
    "Good.", "A dull, long film", 'He said "no"', "two\nlines", "tab\there", "café", "★ 影評", "",
    "#1 film", "a;b|c", "it's", "\\", '"', "x" * 300, "\ufeff", "nan", "1", " ", "{", "[1]", "\r",
)  # fmt: skip
PIECES = (
    b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r\n", b"\r", b"\0", b"\\", b'\\"', b"#",
    b"\xff", b"\xe9", b"\xef\xbb\xbf", b"\xff\xfe", b"{", b"}", b"[", b"]", b"\xed\xa0\x80",
    b"\\ud800", b":", b"sep=;\n", b"# a comment\n", b"\n\n", b"NaN",
    b"9" * 5_000, b"[" * 2_000, b"text,label\n",
)  # fmt: skip
SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx", ".parquet", ".dat", ".CSV.GZ", "")


def rows(chance: random.Random) -> list[dict[str, Any]]:
    """A few rows with an id, a text and a label."""
    return [
        {"id": number, "text": chance.choice(TEXTS), "label": chance.choice((0, 1))}
        for number in range(chance.randint(0, 8))
    ]


def delimited(chance: random.Random) -> bytes:
    """A CSV in some dialect, encoding and line ends."""
    stream = io.StringIO()
    writer = csv.writer(
        stream,
        delimiter=chance.choice(",;\t|"),
        quoting=chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
        doublequote=(doubled := chance.random() < 0.8),
        escapechar=None if doubled else "\\",
        lineterminator=chance.choice(("\n", "\r\n", "\r")),
    )
    if chance.random() < 0.8:
        writer.writerow(("id", "text", "label"))
    writer.writerows(row.values() for row in rows(chance))
    encoding = chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32-le", "cp1252"))
    return stream.getvalue().encode(encoding, "replace")


def json_text(chance: random.Random) -> bytes:
    """JSON in one of the layouts that are read."""
    table = rows(chance)
    lines = "\n".join(json.dumps(row, ensure_ascii=chance.random() < 0.5) for row in table)
    columns = {name: {str(row["id"]): row[name] for row in table} for name in ("text", "label")}
    array = json.dumps(table, indent=chance.choice((None, 1)))
    return chance.choice((lines, lines, array, json.dumps(columns))).encode("utf-8", "replace")


@cache
def parquet(seed: int) -> bytes:
    """A small Parquet file."""
    import pyarrow
    from pyarrow import parquet as files

    stream = io.BytesIO()
    files.write_table(pyarrow.Table.from_pylist(rows(random.Random(seed))), stream)
    return stream.getvalue()


@cache
def excel(seed: int) -> bytes:
    """A small workbook."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["id", "text", "label"])
    for row in rows(random.Random(seed)):
        book.active.append([re.sub("[\r\x00]", "", str(value)) for value in row.values()])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zipped(chance: random.Random) -> bytes:
    """A zip archive of a CSV."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", delimited(chance))
    return stream.getvalue()


KINDS: tuple[Callable[[random.Random], bytes], ...] = (
    *(delimited,) * 6,
    *(json_text,) * 3,
    zipped,
    lambda chance: gzip.compress(delimited(chance), 1),
    lambda chance: parquet(chance.randrange(20)),
    lambda chance: excel(chance.randrange(20)),
    lambda chance: chance.randbytes(chance.randint(0, 400)),
    lambda chance: "\n".join(chance.choices(TEXTS, k=6)).encode("utf-8", "replace"),
)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Put in, leave out or repeat a few pieces."""
    for _ in range(chance.choice((0, 1, 1, 2, 3, 8))):
        place = chance.randint(0, len(content))
        length = chance.choice((0, 1, 1, 4, 30))
        piece = chance.choice(
            (b"", chance.choice(PIECES), chance.choice(PIECES), chance.randbytes(2),
             content[place : place + length] * 2)
        )  # fmt: skip
        content = content[:place] + piece + content[place + length :]
    return content[: chance.randint(0, len(content))] if chance.random() < 0.1 else content


def some_options(chance: random.Random) -> FileOptions:
    """Mostly nothing but "auto"; of bad rows mostly to skip them."""

    def pick(*others: str) -> str:
        return chance.choice(others) if chance.random() < 0.1 else "auto"

    return FileOptions(
        pick("csv", "tsv", "jsonl", "json", "txt", "parquet", "excel"),
        pick("comma", "semicolon", "tab", "bar", "x"),
        pick("double", "backslash", "none"),
        pick("utf-8", "utf-16", "latin-1", "shift_jis", "ascii", "utf-7"),
        pick("yes", "no"),
        chance.choice(("skip", "skip", "skip", "stop")),
    )


def unaccounted(table: Table, read: list[Row], options: FileOptions) -> list[int]:
    """Lines of a delimited file that are in no row, no bad row and no count."""
    source = open_source(table.path)
    found = survey(source, options.encoding)
    covered: set[int] = set()
    for line, raw in [(row.line, row.raw) for row in read] + [(b.line, b.raw) for b in table.bad]:
        lines = range(line, line + raw.rstrip("\r\n").count(found.newline) + 1)
        assert len(lines) == 1 or not covered & set(lines[1:]), f"lines {lines} are read twice"
        covered.update(lines)
    for bad in table.bad:  # whose text is cut
        if named := re.search(r"lines (\d+) to (\d+)", bad.reason):
            covered.update(range(int(named[1]), int(named[2]) + 1))
    header = int((re.findall(r"header in line (\d+)", table.dialect) or [0])[0])
    missing = [
        number
        for number, line in numbered_lines(source, found)
        if number > header and line.strip() and number not in covered
    ]
    told = sum(table.left_out[what] for what in table.left_out if what != "blank line")
    return missing if len(missing) > told else []


def check(path: Path, options: FileOptions) -> str:
    """Read one file. Returns what became of it; raises ``AssertionError`` for what must not be."""
    began = time.perf_counter()
    try:
        table = open_table(path, options)
        read = list(table.rows())
        outcome = table.format
        assert all(set(row.values) >= set(table.columns) for row in read)
        if table.format in ("csv", "tsv") and options.bad_rows == "skip":
            missing = unaccounted(table, read, options)
            assert not missing, f"lines {missing} are lost: {table.description}"
    except DataError as error:
        assert str(error) and "\n" not in str(error), f"not one line: {error!r}"
        outcome = "refused"
    assert time.perf_counter() - began < SECONDS, "too slow"
    return outcome


def fuzz(cases: int, seed: int, folder: Path) -> dict[str, int]:
    """Read that many damaged files and count what became of them.

    Raises ``AssertionError`` naming the case that went wrong; its file stays in the folder.
    """
    outcomes: dict[str, int] = {}
    for case in range(cases):
        chance = random.Random(f"{seed} {case}")
        path = folder / f"case{chance.choice(SUFFIXES)}"
        path.write_bytes(damaged(chance.choice(KINDS)(chance), chance))
        options = some_options(chance)
        try:
            outcome = check(path, options)
        except Exception as error:
            raise AssertionError(f"seed {seed}, case {case}, {path}, {options}") from error
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        path.unlink()
    return outcomes


def main() -> None:
    """Read damaged files and print what became of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cases", type=int)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print(fuzz(arguments.cases, arguments.seed, Path(tempfile.mkdtemp())))


if __name__ == "__main__":
    main()
