"""Whether a table has a header, and the names of its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from imdb_lstm.data.files.kinds import column_kinds, is_number

_TEXTS = """
text texts review reviews reviewtext reviewbody reviewcontent content comment comments commenttext
sentence sentences tweet tweets tweettext body message title summary headline document utterance
feedback post description rawtext cleantext bewertung kommentar rezension avis commentaire phrase
texte texto comentario testo recensione
"""
_OTHERS = """
label labels labelname sentiment sentiments polarity class classes target targets star stars
rating ratings score scores overall category emotion verdict airlinesentiment y id ids index idx
uid uuid reviewid tweetid itemid userid user username author split subset fold date time datetime
timestamp group pair name product source lang language url movie film asin reviewerid country note
klasse etikett stimmung sterne urteil gruppe datum
"""
TEXT_NAMES = frozenset(_TEXTS.split())
OTHER_NAMES = frozenset(_OTHERS.split())
NAME_LENGTH = 60


def plain_name(cell: str) -> str:
    """Return a name in lower case with letters and digits only.

    >>> plain_name(" Review_Text ")
    'reviewtext'
    """
    return re.sub(r"[\W_]+", "", cell.casefold())


def known_names(cells: Sequence[str]) -> int:
    """Count the cells that are usual names of columns; none if other cells cannot be names.

    >>> known_names(["Text", "stars"]), known_names(["A film that I liked.", "1"])
    (2, 0)
    """
    if any(is_number(cell) or len(cell) > NAME_LENGTH for cell in cells):
        return 0
    return sum(plain_name(cell) in TEXT_NAMES | OTHER_NAMES for cell in cells)


def has_text_name(cells: Sequence[str]) -> bool:
    """Whether one of these cells is a usual name for a column of texts."""
    return any(plain_name(cell) in TEXT_NAMES for cell in cells)


def is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether a first row has the names of the columns, as the rows after it tell.

    >>> is_header(["text", "label"], [])
    True
    >>> is_header(["A film that I liked very much.", "1"], [["A dull film.", "0"]])
    False
    """
    cells = [cell.strip() for cell in first]
    known = known_names(cells)
    # One cell with a usual name may be a text of one word, where the label beside it tells so.
    if known > 1 or (known and not _has_label(cells, rest)):
        return True
    votes = _votes(cells, rest)
    if votes or len(cells) == 1:
        return votes > 0
    return any(cells) and all(map(_like_a_name, cells)) and len(set(cells)) == len(cells)


def _has_label(cells: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    kinds = column_kinds(rest, len(cells))
    return len(cells) > 1 and any(cells[place] in kind.labels for place, kind in enumerate(kinds))


def _like_a_name(cell: str) -> bool:
    return len(cell) <= 40 and len(cell.split()) <= 3 and not is_number(cell) and cell[-1:] != "."


def _votes(cells: Sequence[str], rest: Sequence[Sequence[str]]) -> int:
    """Return how many columns speak for a header, minus those that speak against one."""
    votes = 0
    for place, kind in enumerate(column_kinds(rest, len(cells))):
        cell = cells[place]
        if kind.name == "number":
            votes += -2 if is_number(cell) else bool(cell)  # hardly a name is a number
        elif kind.name == "label":
            votes += -2 if cell in kind.labels else _like_a_name(cell)
        elif is_number(cell) or len(cell) > NAME_LENGTH or len(cell.split()) > 5:
            votes -= 1
        else:
            votes += _like_a_name(cell) and len(cell.split()) == 1 and _are_texts(rest, place)
    return votes


def _are_texts(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether most cells of a column have several words."""
    cells = [row[place] for row in rows if len(row) > place]
    return 2 * sum(len(cell.split()) >= 4 for cell in cells) > len(cells)


def shape(first: Sequence[str], rows: Sequence[Sequence[str]], most: int) -> str:
    """Return why rows and header differ by a field: "row names", "trailing", "short" or "".

    Args:
        first: The names in the header.
        rows: The rows after it.
        most: The number of fields that most rows have.
    """
    longer = [row for row in rows if len(row) == most]
    if most == len(first) and first[-1:] == [""] and most > 1:
        return "trailing" if all(row[-1] == "" for row in longer) else ""
    if most == len(first) - 1 and first[-1:] == [""]:
        return "short"
    if most != len(first) + 1 or not longer:
        return ""
    if all(row[-1] == "" for row in longer):
        return "trailing"
    names = [row[0].strip() for row in longer]
    if not any(map(is_number, first)) and all(
        name.isascii() and name.isdigit() and len(name) < 19 for name in names
    ):
        numbers = list(map(int, names))
        return "row names" if numbers == sorted(set(numbers)) else ""
    return ""


def name_columns(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the names in a header, without blanks around them; empty ones get a name.

    Raises ``ValueError`` for a name that occurs twice.

    >>> name_columns(["", " Text ", "label"])
    ('column 1', 'Text', 'label')
    """
    stripped = [cell.strip().strip("\ufeff") for cell in cells]
    names = [name or f"column {place}" for place, name in enumerate(stripped, 1)]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ValueError(
                f"the column name {name!r} occurs twice, in columns {names.index(name) + 1} and "
                f"{place + 1}: rename one of them"
            )
    return tuple(names)
