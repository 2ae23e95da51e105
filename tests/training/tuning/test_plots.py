"""Figures of a search: the marks are the trials, and nothing lies outside."""

import io

import pytest

from imdb_lstm.training.tuning.plots import FARTHEST, importance_figure, search_figure

NUMBERS = [1, 2, 4, 5, 7]
LOSSES = [0.6, 0.7, 0.65, 0.5, 0.55]
PRUNED = [False, True, False, False, True]
FIGURES = {
    "search": lambda: search_figure(NUMBERS, LOSSES, PRUNED),
    "one trial": lambda: search_figure([3], [0.5], [False]),
    "importance": lambda: importance_figure({"learning_rate": 0.9, "validation_fraction": 0.1}, 12),
    "nothing matters": lambda: importance_figure({"units": 0.0}, 12),
}


def line(axes, label):
    """The x and y values of the line with this label."""
    (found,) = [each for each in axes.lines if each.get_label() == label]
    return [*map(float, found.get_xdata())], [*map(float, found.get_ydata())]


@pytest.mark.filterwarnings("error")
def test_every_figure_is_titled_and_every_text_lies_inside():
    for make in FIGURES.values():
        figure = make()
        figure.savefig(stream := io.BytesIO(), format="png")
        assert stream.getvalue().startswith(b"\x89PNG")
        assert figure.axes[0].get_title() and figure.axes[0].get_xlabel()
        box = figure.get_tightbbox()
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= figure.get_figwidth() and box.y1 <= figure.get_figheight()


def test_every_trial_is_one_mark_and_the_line_is_the_best_of_the_finished():
    axes = FIGURES["search"]().axes[0]
    assert line(axes, "Finished") == ([1, 4, 5], [0.6, 0.65, 0.5])
    assert line(axes, "Pruned") == ([2, 7], [0.7, 0.55])
    assert line(axes, "Best so far") == ([1, 4, 5, 7], [0.6, 0.6, 0.5, 0.5])
    assert "Pruned" not in {each.get_label() for each in FIGURES["one trial"]().axes[0].lines}


def test_a_very_bad_trial_is_drawn_at_the_edge_and_the_axis_says_so():
    axes = search_figure([1, 2, 3], [0.5, 40.0, 0.6], [False] * 3).axes[0]
    assert line(axes, "Finished")[1] == [0.5, 0.6 * FARTHEST, 0.6]
    assert "above 1.50 at the edge" in axes.get_ylabel()
    assert "edge" not in FIGURES["search"]().axes[0].get_ylabel()


def test_bars_are_the_shares_the_largest_on_top():
    figure = importance_figure({"units": 0.75, "layers": 0.25}, 12)
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.75, 0.25]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["units", "layers"]
    assert [text.get_text() for text in axes.texts] == ["75%", "25%"]
    assert axes.yaxis_inverted()
