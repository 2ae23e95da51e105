"""Evaluations of three and more classes, made of random logits."""

from pathlib import Path

import numpy as np
from drawing import long_names, predictions_of

from imdb_lstm.data.labels import Classes
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.evaluation.evaluate import Evaluation, measure_logits


def evaluation_of(classes, names=None, ordered=False, reviews=200, run="run", seed=1):
    """An evaluation on reviews of the file a.csv; the last class has no review."""
    labels, logits = predictions_of(classes, reviews, seed)
    labels, _ = predictions_of(classes, reviews)  # those of every seed are the same reviews
    names = tuple(names or long_names(classes))
    found = Reviews(
        [f"so so, part {index}" for index in range(reviews)], labels.astype(np.int8),
        np.full(reviews, np.nan, np.float32), [f"a.csv:{index}" for index in range(reviews)],
        classes=Classes(names, {str(k): k for k in range(classes)}, ordered=ordered),
    )  # fmt: skip
    logits = logits.astype(np.float32)
    metrics = {"data": "a.csv", "split": "all", "texts_without_known_word": 0}
    metrics |= measure_logits(found, logits, 1.25)
    return Evaluation(Path(run), "a.csv", "all", metrics, logits, found, seconds=1.0)
