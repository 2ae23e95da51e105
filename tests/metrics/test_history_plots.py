"""The figure of a training history: its lines are the history."""

import pytest
from drawing import legend_texts, line, png_bytes

from imdb_lstm.metrics.history_plots import history_figure

HISTORY: dict[str, list[float]] = {
    "epoch": [1, 2, 3],
    "loss": [0.6, 0.4, 0.2],
    "accuracy": [0.7, 0.8, 0.95],
    "validation_loss": [0.5, 0.35, 0.45],
    "validation_accuracy": [0.75, 0.85, 0.83],
}


def test_history_lines_are_the_history():
    figure = history_figure(HISTORY, best_epoch=2)
    for axes, key in zip(figure.axes, ("loss", "accuracy"), strict=True):
        assert line(axes, "Training") == (HISTORY["epoch"], HISTORY[key])
        assert line(axes, "Validation") == (HISTORY["epoch"], HISTORY[f"validation_{key}"])
        assert line(axes, "Best epoch")[0] == [2, 2]
        assert [each.get_linestyle() for each in axes.lines] == ["-", "--", ":"]
    assert legend_texts(figure) == ["Training", "Validation", "Best epoch: 2"]


def test_history_of_one_epoch_without_validation():
    figure = history_figure({"epoch": [1], "loss": [0.5], "accuracy": [0.8]}, None)
    assert [len(axes.lines) for axes in figure.axes] == [1, 1]
    assert png_bytes(figure)
    ticks = figure.axes[1].get_xticks()
    low, high = figure.axes[1].get_xlim()
    assert [tick for tick in ticks if low <= tick <= high] == [1]


def test_history_refuses_missing_lists_and_unknown_epochs():
    with pytest.raises(ValueError, match="has no accuracy"):
        history_figure({"epoch": [1], "loss": [0.5]})
    with pytest.raises(ValueError, match="best_epoch 9"):
        history_figure(HISTORY, best_epoch=9)
