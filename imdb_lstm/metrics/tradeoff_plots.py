"""Figures of trade-offs: accuracy against coverage, and accuracy against cost.

As all figures, see ``figure_style``, they are of 640 x 480 pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, takewhile
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from imdb_lstm.metrics.calibration import COVERAGES, accuracy_by_coverage, coverage_curve
from imdb_lstm.metrics.figure_style import (
    BLUE,
    GREY,
    describe_axes,
    legend_below,
    new_panels,
    series_style,
)
from imdb_lstm.metrics.figure_text import Drawable, drawable

LOWEST_COVERAGE = 0.1  # on fewer reviews the curve is mostly noise
MARKERS = "osD^vPX*<>"


def coverage_figure(labels: ArrayLike, logits_by_name: Mapping[str, ArrayLike]) -> Any:
    """Draw the selective accuracy by coverage, from a tenth of the reviews to all.

    ``logits_by_name`` has one array of logits per model. Markers with 95 % intervals are drawn at
    the coverages of ``calibration.COVERAGES``.

    >>> axes = coverage_figure([0, 1, 1], {"LSTM": [-1.0, 0.5, 2.0]}).axes[0]
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('Coverage: share of the reviews, most confident first', 'Accuracy')
    """
    figure, panels = new_panels(1, 1)
    axes: Any = panels[0]
    names = drawable(logits_by_name)
    for index, logits in enumerate(logits_by_name.values()):
        coverage, accuracy = coverage_curve(labels, logits)
        shown = coverage >= LOWEST_COVERAGE
        rows = accuracy_by_coverage(labels, logits, COVERAGES)
        style = series_style(index, names.names[index])
        axes.plot(coverage[shown], accuracy[shown], **style)
        points = [row["reviews"] / len(coverage) for row in rows]
        reach = [
            [row["accuracy"] - row["accuracy_low"] for row in rows],
            [row["accuracy_high"] - row["accuracy"] for row in rows],
        ]
        axes.errorbar(
            points, [row["accuracy"] for row in rows], np.maximum(reach, 0.0),
            fmt=MARKERS[index % len(MARKERS)], color=style["color"], capsize=4, markersize=5,
        )  # fmt: skip
    title = "Selective accuracy by coverage, with 95 % intervals"
    describe_axes(axes, title, "Coverage: share of the reviews, most confident first", "Accuracy")
    axes.set_xlim(LOWEST_COVERAGE - 0.02, 1.02)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_percent)
    if len(logits_by_name) > 1:
        legend_below(figure, axes, names=names)
    return figure


def _percent(value: float, _: Any) -> str:
    return f"{100 * value:g} %"


def pareto_front(costs: ArrayLike, values: ArrayLike) -> list[int]:
    """Return the indices of the points on the Pareto front, sorted by cost.

    ``costs`` and ``values``, both (n,): a point is on the front when no other has at most its cost
    and at least its value, and is better in one of them. Points equal in both are all kept.

    >>> pareto_front(costs=[1, 2, 3, 3], values=[0.8, 0.7, 0.9, 0.85])
    [0, 2]
    """
    costs, values = np.asarray(costs), np.asarray(values)
    no_worse = (costs[:, None] <= costs) & (values[:, None] >= values)
    better = (costs[:, None] < costs) | (values[:, None] > values)
    kept = np.flatnonzero(~(no_worse & better).any(axis=0))
    return kept[np.argsort(costs[kept], kind="stable")].tolist()


def pareto_figure(rows: Sequence[Mapping[str, Any]], cost: str, cost_name: str) -> Any:
    """Draw accuracy against cost, one named point per run, and the Pareto front as a step line.

    ``rows`` have the keys ``run``, ``accuracy``, ``accuracy_low``, ``accuracy_high`` and the value
    of ``cost``. The scale of the cost is logarithmic; a cost below 0.1 is drawn as 0.1. Points on
    the front are filled, the others hollow. ``cost_name`` is the label of the axis.

    >>> row = {"run": "a", "accuracy": 0.8, "accuracy_low": 0.7, "accuracy_high": 0.9, "seconds": 9}
    >>> rows = [row, row | {"run": "b", "seconds": 90}]
    >>> axes = pareto_figure(rows, "seconds", "Seconds").axes[0]
    >>> axes.get_xlabel(), [text.get_text() for text in axes.texts]
    ('Seconds', ['a', 'b'])
    """
    figure, panels = new_panels(1, 1)
    axes: Any = panels[0]
    x, y, lows, highs = (
        np.array([row[key] for row in rows], dtype=np.float64)
        for key in (cost, "accuracy", "accuracy_low", "accuracy_high")
    )
    x = np.maximum(x, 0.1)
    front = pareto_front(x, y)
    low, high = x.min() / 1.6, x.max() * 1.6  # a factor of 2.56, so at least one tick is shown
    steps = [*x[front], high], [*y[front], y[front[-1]]]
    axes.plot(*steps, color=GREY, drawstyle="steps-post", label="Pareto front", zorder=1)
    for index in range(len(rows)):
        axes.plot(
            x[index], y[index], MARKERS[index % len(MARKERS)], color=BLUE, markersize=9,
            markerfacecolor=BLUE if index in front else "white", linestyle="",
        )  # fmt: skip
    axes.vlines(x, lows, highs, color=BLUE, linewidth=1, zorder=1, label="95 % interval")
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = list(takewhile(high.__gt__, _round_numbers(low)))
    axes.set_xticks(ticks[:: 1 + len(ticks) // 9], minor=False)
    axes.minorticks_off()
    axes.xaxis.set_major_formatter("{x:,.4g}" if high < 1e4 else "{x:,.0f}")
    axes.margins(y=0.1)
    names = drawable(row["run"] for row in rows)
    title = f"Accuracy by {cost_name[0].lower()}{cost_name[1:]}"
    describe_axes(axes, title, names.below(cost_name), "Accuracy")
    axes.yaxis.set_major_formatter(_percent)
    legend_below(figure, axes)
    _name_points(figure, axes, names, x, y, front)  # last, because it measures the final layout
    return figure


def _round_numbers(low: float) -> Iterator[float]:
    """Yield 1, 2 and 5 times powers of ten, from the smallest that is at least ``low``."""
    for power in count(math.floor(math.log10(low))):
        yield from (digit * 10.0**power for digit in (1, 2, 5) if digit * 10.0**power >= low)


def _name_points(
    figure: Any, axes: Any, names: Drawable, x: Any, y: Any, front: Sequence[int]
) -> None:
    """Write each name beside its point: above it on the front, otherwise below.

    Names that would overlap are moved and connected to their point by a thin line.
    """
    middle = np.sqrt(x.min() * x.max())
    taken: list[Any] = []
    rising = sorted(front, key=y.__getitem__)
    falling = sorted(set(range(len(x))) - set(front), key=y.__getitem__, reverse=True)
    for index in (*rising, *falling):
        left, up = x[index] > middle, index in front
        text = axes.annotate(
            names.names[index], (x[index], y[index]), xytext=(-7 if left else 7, 4 if up else -4),
            textcoords="offset points", ha="right" if left else "left",
            va="bottom" if up else "top", fontsize=9, **names.style,
        )  # fmt: skip
        figure.draw_without_rendering()
        near = text.xyann
        while any(text.get_window_extent().overlaps(box) for box in taken):
            text.xyann = (text.xyann[0], text.xyann[1] + (4 if up else -4))
        taken.append(text.get_window_extent())
        if text.xyann != near:
            axes.annotate(
                "", (x[index], y[index]), xytext=text.xyann, textcoords="offset points",
                arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.8},
            )  # fmt: skip
