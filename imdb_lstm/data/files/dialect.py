"""The dialect of delimited text: the separator and the quotes with which a sample makes sense."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from imdb_lstm.data.files.header import is_header, known_names, shape
from imdb_lstm.data.files.kinds import Kind, column_kinds
from imdb_lstm.data.files.lines import Line
from imdb_lstm.data.files.records import (
    NO_SEPARATOR,
    Dialect,
    Record,
    read_records,
    swallow_check,
)
from imdb_lstm.data.files.rows import FileOptions

CONSISTENT = 0.7  # the least share of lines that fit, for a separator to be believed
WRAPPED = re.compile(r'"(?:[^"]|"")*"')
ORDER = ",;\t|"


@dataclass(frozen=True)
class Sample:
    """The first lines of a file, and whether they are all of it."""

    lines: Sequence[Line]
    whole: bool

    @property
    def text(self) -> str:
        return "".join(line for _, line in self.lines)


@dataclass(frozen=True)
class Reading:
    """What a sample becomes in one dialect.

    Args:
        dialect: The separator and the quotes.
        first: The fields of the first record.
        rows: The fields of the others, but those that failed.
        width: The number of fields that a row should have.
        extra: Why rows and header differ by a field: "row names", "trailing", "short" or "".
        kinds: The kind of each column.
        bad: How many lines do not fit.
        lines: How many lines there are.
    """

    dialect: Dialect
    first: list[str]
    rows: list[list[str]]
    width: int
    extra: str
    kinds: list[Kind]
    bad: int
    lines: int

    @property
    def telling(self) -> int:
        """How many columns have numbers or labels."""
        return sum(kind.name != "text" for kind in self.kinds)

    def rank(self, order: str) -> tuple[float, ...]:
        """Return what is greater for a more likely separator."""
        share, wide = 1 - self.bad / max(1, self.lines), self.width > 1
        return (
            wide and known_names(self.first) > 0,
            wide and share >= CONSISTENT,
            share,
            self.telling,
            -order.index(self.dialect.separator),
        )


def find_dialect(sample: Sample, options: FileOptions, suffix: str = "") -> Reading:
    r"""Return the most sensible reading of a sample.

    Args:
        sample: Lines, without what stands before the header.
        options: What is not "auto" is taken as it is.
        suffix: The end of the file's name, which decides where the content does not.

    >>> lines = [(1, "text;label\n"), (2, "Good, really;1\n")]
    >>> find_dialect(Sample(lines, True), FileOptions()).dialect.separator
    ';'
    """
    if options.delimiter:
        return _best_quoting(sample, options.delimiter, options.quoting)
    order = "\t,;|" if suffix in (".tsv", ".tab") else ORDER
    readings = [_best_quoting(sample, separator, options.quoting) for separator in order]
    best = max(readings, key=lambda reading: reading.rank(order))
    if best.width > 1:
        return best
    return _best_quoting(sample, NO_SEPARATOR, options.quoting)


def _best_quoting(sample: Sample, separator: str, quoting: str) -> Reading:
    text, tab = sample.text, separator == "\t"
    if quoting == "none" or (quoting == "auto" and '"' not in text):
        plain = "none" if quoting == "none" or tab else "double"
        return _read(sample, Dialect(separator, plain))
    if quoting == "backslash":
        return _read(sample, Dialect(separator, "backslash"))
    double = _doubled(sample, separator, text)
    if quoting == "double":
        return double
    unquoted = _read(sample, Dialect(separator, "none"))
    if '\\"' in text:
        escaped = _read(sample, Dialect(separator, "backslash"))
        if escaped.bad <= min(double.bad, unquoted.bad) and _all_escaped(text, separator):
            return escaped
        double = min(double, escaped, key=lambda reading: reading.bad)
    quoted = _tab_is_quoted if tab else _is_quoted
    return double if quoted(double, unquoted) else unquoted


def _all_escaped(text: str, separator: str) -> bool:
    """Whether every quote inside of a field follows a backslash."""
    fields = re.split(f"[{re.escape(separator)}\r\n]", text.replace("\\\\", ""))
    inner = (re.sub(r'^"|(?<!\\)"$', "", field.strip()) for field in fields)
    return not any(re.search(r'(?<!\\)"', field) for field in inner)


def _doubled(sample: Sample, separator: str, text: str) -> Reading:
    """Read with doubled quotes, and with blanks around the quotes where they occur."""
    double = _read(sample, Dialect(separator))
    if not re.search(f'{re.escape(separator)} +"', text):
        return double
    blanks = _read(sample, Dialect(separator, blanks=True))
    cells = [cell.strip() for row in double.rows for cell in row if re.match(' +"', cell)]
    exact = blanks.bad == double.bad and all(map(WRAPPED.fullmatch, cells))
    return blanks if blanks.bad < double.bad or exact else double


def _is_quoted(double: Reading, unquoted: Reading) -> bool:
    """Whether quotes have a meaning in a CSV: always, unless nothing but them breaks it."""
    one_column = unquoted.width < 2 and double.dialect.separator != NO_SEPARATOR
    if not double.bad or unquoted.bad or one_column:
        return True
    wrapped = sum(bool(WRAPPED.fullmatch(cell)) for row in unquoted.rows for cell in row)
    torn = sum(map(_is_torn, unquoted.rows))
    return torn >= double.bad or wrapped + torn > double.bad


def _is_torn(row: Sequence[str]) -> bool:
    """Whether a quote is opened in one cell and closed in a later one, around a separator.

    >>> _is_torn(["1", '"Good', ' really"']), _is_torn(["1", '"Good" film'])
    (True, False)
    """
    cells = [cell.strip() for cell in row]
    opened = [n for n, cell in enumerate(cells) if re.match('"(?!.*"$)', cell, re.DOTALL)]
    closed = [n for n, cell in enumerate(cells) if re.match('"$|[^"].*"$', cell, re.DOTALL)]
    return bool(opened and closed) and opened[0] < closed[-1]


def _tab_is_quoted(double: Reading, unquoted: Reading) -> bool:
    """Whether quotes have a meaning in a TSV: only if that is clear."""
    if double.bad or unquoted.bad:
        return double.bad < unquoted.bad
    if double.telling > unquoted.telling or (unquoted.extra and not double.extra):
        return True
    rows = [unquoted.first, *unquoted.rows]
    quoted = [cell for row in rows for cell in row if cell.startswith('"')]
    if not quoted or not all(map(WRAPPED.fullmatch, quoted)):
        return False
    columns = list(zip(*(row for row in rows if len(row) == unquoted.width), strict=False))
    all_quoted = any(
        len(column) > 1 and all(cell.startswith('"') for cell in column) for column in columns
    )
    return all_quoted or any('""' in cell[1:-1] for cell in quoted)


def _read(sample: Sample, dialect: Dialect) -> Reading:
    records = _records(sample, dialect)
    reading = _judge(records, dialect)
    if all(record.first == record.last for record in records):
        return reading
    check = swallow_check(dialect, reading.kinds)
    return _judge(list(read_records(sample.lines, dialect, check)), dialect)


def _records(sample: Sample, dialect: Dialect) -> list[Record]:
    """Return the records of a sample, without one that the end of the sample cuts off."""
    records = list(read_records(sample.lines, dialect))
    middle = sample.lines[len(sample.lines) // 2][0] if sample.lines else 0
    for place, record in enumerate(records):
        cut = not sample.whole and record.first > middle and "end of the file" in record.problem
        if cut:
            return records[:place]
    return records


def _judge(records: list[Record], dialect: Dialect) -> Reading:
    lines = [record for record in records if record.problem or record.raw.strip()]
    good = [record.fields for record in lines if not record.problem]
    first, rows = (good[0], good[1:]) if good else ([], [])
    if lines and lines[0].problem:
        first, rows = [], good
    width, extra = _width(first, rows)
    bad = [record for record in lines if len(record.fields) != width or record.problem]
    bad = [record for record in bad if not record.raw.startswith("#")]
    if extra and bad and bad[0].fields is first:
        bad.pop(0)
    kinds = column_kinds(rows or [first], width)
    return Reading(dialect, first, rows, width, extra, kinds, len(bad), len(lines))


def _width(first: list[str], rows: list[list[str]]) -> tuple[int, str]:
    """Return the number of fields a row should have, and what the last or first one is for."""
    counts = Counter(len(row) for row in rows)
    most = max(counts, key=lambda width: (counts[width], width == len(first)), default=len(first))
    if not first:
        return most, ""
    extra = shape(first, rows, most)
    if extra:
        return most, extra
    fits = [row for row in rows if len(row) == len(first)]
    return (len(first) if known_names(first) or (fits and is_header(first, fits)) else most), ""
