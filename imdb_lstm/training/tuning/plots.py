"""Figures of a search, in the style of ``imdb_lstm.metrics.figure_style``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, compress
from typing import Any

import numpy as np

from imdb_lstm.metrics.figure_style import (
    BLUE,
    GREY,
    ORANGE,
    describe_axes,
    legend_below,
    new_panels,
)

FARTHEST = 2.5  # times the median; larger log losses are drawn at the edge of the figure


def search_figure(numbers: Sequence[int], losses: Sequence[float], pruned: Sequence[bool]) -> Any:
    """Draw the validation log loss of each trial, pruned trials as crosses, and the best so far.

    All three have the same length, and at least one trial is not pruned.

    >>> figure = search_figure([1, 2, 3, 4], [0.6, 0.7, 0.5, 0.55], [False, True, False, False])
    >>> [float(loss) for loss in figure.axes[0].lines[0].get_ydata()]
    [0.6, 0.5, 0.5, 0.5]
    """
    edge = FARTHEST * float(np.median(losses))
    figure, panels = new_panels(1, 1)
    axes: Any = panels[0]
    finished = [not stopped for stopped in pruned]
    best = list(accumulate(compress(losses, finished), min))
    best.append(best[-1])  # up to the last trial, pruned or not
    places = [*compress(numbers, finished), numbers[-1]]
    axes.plot(places, best, color=GREY, drawstyle="steps-post", label="Best so far")
    for which, label, style in (
        (finished, "Finished", {"marker": "o", "color": BLUE}),
        (pruned, "Pruned", {"marker": "x", "color": ORANGE}),
    ):
        if any(which):
            shown = np.minimum(list(compress(losses, which)), edge)
            axes.plot(list(compress(numbers, which)), shown, linestyle="", label=label, **style)
    cut = f"; above {edge:.2f} at the edge" if max(losses) > edge else ""
    describe_axes(axes, f"Search over {len(numbers)} trials", "Trial", f"Validation log loss{cut}")
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    legend_below(figure, axes)
    return figure


def importance_figure(importances: Mapping[str, float], trials: int) -> Any:
    """Draw each option's share of the explained variance of the log loss, the largest on top.

    ``importances``: option → share, in descending order; ``trials``: number of finished trials.

    >>> axes = importance_figure({"units": 0.7, "layers": 0.3}, trials=20).axes[0]
    >>> [float(bar.get_width()) for bar in axes.patches]
    [0.7, 0.3]
    """
    figure, (axes,) = new_panels(1, 1)
    names, shares = list(importances), list(importances.values())
    bars = axes.barh(range(len(names)), shares, color=BLUE)
    axes.bar_label(bars, [f"{share:.0%}" for share in shares], padding=4)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    title = f"Importance, by fANOVA of {trials} trials"
    describe_axes(axes, title, "Share of the explained variance", "")
    axes.set_xlim(0.0, max(*shares, 0.01) * 1.15)
    axes.grid(False, axis="y")
    return figure
