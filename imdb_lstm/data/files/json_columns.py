"""One JSON object that is a whole table, as pandas writes it in several layouts."""

from __future__ import annotations

from typing import Any

from imdb_lstm.data.files.json_values import JsonError

Rows = list[dict[str, Any]]


def rows_of(value: dict[str, Any]) -> tuple[str, Rows]:
    """Return the layout of a table in one object, and its rows.

    Raises ``JsonError`` when the object is no table.

    >>> rows_of({"text": {"0": "Good.", "1": "Bad."}})
    ('a JSON object of columns', [{'text': 'Good.'}, {'text': 'Bad.'}])
    """
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return "a JSON object of columns and data", _split(value["columns"], value["data"])
    lists = [each for each in value.values() if _is_list_of(each, dict)]
    if len(lists) == 1 and (len(value) == 1 or "data" in value):
        return "a JSON object with an array of rows", lists[0]
    if value and all(isinstance(each, dict) for each in value.values()):
        return _nested(value)
    if value and all(isinstance(each, list) for each in value.values()):
        return "a JSON object of columns", _lists(value)
    if value and not any(isinstance(each, (dict, list)) for each in value.values()):
        return "one JSON object", [value]
    raise JsonError("the JSON object is no table: give an array of objects, or one per line")


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, kind) for each in value)


def _split(columns: list[Any], data: list[Any]) -> Rows:
    if not all(isinstance(row, list) and len(row) == len(columns) for row in data):
        raise JsonError("the rows in 'data' do not have one value for each of the 'columns'")
    names = [str(name) for name in columns]
    if len(set(names)) < len(names):
        raise JsonError("a column name occurs twice in 'columns'")
    return [dict(zip(names, row, strict=True)) for row in data]


def _nested(value: dict[str, dict[str, Any]]) -> tuple[str, Rows]:
    """Return rows by column and row number, or by row number and column."""
    inner = dict.fromkeys(key for each in value.values() for key in each)
    if all(key.isdigit() for key in value) and not all(key.isdigit() for key in inner):
        return "a JSON object of rows", list(value.values())
    columns = value.items()
    return "a JSON object of columns", [
        {name: cells.get(key) for name, cells in columns} for key in inner
    ]


def _lists(value: dict[str, list[Any]]) -> Rows:
    lengths = {len(cells) for cells in value.values()}
    if len(lengths) > 1:
        raise JsonError("the columns of the JSON object differ in length")
    return [dict(zip(value, cells, strict=True)) for cells in zip(*value.values(), strict=True)]
