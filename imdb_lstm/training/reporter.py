"""Reporter: where a training reports its progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class Reporter:
    """A function that takes lines of text, and Keras callbacks for every fit.

    >>> Reporter(line=print).line("training")
    training
    """

    line: Callable[[str], None] = lambda message: None
    callbacks: Sequence[keras.callbacks.Callback] = ()


SILENT = Reporter()
