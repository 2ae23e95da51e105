"""Figure of a language model's training, in the style of ``imdb_lstm.metrics.figure_style``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from imdb_lstm.metrics.figure_style import describe_axes, legend_below, new_panels, series_style


def perplexity_figure(history: Mapping[str, Sequence[float]]) -> Figure:
    """Draw a language model's perplexity by epoch, in training and on held-out reviews.

    ``history``: lists of equal length: ``epoch``, ``perplexity``, and ``held_out_`` + a direction.

    >>> history = {"epoch": [1, 2], "perplexity": [90, 80], "held_out_forward": [95, 85]}
    >>> [line.get_label() for line in perplexity_figure(history).axes[0].lines]
    ['Training (sampled)', 'Held out, forward']
    """
    figure, (axes,) = new_panels(1, 1)
    held_out = [name for name in history if name.startswith("held_out_")]
    for index, name in enumerate(["perplexity", *held_out]):
        label = f"Held out, {name.removeprefix('held_out_')}" if index else "Training (sampled)"
        axes.plot(
            history["epoch"], history[name], marker="os^"[index], **series_style(index, label)
        )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.yaxis.set_minor_formatter(StrMethodFormatter("{x:,.0f}"))
    describe_axes(axes, "Language model", "Epoch", "Perplexity")
    legend_below(figure, axes)
    return figure
