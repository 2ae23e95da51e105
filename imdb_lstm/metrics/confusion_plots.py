"""Figures of confusion matrices: which classes are predicted for which, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from imdb_lstm.metrics.figure_style import BLUE, SIZE, describe_axes, ink_on, new_panels
from imdb_lstm.metrics.figure_text import Drawable, drawable

MOST_WITH_TEXT = 12  # classes of a matrix with numbers in its cells
SHADES = colormaps["Blues"]


def confusion_figure(
    matrix: Sequence[Sequence[int]], class_names: Sequence[str] = ("negative", "positive")
) -> Figure:
    r"""Draw a confusion matrix with counts, and percentages of the true class as shades.

    ``matrix``, int (classes, classes): rows are true classes, columns predicted ones. A class
    without reviews shows 0.0 %. More than ``MOST_WITH_TEXT`` classes have a colour bar and no
    numbers. Raises ``ValueError`` for another shape or a negative count.

    >>> [text.get_text() for text in confusion_figure([[3, 1], [0, 4]]).axes[0].texts]
    ['3\n75.0 %', '1\n25.0 %', '0\n0.0 %', '4\n100.0 %']
    """
    counts, classes = np.asarray(matrix), len(class_names)
    if counts.shape != (classes, classes) or (counts < 0).any():
        raise ValueError("matrix must have a row and a column of counts for each class")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, (axes,) = new_panels(1, 1, _size(classes))
    image = axes.imshow(shares, cmap=SHADES, vmin=0.0, vmax=1.0)
    names = drawable(class_names)
    _name_classes(axes, names)
    title = f"Confusion matrix of {counts.sum():,} reviews"
    describe_axes(axes, title, names.below("Predicted class"), "True class")
    if classes <= MOST_WITH_TEXT:
        _write_counts(axes, counts, shares)
    else:
        bar = figure.colorbar(image, shrink=0.8, label="Share of the true class")
        bar.ax.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}".replace("%", " %"))
    axes.spines[:].set_visible(False)
    axes.grid(False)
    axes.tick_params(length=0)
    return figure


def _size(classes: int) -> tuple[float, float]:
    """Return width and height in inches; each cell has room for its numbers, if it has any."""
    if classes == 2:
        return SIZE
    side = 2.4 + (0.72 if classes <= MOST_WITH_TEXT else 0.14) * classes
    return max(SIZE[0], side + 0.6), max(SIZE[1], side)


def _name_classes(axes: Axes, names: Drawable) -> None:
    """Write the names of the classes below and beside the cells."""
    count = len(names.names)
    places = range(count)
    below: dict[str, Any] = {}
    beside: dict[str, Any] = {"rotation": 90, "va": "center"} if count == 2 else {}
    if count > MOST_WITH_TEXT:
        below = {"rotation": 90, "fontsize": 8}
        beside = {"fontsize": 8}
    elif count > 2 and max(map(len, names.names)) > 9:
        below = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(places, names.names, **below, **names.style)
    axes.set_yticks(places, names.names, **beside, **names.style)


def _write_counts(axes: Axes, counts: NDArray[Any], shares: NDArray[Any]) -> None:
    """Write count and share into each cell, and draw white lines between the cells."""
    classes = len(counts)
    size = 16 if classes == 2 else max(9, 15 - classes)
    for row, column in np.ndindex(classes, classes):
        text = f"{counts[row, column]:,}\n{shares[row, column]:.1%}".replace("%", " %")
        colour = ink_on(SHADES(shares[row, column]))
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=size)
    for edge in np.arange(classes - 1) + 0.5:
        axes.axhline(edge, color="white", linewidth=4)
        axes.axvline(edge, color="white", linewidth=4)


def distance_figure(matrix: Sequence[Sequence[int]]) -> Figure:
    """Draw how many classes a prediction of ordered classes is too low or too high, as bars.

    ``matrix``, int (classes, classes), as for ``confusion_figure``, classes in ascending order.
    Above each bar is its share of all reviews.

    >>> axes = distance_figure([[3, 1, 0], [1, 2, 0], [0, 0, 1]]).axes[0]
    >>> [int(bar.get_height()) for bar in axes.patches]
    [0, 1, 6, 1, 0]
    """
    counts = np.asarray(matrix)
    distances = np.arange(1 - len(counts), len(counts))
    reviews = [int(np.trace(counts, offset=distance)) for distance in distances]
    figure, (axes,) = new_panels(1, 1)
    bars = axes.bar(distances, reviews, color=BLUE)
    if len(counts) <= MOST_WITH_TEXT:
        shares = [f"{count / max(1, counts.sum()):.1%}".replace("%", " %") for count in reviews]
        size = 10 if len(counts) <= 6 else 6
        axes.bar_label(bars, shares, padding=2, fontsize=size)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+.0f}" if value else "0")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter("{x:,.0f}")
    title = "Distance of the predicted from the true class"
    describe_axes(axes, title, "Classes too low (−) or too high (+)", "Reviews")
    axes.grid(False, axis="x")
    return figure
