"""The two classes of an explanation: "why negative rather than neutral".

What is explained is a difference of two logits: of one class, less that of another. Of two classes
it is the one logit that there is, or minus that logit. Labels and logits are those of
``imdb_lstm.metrics.logits``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imdb_lstm.errors import ConfigError

MOST_CLASSES = 8  # of one text that are explained, each in turn
LISTED, LISTED_CHARACTERS = 20, 40  # names of classes in a message


class ClassPair(NamedTuple):
    """The numbers of two classes: positive contributions speak for ``of``, others ``against``."""

    of: int
    against: int

    def difference(self, logits: np.ndarray) -> np.ndarray:
        """Return the logit of one class less that of the other: (n,) or (n, classes) → (n,).

        >>> ClassPair(2, 0).difference(np.array([[3.0, 4.0, 5.0]])).tolist()
        [2.0]
        >>> ClassPair(1, 0).difference(np.array([3.0])).tolist()
        [3.0]
        """
        if logits.ndim == 2:
            return logits[:, self.of] - logits[:, self.against]
        return logits if self.of else 0 - logits

    def direction(self, logits: int) -> np.ndarray:
        """Return the vector whose product with the logits is the difference: float32 (logits,).

        ``logits``: their number, 1 for two classes.

        >>> ClassPair(2, 0).direction(3).tolist(), ClassPair(0, 1).direction(1).tolist()
        ([-1.0, 0.0, 1.0], [-1.0])
        """
        if logits == 1:
            return np.full(1, self.of - self.against, np.float32)
        found = np.zeros(logits, np.float32)
        found[self.of], found[self.against] = 1, -1
        return found


SECOND_CLASS = ClassPair(of=1, against=0)  # of two


def class_number(names: Sequence[str], name: str | None) -> int | None:
    """Return the number of a class, None for None. Raises ``ConfigError`` if there is none.

    >>> class_number(["bad", "good"], "good")
    1
    """
    if name is None or name in names:
        return None if name is None else list(names).index(name)
    listed = ", ".join(each[:LISTED_CHARACTERS] for each in names[:LISTED])
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    raise ConfigError(f"there is no class {name[:LISTED_CHARACTERS]!r}; there are: {listed}{more}")


def asked_numbers(
    names: Sequence[str], of: str | None, against: str | None
) -> tuple[int | None, int | None]:
    """Return the numbers of the classes that are asked for by name, None for those that are not.

    Raises ``ConfigError`` for an unknown name, and for the same one twice.
    """
    if of is not None and of == against:
        raise ConfigError(f"{of[:LISTED_CHARACTERS]!r} cannot be explained against itself")
    return class_number(names, of), class_number(names, against)


def choose_pair(
    logits: np.ndarray, names: Sequence[str], of: str | None = None, against: str | None = None
) -> ClassPair:
    """Return the classes to explain of one text.

    ``logits``: of the text, (1,) or (1, classes). ``names``: of all classes. What is not asked for
    is the most probable other class; of two classes it is the second one against the first. Raises
    the errors of ``asked_numbers``.

    >>> choose_pair(np.array([[1.0, 3.0, 2.0]]), ["bad", "fair", "good"])
    ClassPair(of=1, against=2)
    >>> choose_pair(np.array([-1.0]), ["bad", "good"])
    ClassPair(of=1, against=0)
    """
    first, second = asked_numbers(names, of, against)
    order = [1, 0] if len(names) == 2 else by_probability(logits)
    if first is None:
        first = next(number for number in order if number != second)
    if second is None:
        second = next(number for number in order if number != first)
    return ClassPair(first, second)


def pair_of_each(logits: np.ndarray, names: Sequence[str]) -> list[ClassPair]:
    """Return a pair for each class of one text, at most ``MOST_CLASSES``, the most probable ones.

    The first is the predicted class against the most probable other one; then follows each other
    class against the predicted one. Of two classes there is one pair.

    >>> pair_of_each(np.array([[1.0, 3.0, 2.0]]), ["bad", "fair", "good"])
    [ClassPair(of=1, against=2), ClassPair(of=2, against=1), ClassPair(of=0, against=1)]
    """
    first = choose_pair(logits, names)
    if len(names) == 2:
        return [first]
    others = by_probability(logits)[1:MOST_CLASSES]
    return [first, *(ClassPair(number, first.of) for number in others)]


def by_probability(logits: np.ndarray) -> list[int]:
    """Return the numbers of the classes of one text, the most probable first, then the lowest.

    >>> by_probability(np.array([[1.0, 3.0, 1.0]])), by_probability(np.array([-2.0]))
    ([1, 0, 2], [0, 1])
    """
    logits = logits[0] if logits.ndim == 2 else np.append(-logits, logits)
    return np.argsort(-logits, kind="stable").tolist()
