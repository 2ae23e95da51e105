"""Where a training reports its progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras


@dataclass(frozen=True)
class Reporter:
    """Takes lines of text, and the Keras callbacks that follow every fit.

    >>> Reporter(line=print).line("training")
    training
    """

    line: Callable[[str], None] = lambda message: None
    callbacks: Sequence[keras.callbacks.Callback] = ()


SILENT = Reporter()
