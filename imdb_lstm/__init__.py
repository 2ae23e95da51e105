"""imdb_lstm: sentiment of film reviews with Keras, from IMDb to a trained, evaluated, saved model.

>>> import imdb_lstm
>>> classifier = imdb_lstm.load("saved_models/imdb")  # doctest: +SKIP
>>> classifier.predict(["A joy from start to finish.", "What a waste of time."])  # doctest: +SKIP
array([0.97, 0.02], dtype=float32)
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imdb_lstm.predict import Classifier

__version__ = "0.1.0"


def load(
    run: str | PathLike[str] | Sequence[str | PathLike[str]] | None = None,
) -> Classifier:
    """Load a finished run, or several as one, to predict with; see ``imdb_lstm.predict.load``."""
    from imdb_lstm.predict import load

    return load(run)
