"""The figure of a training history, in the style of ``figure_style``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from imdb_lstm.metrics.figure_style import (
    BLUE,
    GREY,
    ORANGE,
    describe_axes,
    legend_below,
    new_panels,
)


def history_figure(history: Mapping[str, Sequence[float]], best_epoch: int | None = None) -> Figure:
    """Draw loss and accuracy by epoch, training solid and validation dashed.

    ``history`` has lists ``epoch``, ``loss`` and ``accuracy`` of equal length and, optionally,
    ``validation_loss`` and ``validation_accuracy``. A dotted line marks ``best_epoch``, one of
    ``history["epoch"]``. Raises ``ValueError`` when a list is missing or the epoch is unknown.

    >>> history = {"epoch": [1, 2], "loss": [0.6, 0.4], "accuracy": [0.7, 0.8]}
    >>> [panel.get_ylabel() for panel in history_figure(history, best_epoch=2).axes]
    ['Loss (nats)', 'Accuracy']
    """
    missing = [key for key in ("epoch", "loss", "accuracy") if key not in history]
    if missing:
        raise ValueError(f"history has no {', '.join(missing)}")
    epochs = list(history["epoch"])
    if best_epoch is not None and best_epoch not in epochs:
        raise ValueError(f"best_epoch {best_epoch} is not an epoch of the history")
    figure, (upper, lower) = new_panels(2, 1, sharex=True)
    for axes, key in ((upper, "loss"), (lower, "accuracy")):
        axes.plot(epochs, history[key], "o-", color=BLUE, markersize=4, label="Training")
        if f"validation_{key}" in history:
            values = history[f"validation_{key}"]
            axes.plot(epochs, values, "s--", color=ORANGE, markersize=4, label="Validation")
        if best_epoch is not None:
            axes.axvline(best_epoch, linestyle=":", color=GREY, label=f"Best epoch: {best_epoch}")
    describe_axes(upper, "Training history", "", "Loss (nats)")
    describe_axes(lower, "", "Epoch", "Accuracy")
    figure.align_ylabels()
    lower.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    lower.set_xlim(min(epochs) - 0.5, max(epochs) + 0.5)
    legend_below(figure, max(upper, lower, key=lambda axes: len(axes.lines)))
    return figure
