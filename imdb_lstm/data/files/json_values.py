"""JSON values as they come: of any depth and size, with keys that must not occur twice."""

from __future__ import annotations

import json
from typing import Any

DIGITS = 4_000  # Python refuses to make a number of more than 4,300
CHUNK = 1 << 20


class JsonError(ValueError):
    """Text that is no JSON, or no JSON that makes a row. ``cut`` if more text could mend it."""

    def __init__(self, reason: str, cut: bool = False) -> None:
        super().__init__(reason)
        self.cut = cut


def _whole_number(digits: str) -> int | str:
    return int(digits) if len(digits) < DIGITS else digits


class Repeated(dict[str, Any]):
    """An object in which a key occurs twice, which is no matter in values that nobody uses."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    return values if len(values) == len(pairs) else Repeated(pairs)


_DECODER = json.JSONDecoder(parse_int=_whole_number, object_pairs_hook=_object)


def parse_json(text: str, start: int = 0) -> tuple[Any, int]:
    r"""Return the JSON value that begins at a position, and the position after it.

    Raises ``JsonError`` for text that is no JSON, and for values that are nested too deeply.

    >>> parse_json('{"a": 1} x')
    ({'a': 1}, 8)
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except RecursionError:
        raise JsonError("the values are nested too deeply") from None
    except json.JSONDecodeError as error:
        near = error.pos >= len(text) - 12 or "Unterminated string" in error.msg
        place = error.pos - start + 1
        raise JsonError(f"not JSON: {error.msg} at character {place}", near) from None
    return (_paired(value) if "\\u" in text[start:end] else value), end


def parse_line(line: str) -> dict[str, Any]:
    """Return the object on a line. Raises ``JsonError`` when the line has anything else.

    >>> parse_line('{"text": "Good."}')
    {'text': 'Good.'}
    """
    text = line.strip(" \t\r\n")
    value, end = parse_json(text)
    if end < len(text):
        raise JsonError(f"not JSON: more text after the object, at character {end + 1}")
    return as_object(value)


def as_object(value: Any) -> dict[str, Any]:
    """Return a value that is an object. Raises ``JsonError`` for others and for a key twice.

    >>> as_object({"text": "Good."})
    {'text': 'Good.'}
    """
    if isinstance(value, Repeated):
        raise JsonError("a key occurs twice in one object, so that its value is unknown")
    if not isinstance(value, dict):
        kinds = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
        raise JsonError(f"a JSON object is expected, not {kinds.get(type(value), 'a number')}")
    return value


def _paired(value: Any) -> Any:
    """Replace halves of surrogate pairs, which JSON allows and UTF-8 does not."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_paired(each) for each in value]
    if isinstance(value, dict):
        pairs = [(_paired(key), _paired(each)) for key, each in value.items()]
        return Repeated(pairs) if isinstance(value, Repeated) else dict(pairs)
    return value
