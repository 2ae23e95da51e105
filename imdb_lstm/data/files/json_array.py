"""The objects of a JSON array one after another, without the whole array in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO

from imdb_lstm.data.files.json_values import CHUNK, JsonError, parse_json

BLANK = " \t\r\n\ufeff"


class ArrayText:
    """The text of an array, of which a window is in memory.

    >>> import io
    >>> [(line, value) for line, value, raw in ArrayText(io.StringIO('[1, 2]')).values()]
    [(1, 1), (1, 2)]
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._text, self._at, self._line = "", 0, 1
        self._chunk = CHUNK

    def values(self) -> Iterator[tuple[int, Any, str]]:
        """Yield the line, the value and the text of every element.

        A value that cannot be used is a ``JsonError``. After one that is no JSON there are no
        others, since nothing tells where the next one would begin.
        """
        expected = "["
        while True:
            mark = self._peek()
            if mark == "]" and expected != "[":
                self._take(1)
                if self._peek():
                    yield self._line, JsonError("text follows the end of the array"), self._rest()
                return
            if expected:
                if mark != expected:
                    yield self._line, self._broken(mark, expected), self._rest()
                    return
                self._take(1)
                if expected == "[" and self._peek() == "]":
                    expected = ","
                    continue
            self._peek()
            line = self._line
            value, raw, goes_on = self._value()
            yield line, value, raw
            if not goes_on:
                return
            expected = ","

    def _broken(self, mark: str, expected: str) -> JsonError:
        if not mark:
            return JsonError("the array is cut off: its closing bracket is missing")
        return JsonError(f"not JSON: {expected!r} expected; nothing after it is read")

    def _value(self) -> tuple[Any, str, bool]:
        """Return the next value or a ``JsonError``, its text, and whether reading can go on."""
        while True:
            try:
                value, end = parse_json(self._text, self._at)
            except JsonError as error:
                if error.cut and self._more():
                    continue
                reason = f"{error}; nothing after it in the array is read"
                return JsonError(reason), self._rest(), False
            if end < len(self._text) or not self._more():
                raw = self._text[self._at : end]
                self._take(end - self._at)
                return value, raw, True

    def _peek(self) -> str:
        """Return the next character that is not blank, or ""."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in BLANK:
                    return self._text[self._at]
                self._take(1)
            if not self._more():
                return ""

    def _take(self, count: int) -> None:
        self._line += self._text.count("\n", self._at, self._at + count)
        self._at += count

    def _more(self) -> bool:
        """Read on. Whether there was more; each time twice as much, for values of any length."""
        held = self._text[self._at :]
        more = self._stream.read(max(CHUNK, len(held)))
        if more:
            self._text, self._at = held + more, 0
        return bool(more)

    def _rest(self) -> str:
        return self._text[self._at : self._at + CHUNK]
