"""Figures of a data set: how many reviews have each label, and how long they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from imdb_lstm.metrics.figure_style import BLUE, PALE_ORANGE, SIZE, describe_axes, new_panels
from imdb_lstm.metrics.figure_text import drawable


def label_counts_figure(counts: Mapping[str, int]) -> Figure:
    """Draw the number of reviews with each label as bars.

    >>> figure = label_counts_figure({"bad": 3, "good": 5})
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['bad', 'good']
    """
    figure, (axes,) = new_panels(1, 1, (SIZE[0], max(SIZE[1], 1.2 + 0.22 * len(counts))))
    names = drawable(counts)
    bars = axes.barh(range(len(counts)), list(counts.values()), color=PALE_ORANGE)
    axes.bar_label(bars, [f"{count:,}" for count in counts.values()], padding=3)
    axes.set_yticks(range(len(counts)), names.names, **names.style)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    describe_axes(axes, "Reviews by label", "Reviews", "")
    return figure


def lengths_figure(lengths: np.ndarray) -> Figure:
    """Draw a histogram of the tokens of each text, int (n,), up to the 99th percentile.

    >>> lengths_figure(np.array([1, 5, 9])).axes[0].get_xlabel()
    'Tokens (the longest 1 % are in the last bar)'
    """
    figure, (axes,) = new_panels(1, 1)
    most = max(1, int(np.percentile(lengths, 99)))
    axes.hist(np.minimum(lengths, most), bins=min(40, most), color=BLUE)
    median = float(np.median(lengths))
    axes.axvline(median, linestyle="--", color="black", label=f"Median: {median:,.0f}")
    axes.legend()
    labels = "Tokens (the longest 1 % are in the last bar)", "Reviews"
    describe_axes(axes, "Length of the texts", *labels)
    return figure
