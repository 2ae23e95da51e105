"""Figures of gates: they show the given numbers."""

import numpy as np
import pytest
from drawing import png_bytes

from imdb_lstm.explanation.gate_plots import GATES, STATES, gates_figure, units_figure

WORDS = ["A", "dull", "film", "$x_1$"]
RANDOM = np.random.default_rng(0)
NAMES = (*GATES, *STATES)
VALUES = {name: RANDOM.random((4, 3)).astype(np.float32) for name in NAMES}


@pytest.mark.slow
def test_heat_maps_show_the_values_and_the_words():
    figure = gates_figure(WORDS, VALUES, "Forwards")
    panels = [axes for axes in figure.axes if axes.get_ylabel() in NAMES]
    assert [axes.get_ylabel() for axes in panels] == list(NAMES)
    for axes in panels:
        np.testing.assert_array_equal(axes.images[0].get_array(), VALUES[axes.get_ylabel()].T)
    for axes in panels[3:]:  # white is zero
        low, high = axes.images[0].get_clim()
        assert low == -high
    assert [label.get_text() for label in panels[-1].get_xticklabels()] == WORDS
    assert png_bytes(figure)


def test_lines_show_the_chosen_units():
    figure = units_figure(WORDS, VALUES, [2, 0], "Backwards")
    for number, unit in enumerate([2, 0]):
        upper, lower = figure.axes[2 * number : 2 * number + 2]
        lines = {line.get_label(): line for line in (*upper.lines, *lower.lines)}
        assert lines.keys() == set(NAMES)
        for name, line in lines.items():
            np.testing.assert_array_equal(line.get_ydata(), VALUES[name][:, unit])
        assert len({line.get_linestyle() for line in upper.lines}) == 3
    assert png_bytes(figure)


def test_units_that_do_not_exist_are_refused():
    for units in ([], [3], [-1]):
        with pytest.raises(ValueError, match="0 to 2"):
            units_figure(WORDS, VALUES, units, "Forwards")


@pytest.mark.slow
def test_a_long_text_names_at_most_60_words():
    for count in (1, 60, 61, 400):
        values = {name: np.zeros((count, 2)) for name in NAMES}
        figure = gates_figure(["word"] * count, values, "Forwards")
        shown = figure.axes[5].get_xticklabels()
        assert count / -(-count // 60) <= len(shown) <= 60
        assert figure.get_figwidth() <= 24
