"""Figures of scores with intervals: the accuracy of groups, and the scores of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from imdb_lstm.metrics.figure_style import (
    BLUE,
    SERIES_COLOURS,
    SIZE,
    describe_axes,
    legend_below,
    new_panels,
)
from imdb_lstm.metrics.figure_text import Drawable, drawable

MOST_GROUPS, MOST_SLANTED = 50, 12  # drawn; with slanted names of two lines


def accuracy_by_group_figure(
    groups: Sequence[Mapping[str, Any]], title: str, xlabel: str
) -> Figure:
    r"""Draw the accuracy in each group with its interval, and the number of reviews below it.

    ``groups`` are the dicts of ``subgroups.accuracy_by_group``, drawn in the given order. Raises
    ``ValueError`` when there are none.

    >>> row = {"group": "1-100", "reviews": 9, "accuracy": 0.8}
    >>> row |= {"accuracy_low": 0.6, "accuracy_high": 0.9}
    >>> axes = accuracy_by_group_figure([row], "Accuracy by length", "Words").axes[0]
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['1-100\n(9)']
    """
    if not groups:
        raise ValueError("there are no groups to draw")
    drawn = largest_groups(groups)
    accuracy, low, high = (
        np.array([group[key] for group in drawn], dtype=np.float64)
        for key in ("accuracy", "accuracy_low", "accuracy_high")
    )
    figure, (axes,) = new_panels(1, 1)
    reach = np.maximum((accuracy - low, high - accuracy), 0.0)
    axes.errorbar(range(len(drawn)), accuracy, reach, fmt="o", color=BLUE, capsize=6, markersize=7)
    names = drawable(group["group"] for group in drawn)
    _name_groups(axes, names, [group["reviews"] for group in drawn])
    which = "" if len(drawn) == len(groups) else f"the {len(drawn)} largest of {len(groups):,}; "
    describe_axes(axes, title, names.below(f"{xlabel} ({which}number of reviews)"), "Accuracy")
    axes.set_xlim(-0.5, len(drawn) - 0.5)
    axes.grid(False, axis="x")
    return figure


def largest_groups(
    groups: Sequence[Mapping[str, Any]], most: int = MOST_GROUPS
) -> list[Mapping[str, Any]]:
    """Return the groups with the most reviews, at most ``most`` of them, in the given order.

    >>> [row["group"] for row in largest_groups([{"group": "a", "reviews": 1}], most=1)]
    ['a']
    """
    order = sorted(range(len(groups)), key=lambda index: -groups[index]["reviews"])
    return [groups[index] for index in sorted(order[:most])]


def _name_groups(axes: Axes, names: Drawable, reviews: Sequence[int]) -> None:
    """Write the name and the number of reviews of each group below it, slanted or small if many."""
    count, options = len(names.names), dict(names.style)
    parts = list(zip(names.names, reviews, strict=True))
    lines = [f"{name}\n({number:,})" for name, number in parts]
    if count > MOST_SLANTED:
        lines = [f"{name} ({number:,})" for name, number in parts]
        options |= {"rotation": 90, "fontsize": min(10.0, 330 / count)}
    elif max(len(line) for both in lines for line in both.split("\n")) * count > 60:
        options |= {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(count), lines, **options)


def class_scores_figure(rows: Sequence[Mapping[str, Any]], class_names: Sequence[str]) -> Figure:
    """Draw precision, recall and F1 of each class with their intervals, one class below another.

    ``rows`` are those of ``per_class.class_rows``; of more than ``MOST_GROUPS`` classes those with
    the most reviews are drawn. Raises ``ValueError`` unless there is a name for each row.

    >>> ends = {"precision": 0.5, "precision_low": 0.2, "precision_high": 0.8}
    >>> row = ends | {key.replace("precision", "recall"): 0.5 for key in ends}
    >>> row |= {"reviews": 8, "f1": 0.5, "f1_low": None, "f1_high": None}
    >>> axes = class_scores_figure([row] * 3, ["a", "b", "c"]).axes[0]
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['a (8)', 'b (8)', 'c (8)']
    """
    named = [{**row, "name": name} for row, name in zip(rows, class_names, strict=True)]
    drawn = largest_groups(named)
    figure, (axes,) = new_panels(1, 1, (SIZE[0], max(SIZE[1], 1.6 + 0.42 * len(drawn))))
    places = np.arange(len(drawn))
    series = ("precision", "Precision", "o"), ("recall", "Recall", "s"), ("f1", "F1", "D")
    for index, (key, label, marker) in enumerate(series):
        values = np.array([row[key] for row in drawn])
        low, high = (_ends(drawn, key, end) for end in ("low", "high"))
        reach = np.maximum((values - low, high - values), 0.0)
        axes.errorbar(
            values, places + 0.24 * (index - 1), xerr=reach, fmt=marker, label=label,
            color=SERIES_COLOURS[index], capsize=3, markersize=5,
        )  # fmt: skip
    names = drawable(row["name"] for row in drawn)
    counts = [row["reviews"] for row in drawn]
    lines = [f"{name} ({count:,})" for name, count in zip(names.names, counts, strict=True)]
    axes.set_yticks(places, lines, **names.style)
    axes.set_ylim(len(drawn) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.02)
    which = "" if len(drawn) == len(rows) else f"; the {len(drawn)} largest of {len(rows)} classes"
    describe_axes(axes, "Scores by class", names.below(f"Score, with 95 % interval{which}"), "")
    axes.set_ylabel("Class (number of reviews)")
    axes.grid(False, axis="y")
    legend_below(figure, axes)
    return figure


def _ends(rows: Sequence[Mapping[str, Any]], key: str, end: str) -> NDArray[np.float64]:
    """Ends of the intervals of a score, (rows,); the score itself where there is no interval."""
    found = [(row[f"{key}_{end}"], row[key]) for row in rows]
    return np.array([value if limit is None else limit for limit, value in found])
