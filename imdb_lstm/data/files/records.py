"""Records of delimited text: fields, where they begin and end, and what is wrong with them.

Lines without a quote are split at the separator. Other lines are parsed by ``csv``, which may take
in further lines; where that fails, only the first line is given up and reading goes on at the next,
so that a stray quote does not cost the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from imdb_lstm.data.files.kinds import Kind
from imdb_lstm.data.files.lines import Feed, Line

csv.field_size_limit(2**31 - 1)  # a review may exceed the default of 128 KiB

MOST_LINES = 5_000  # of one quoted text; a longer one is taken for a quote that is not closed
MOST_CHARACTERS = 20_000_000
LONE_RETURN = re.compile("\r(?!\n)")
HIDDEN_RETURN = "\ue00d"  # csv refuses a lone "\r" outside of quotes
NO_SEPARATOR = "\x1f"  # for files of one column: the unit separator, which no text has
ENDS = "\r\n"


@dataclass(frozen=True)
class Dialect:
    """How fields are separated and quoted.

    Args:
        separator: One character.
        quoting: double, backslash or none.
        blanks: Whether blanks around quoted fields are no part of them.
    """

    separator: str = ","
    quoting: str = "double"
    blanks: bool = False

    def csv_options(self) -> dict[str, Any]:
        """The options of ``csv.reader`` for this dialect."""
        backslash = self.quoting == "backslash"
        return {
            "delimiter": self.separator,
            "doublequote": not backslash,
            "escapechar": "\\" if backslash else None,
            "skipinitialspace": self.blanks,
            "strict": True,
        }


class Record(NamedTuple):
    """Fields of one record, its first and last line, its text, and what is wrong with it."""

    first: int
    last: int
    fields: list[str]
    raw: str
    problem: str = ""


Check = Callable[[Record], str]


def read_records(
    lines: Iterable[Line], dialect: Dialect, swallows: Check | None = None, width: int = 0
) -> Iterator[Record]:
    r"""Yield the records of some lines. A record that fails has a problem and no fields.

    Args:
        lines: Numbered lines with their ends.
        dialect: How the fields are separated and quoted.
        swallows: Tells of a record of several lines that they are records of their own, or "".
        width: The number of fields that is expected, or 0 for any.

    >>> [record.fields for record in read_records([(1, 'a,"b\n'), (2, 'c"\n')], Dialect())]
    [['a', 'b\nc']]
    """
    feed, parser = Feed(lines), csv.reader((), **dialect.csv_options()).dialect
    separator, special = dialect.separator, _special(dialect)
    for number, line in feed:
        body = line.rstrip(ENDS)
        if "\r" in body and _split_at_returns(feed, number, line, separator, width):
            continue
        if special is None or not special(body):
            yield Record(number, number, body.split(separator), line)
        else:
            fields = None if "\r" in body else _simple(line, parser, dialect)
            if fields is None:
                yield _quoted(feed, number, line, dialect, swallows)
            else:
                yield Record(number, number, fields, line)


def _simple(line: str, parser: Any, dialect: Dialect) -> list[str] | None:
    """Return the fields of a record of one line, or ``None`` if it is not so simple."""
    if dialect.quoting == "backslash" and "\\" in line:
        return None
    try:
        return next(csv.reader((line,), parser))
    except csv.Error:
        return None


def _special(dialect: Dialect) -> Callable[[str], Any] | None:
    """Return what finds in a line that splitting it is not enough."""
    if dialect.quoting == "none":
        return None
    if dialect.blanks:
        return re.compile(f'"|{re.escape(dialect.separator)} ').search
    if dialect.quoting == "backslash":
        return re.compile(r'["\\]').search
    return lambda body: '"' in body


def _split_at_returns(feed: Feed, number: int, line: str, separator: str, width: int) -> bool:
    r"""Put a line back in pieces if a lone "\r" in it ends a row, as the count of fields tells."""
    pieces = LONE_RETURN.split(line)
    if width < 2 or any(len(piece.split(separator)) != width for piece in pieces):
        return False
    if any(piece.count('"') % 2 for piece in pieces):  # it is within a quoted text
        return False
    feed.put_back([(number, piece) for piece in pieces])
    return True


def _quoted(feed: Feed, number: int, line: str, dialect: Dialect, swallows: Check | None) -> Record:
    taken = [(number, line)]
    fields, problem = _parse(feed, taken, dialect)
    raw = "".join(text for _, text in taken)
    last = taken[-1][0]
    if problem and len(taken) == 1 and (closer := _without_blanks(line, dialect)) != line:
        fields, problem = _parse(feed, [(number, closer)], dialect, more=False)
    record = Record(number, last, fields, raw, problem)
    if not problem and len(taken) > 1 and swallows:
        problem = swallows(record)
    if problem and len(taken) > 1:
        feed.put_back(taken[1:])
        raw = line
    if problem:
        return Record(number, number, [], raw, problem)
    return record


def _without_blanks(line: str, dialect: Dialect) -> str:
    """Return a line without the blanks between a closing quote and a separator."""
    return re.sub(rf'" +(?={re.escape(dialect.separator)}|[\r\n]*$)', '"', line)


def _parse(
    feed: Feed, taken: list[Line], dialect: Dialect, more: bool = True
) -> tuple[list[str], str]:
    """Return the fields of a record, and what is wrong; ``taken`` gets the lines it is made of."""
    texts = (_escaped(text, dialect) for text in _texts(feed, taken, more))
    try:
        fields = next(csv.reader(texts, **dialect.csv_options()))
    except csv.Error as error:
        return [], _problem(str(error), taken)
    except StopIteration:  # pragma: no cover, a line is always given
        return [], "no fields"
    if any("\r" in text.rstrip(ENDS) for _, text in taken):
        fields = [field.replace(HIDDEN_RETURN, "\r") for field in fields]
    return fields, ""


def _texts(feed: Feed, taken: list[Line], more: bool) -> Iterator[str]:
    yield taken[0][1]
    size = 0
    while more and len(taken) < MOST_LINES and size < MOST_CHARACTERS:
        line = next(feed, None)
        if line is None:
            return
        taken.append(line)
        size += len(line[1])
        yield line[1]


def _escaped(text: str, dialect: Dialect) -> str:
    """Return a line as ``csv`` needs it for giving back exactly what is meant."""
    body = text.rstrip(ENDS)
    if "\r" in body:
        text = LONE_RETURN.sub(HIDDEN_RETURN, body) + text[len(body) :]
    if dialect.quoting == "backslash" and "\\" in text:
        # A backslash escapes a quote or a backslash, and is itself before anything else.
        text = re.sub(r'\\(["\\]?)', lambda found: found[0] if found[1] else r"\\", text)
    return text


def _problem(error: str, taken: list[Line]) -> str:
    first, last = taken[0][0], taken[-1][0]
    advice = "double the quotes inside of texts, or give --quoting none or --quoting backslash"
    if "unexpected end" in error:
        where = "the end of the file" if len(taken) < MOST_LINES else f"line {last}"
        return f"a quote opened in line {first} is not closed before {where}: {advice}"
    if first == last:
        return f"text follows a closing quote ({error}): {advice}"
    return (
        f"a quote opened in line {first} is closed in line {last}, where text follows it: {advice}"
    )


def _fits(cell: str, kind: Kind) -> bool:
    """Whether a cell that may be quoted, or where a quote begins or ends, is of a kind."""
    cell = cell.strip().replace('""', "")
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        cell = cell[1:-1]
    return '"' in cell or kind.fits(cell)


def swallow_check(dialect: Dialect, kinds: list[Kind]) -> Check:
    """Return a check whether the lines of one record look like records of their own.

    They do when each has the expected number of fields, and numbers and labels where the columns
    have them; where no column has, when there are several lines between the first and the last.
    """
    width, separator = len(kinds), dialect.separator
    telling = [(place, kind) for place, kind in enumerate(kinds) if kind.name != "text"]

    def like_a_row(text: str) -> bool:
        cells = text.split(separator)
        return len(cells) == width and all(_fits(cells[place], kind) for place, kind in telling)

    def check(record: Record) -> str:
        texts = [text for text in re.split("[\r\n]+", record.raw) if text.strip()]
        if width < 2 or len(texts) < 2 or not (telling or len(texts) > 4):
            return ""
        # What has a wrong number of fields is no row anyway, so that less evidence is enough.
        enough = all if len(record.fields) == width else any
        if not enough(map(like_a_row, texts if enough is all else texts[1:])):
            return ""
        return (
            f"a quote opened in line {record.first} is closed only in line {record.last}, and the "
            f"lines between look like rows of their own: {texts[1][:80]!r}; double the quotes "
            "inside of texts, or give --quoting none, or --quoting double if it is one text"
        )

    return check
