"""Reporter: where a training reports its progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imdb_lstm.config.options import Config

if TYPE_CHECKING:  # n-grams are trained without Keras
    import keras


@dataclass(frozen=True)
class Reporter:
    """A function that takes lines of text, and one that returns Keras callbacks for a fit.

    >>> Reporter(line=print).line("training")
    training
    """

    line: Callable[[str], None] = lambda message: None
    callbacks: Callable[[], Sequence[keras.callbacks.Callback]] = lambda: ()

    def started(self, name: str, config: Config) -> None:
        """Say which model is trained from here on."""
        self.line(f"training {name}: {config.encoder} on {config.data}, seed {config.seed}")


SILENT = Reporter()
