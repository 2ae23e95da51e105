"""Deletion test of the attributions: delete the most important words and measure the logit.

    python -m benchmarks.deletion saved_models/RUN [FIGURE.png]

A tenth of the words is deleted from each of 500 test reviews, which a seed draws: the words with
the highest attribution to the predicted class by integrated gradients, by occlusion, or random
words (the mean of five draws). The rows hold the fall of the logit towards the other class, its
absolute change, and the share of reviews whose predicted class changes. On 100 of the reviews the
completeness error of integrated gradients is measured too. Neither method computes its
attributions on reviews with deleted words.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.record import record
from imdb_lstm.data.imdb import load_imdb
from imdb_lstm.explanation.integrated_gradients import integrated_gradients, occlusion
from imdb_lstm.metrics.figure_style import describe_axes, legend_below, new_panels, series_style
from imdb_lstm.runs.run import load_run
from imdb_lstm.text.vocabulary import encode_texts

REVIEWS, CHECKED, SHARE, DRAWS = 500, 100, 0.1, 5


def without(ids: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The ids (T,) without the tenth that has the highest scores (T,), at least one.

    >>> without(np.arange(4), np.array([0.0, 3.0, 1.0, 2.0])).tolist()
    [0, 2, 3]
    """
    count = max(1, round(SHARE * len(ids)))
    return np.delete(ids, np.argsort(-scores, kind="stable")[:count])


def falls(model: Any, ids: list[np.ndarray], logits: np.ndarray, scores: list) -> np.ndarray:
    """How far each logit (n,) falls towards the other class; negative when it moves away."""
    shorter = [without(*pair) for pair in zip(ids, scores, strict=True)]
    return (logits - model.logits(shorter)) * np.sign(logits)


def measured(logits: np.ndarray, fallen: np.ndarray) -> dict[str, float]:
    """Means of the falls (draws, n) of one way to delete, over reviews and draws."""
    return {
        "mean_fall": round(float(fallen.mean()), 4),
        "mean_change": round(float(np.abs(fallen).mean()), 4),
        "verdicts_turned": round(float((fallen > np.abs(logits)).mean()), 4),
    }


def draw(fallen: dict[str, np.ndarray]) -> Figure:
    """Cumulative distribution of the fall of the logit, one line per way to delete."""
    figure, (axes,) = new_panels(1, 1)
    for index, (name, values) in enumerate(fallen.items()):
        axes.plot(
            np.sort(values.ravel()), np.linspace(0, 1, values.size), **series_style(index, name)
        )
    title = f"A tenth of the words deleted from {REVIEWS} test reviews"
    describe_axes(axes, title, "Fall of the logit towards the other class", "Share of the reviews")
    legend_below(figure, axes)
    return figure


def main(run: str, picture: str | None = None) -> None:
    """Measure and record."""
    loaded = load_run(Path(run))
    texts = load_imdb("test").texts
    random = np.random.default_rng(0)
    chosen = [texts[index] for index in random.choice(len(texts), REVIEWS, replace=False)]
    ids = encode_texts(chosen, loaded.vocabulary, loaded.config.maximum_length)
    logits = loaded.network.logits(ids)
    signs = np.sign(logits)
    began = time.perf_counter()
    found = [integrated_gradients(loaded.network, row) for row in ids]
    seconds = {"integrated gradients": (time.perf_counter() - began) / REVIEWS}
    began = time.perf_counter()
    occluded = [occlusion(loaded.network, row) for row in ids]
    seconds["occlusion"] = (time.perf_counter() - began) / REVIEWS
    rankings = {
        "integrated gradients": [[s * f.values for s, f in zip(signs, found, strict=True)]],
        "occlusion": [[s * values for s, values in zip(signs, occluded, strict=True)]],
        "words at random": [[random.random(len(row)) for row in ids] for _ in range(DRAWS)],
    }
    fallen = {
        name: np.array([falls(loaded.network, ids, logits, scores) for scores in draws])
        for name, draws in rankings.items()
    }
    chance = np.abs(fallen["words at random"]).mean()
    for name, values in fallen.items():
        record(
            "explanation", name, run=loaded.folder.name, reviews=REVIEWS,
            **measured(logits, values),
            times_the_change_at_random=round(float(np.abs(values).mean() / chance), 2),
            **({"seconds_per_review": round(seconds[name], 3)} if name in seconds else {}),
        )  # fmt: skip
    errors = np.array([f.error for f in found[:CHECKED]])
    record(
        "explanation", "completeness of integrated gradients", run=loaded.folder.name,
        reviews=CHECKED, error_share_median=round(float(np.median(errors)), 6),
        error_share_most=round(float(errors.max()), 6),
        steps_most=max(f.steps for f in found[:CHECKED]),
    )  # fmt: skip
    if picture:
        draw(fallen).savefig(picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
