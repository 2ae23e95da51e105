"""Which column of a file has the text, and which the label: as asked, or by the usual names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from imdb_lstm.data.files.header import plain_name
from imdb_lstm.data.labels import label_key
from imdb_lstm.errors import DataError

TEXT_NAMES = (
    "text", "review", "reviewtext", "content", "comment", "sentence", "tweet", "body", "message",
    "reviewbody", "reviewcontent", "phrase", "document", "description", "feedback", "kommentar",
    "texte", "texto", "testo", "bewertungstext", "avis",
)  # fmt: skip
LABEL_NAMES = (
    "label", "sentiment", "polarity", "class", "target", "stars", "rating", "overall", "score",
    "category", "labels", "bewertung", "note", "etiqueta", "etichetta",
)  # fmt: skip
STAR_NAMES = ("stars", "rating", "overall", "score", "note")
SAMPLE = 200  # rows looked at where there is no header
MOST_LABELS = 20  # distinct values of a column of labels without a header


def text_column(table: Any, asked: str = "", label: str = "") -> str:
    """Return the column of the text.

    ``table``: with ``name``, ``columns``, ``has_header`` and ``rows()``. ``asked``: the column that
    the user names, if any. ``label``: the column of the label, which is not the text. Raises
    ``DataError`` when there is no such column, or two could be it.
    """
    if asked:
        return _named(table, asked, "--text-column")
    columns = [name for name in table.columns if name != label]
    if len(columns) == 1:
        return columns[0]
    found = _usual(columns, TEXT_NAMES) if table.has_header else _longest(table, columns)
    return _only(table, found, "text", "--text-column")


def label_column(table: Any, asked: str = "", text: str = "", rating: str = "") -> str:
    """Return the column of the label; see ``text_column``. That of ratings is the last choice."""
    if asked:
        return _named(table, asked, "--label-column")
    if table.format == "txt":
        raise DataError(
            f"{table.name} is plain text, which has no labels: give a table with a column of texts "
            "and one of labels, or a folder for each label"
        )
    columns = [name for name in table.columns if name != text]
    found = _usual(columns, LABEL_NAMES) if table.has_header else _few_values(table, columns)
    found = [name for name in found if plain_name(name) != plain_name(rating)] or found
    others = {plain_name(name) for name in found} - {"label"}
    if others < set(STAR_NAMES) and len(others) < len(found):  # a label, and stars beside it
        found = [name for name in found if plain_name(name) == "label"]
    return _only(table, found, "label", "--label-column")


def optional_column(table: Any, name: str, asked: bool = False) -> str:
    """Return the name of a column that need not be there, or "". ``asked``: it must be there."""
    if name and asked:
        return _named(table, name, "its option")
    if name in table.columns:
        return name
    found = [each for each in table.columns if name and plain_name(each) == plain_name(name)]
    return found[0] if len(found) == 1 else ""


def _named(table: Any, asked: str, option: str) -> str:
    """Return the column with this name, whatever its case."""
    if asked in table.columns:
        return asked
    near = [name for name in table.columns if plain_name(name) == plain_name(asked)]
    if len(near) == 1:
        return near[0]
    raise DataError(
        f"{table.name}: no column {asked!r}; the columns are {_list(table.columns)}. Set {option}"
    )


def _only(table: Any, found: Sequence[str], what: str, option: str) -> str:
    """Return the one column found. Raises ``DataError`` for none or several."""
    if len(found) == 1:
        return found[0]
    columns = f"the columns are {_list(table.columns)}" + (
        "" if table.has_header else " (there is no header, so they are numbered)"
    )
    if found:
        raise DataError(
            f"{table.name}: {' and '.join(map(repr, found))} could both be the {what}: choose one "
            f"with {option}"
        )
    raise DataError(f"{table.name}: no column is known as the {what}; {columns}. Set {option}")


def _usual(columns: Sequence[str], names: tuple[str, ...]) -> list[str]:
    """Return the columns with a usual name; without any, those whose name ends in one.

    >>> _usual(["id", "reviews.text", "airline_sentiment"], LABEL_NAMES)
    ['airline_sentiment']
    """
    found = [column for column in columns if plain_name(column) in names]
    return found or [column for column in columns if plain_name(column).endswith(names)]


def _longest(table: Any, columns: Sequence[str]) -> list[str]:
    """Return the column of a file without a header that has clearly the longest values."""
    lengths = {column: 0 for column in columns}
    for row in islice(table.rows(), SAMPLE):
        for column in columns:
            lengths[column] += len(str(row.values.get(column) or ""))
    ranked = sorted(columns, key=lambda column: -lengths[column])
    if len(ranked) > 1 and lengths[ranked[0]] < 2 * lengths[ranked[1]]:
        return ranked[:2]
    return ranked[:1]


def _few_values(table: Any, columns: Sequence[str]) -> list[str]:
    """Return the columns of a file without a header whose values look like labels."""
    seen: dict[str, set[str]] = {column: set() for column in columns}
    rows = list(islice(table.rows(), SAMPLE))
    for row in rows:
        for column in columns:
            seen[column].add(label_key(row.values.get(column)))
    most = min(MOST_LABELS, max(2, len(rows) // 2))
    return [column for column in columns if 2 <= len(seen[column] - {""}) <= most]


def _list(columns: Sequence[str]) -> str:
    shown = ", ".join(map(repr, columns[:30]))
    return shown + (f" and {len(columns) - 30} more" if len(columns) > 30 else "")
