"""Rows with their scores: the columns of the input, and those with probabilities and verdict."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from imdb_lstm.data.files.rows import BadRow
from imdb_lstm.data.labels import NAMES
from imdb_lstm.data.texts import InputRow
from imdb_lstm.errors import DataError
from imdb_lstm.inference.score import Score, Scored, in_chunks


@dataclass(frozen=True)
class Columns:
    """The columns of the output.

    ``own``: those of the input; they come first if ``own_first``. ``names``: of the classes. Of two
    the column ``probability`` is that of the second; of more there is a column ``probability_NAME``
    for each. ``verdict`` follows, and with ``details`` ``unknown_share`` and ``cut``; see
    ``Scored``. A column of the input that has such a name keeps it: ours is then
    ``predicted_NAME``.

    >>> Columns(("id", "text", "verdict")).names_in_order
    ['id', 'text', 'verdict', 'probability', 'predicted_verdict']
    """

    own: tuple[str, ...] = ("text",)
    names: Sequence[str] = NAMES
    own_first: bool = True
    details: bool = False

    @property
    def names_in_order(self) -> list[str]:
        """The names of all columns, in their order."""
        nothing = Scored("", (0.0,) * len(probability_columns(self.names)), "")
        return list(self.row(dict.fromkeys(self.own), nothing))

    def row(self, values: Mapping[str, Any], scored: Scored) -> dict[str, Any]:
        """Return a row of the output. A probability has as many digits as a float32."""
        own = {name: _plain(value) for name, value in values.items()}
        if own.keys() & self._free.values():
            self._refuse(own)
        found: dict[str, Any] = {
            name: float(f"{probability:.9g}")
            for name, probability in zip(
                probability_columns(self.names), scored.probabilities, strict=True
            )
        }
        found["verdict"] = scored.verdict
        if self.details:
            found |= {"unknown_share": round(scored.unknown_share, 4), "cut": scored.cut}
        ours = {self._free[name]: value for name, value in found.items()}
        return own | ours if self.own_first else ours | own

    @cached_property
    def _free(self) -> dict[str, str]:
        """The name of each of our columns, which no column of the input has."""
        free = {}
        for name in (*probability_columns(self.names), "verdict", "unknown_share", "cut"):
            free[name] = name
            while free[name] in self.own:
                free[name] = f"predicted_{free[name]}"
        return free

    def _refuse(self, own: Mapping[str, Any]) -> None:
        name = next(name for name in self._free.values() if name in own)
        raise DataError(
            f"column {name!r} is not in the first rows, and scores are written under this name: "
            "rename it, or give it a value in the first row too"
        )


def probability_columns(names: Sequence[str]) -> list[str]:
    """Return the names of the columns of probabilities.

    >>> probability_columns(["bad", "good"]), probability_columns(["a", "b", "c"])[0]
    (['probability'], 'probability_a')
    """
    return ["probability"] if len(names) == 2 else [f"probability_{name}" for name in names]


def _plain(value: Any) -> Any:
    """Return a value as it is, or None for NaN, and text that can be written as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # JSON allows half a surrogate pair
    return None if isinstance(value, float) and value != value else value


class ScoredChunk(NamedTuple):
    """Rows of the output, their scores, and the rows among them that cannot be read."""

    rows: list[dict[str, Any]]
    scored: list[Scored]
    bad: list[BadRow]


def scored_chunks(
    rows: Iterable[InputRow | BadRow], score: Score, columns: Columns
) -> Iterator[ScoredChunk]:
    """Yield the rows with their scores, ``score.CHUNK`` of the input at a time, in their order.

    ``score``: takes lists of texts and yields a list of scores for each.
    """
    waiting: deque[tuple[list[Mapping[str, Any]], list[BadRow]]] = deque()

    def texts() -> Iterator[list[str]]:
        for chunk in in_chunks(rows):
            good = [each for each in chunk if not isinstance(each, BadRow)]
            bad = [each for each in chunk if isinstance(each, BadRow)]
            waiting.append(([values for values, _ in good], bad))
            yield [text for _, text in good]

    for scored in score(texts()):
        values, bad = waiting.popleft()
        done = [columns.row(*pair) for pair in zip(values, scored, strict=True)]
        yield ScoredChunk(done, scored, bad)


@dataclass
class Summary:
    """Counts of what was scored: rows of the input that were read, of them those of each verdict.

    ``unknown``: texts without a word that the model knows. ``rejects``: rows that cannot be read.
    """

    read: int = 0
    unknown: int = 0
    rejects: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """The number of rows with a score."""
        return self.read - self.rejects

    def add(self, chunk: ScoredChunk) -> None:
        """Count the rows of a chunk."""
        self.read += len(chunk.scored) + len(chunk.bad)
        self.rejects += len(chunk.bad)
        self.unknown += sum(not each.known for each in chunk.scored)
        self.verdicts.update(each.verdict for each in chunk.scored)
