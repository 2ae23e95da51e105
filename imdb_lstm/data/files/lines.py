"""The lines of a text file with their true numbers."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from imdb_lstm.data.files.encoding import MARK, Survey
from imdb_lstm.data.files.source import Source

Line = tuple[int, str]  # its number, and its text with the end of the line


@contextmanager
def open_text(source: Source, found: Survey) -> Iterator[io.TextIOWrapper]:
    """Open a text file as its survey tells. Errors in reading it are raised as ``DataError``."""
    with source.open() as stream:
        yield io.TextIOWrapper(stream, encoding=found.encoding, errors=MARK, newline=found.newline)


def numbered_lines(source: Source, found: Survey) -> Iterator[Line]:
    """Yield the number and the text of every line, with its end.

    A byte order mark at the beginning of a line is what joining files leaves, and no text.
    Raises ``DataError`` when the file cannot be read.
    """
    with open_text(source, found) as text:
        if found.boms:
            yield from ((number, line.lstrip("\ufeff")) for number, line in enumerate(text, 1))
        else:
            yield from enumerate(text, 1)


class Feed:
    """Lines of which some can be put back.

    >>> feed = Feed([(1, "a"), (2, "b")])
    >>> feed.put_back([next(feed)])
    >>> list(feed)
    [(1, 'a'), (2, 'b')]
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._again: deque[Line] = deque()

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self._again.popleft() if self._again else next(self._lines)

    def put_back(self, lines: list[Line]) -> None:
        """Give these lines, in their order, before all others."""
        self._again.extendleft(reversed(lines))
