"""Figures of trade-offs: markers show the given numbers, names do not overlap."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from drawing import LABELS, LOGITS, line, png_bytes

from imdb_lstm.metrics.calibration import COVERAGES, accuracy_by_coverage, coverage_curve
from imdb_lstm.metrics.tradeoff_plots import coverage_figure, pareto_figure, pareto_front

ACCURACY = {"bag": 0.89, "one": 0.915, "two": 0.9151, "three": 0.9142, "n-grams": 0.9187}
SECONDS = {"bag": 30.0, "one": 548, "two": 530, "three": 540, "n-grams": 64}
EQUAL = dict.fromkeys(ACCURACY, 7_844_609)


def rows_of(costs, accuracy):
    """Rows as ``pareto_figure`` takes them."""
    return [
        {"run": name, "cost": costs[name], "accuracy": accuracy[name],
         "accuracy_low": accuracy[name] - 0.004, "accuracy_high": accuracy[name] + 0.003}
        for name in costs
    ]  # fmt: skip


DRAWERS = {
    "coverage": lambda: coverage_figure(LABELS, {"LSTM": LOGITS}),
    "coverage of two": lambda: coverage_figure(LABELS, {"LSTM": LOGITS, "GRU": LOGITS + 1}),
    "coverage of one review": lambda: coverage_figure([1], {"LSTM": [2.0]}),
    "pareto": lambda: pareto_figure(rows_of(SECONDS, ACCURACY), "cost", "Seconds"),
    "one cost": lambda: pareto_figure(rows_of(EQUAL, ACCURACY), "cost", "Parameters"),
    "all equal": lambda: pareto_figure(
        rows_of(EQUAL, dict.fromkeys(ACCURACY, 0.9)), "cost", "Parameters"
    ),
    "far apart": lambda: pareto_figure(
        rows_of({"a": 0.0, "b": 1e8}, {"a": 0.5, "b": 0.99}), "cost", "Seconds"
    ),
}


@cache
def drawn(name):
    """The figure of this name, which no test changes."""
    return DRAWERS[name]()


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", DRAWERS)
def test_every_figure_has_a_title_and_every_text_lies_inside(name):
    figure = drawn(name)
    assert png_bytes(figure).startswith(b"\x89PNG")
    assert figure.axes[0].get_title() and figure.axes[0].get_xlabel()
    box = figure.get_tightbbox()
    assert box.x0 >= 0 and box.y0 >= 0
    assert box.x1 <= figure.get_figwidth() and box.y1 <= figure.get_figheight()


def test_the_curve_is_the_coverage_curve_and_the_markers_its_rows():
    (axes,) = drawn("coverage").axes
    coverage, accuracy = coverage_curve(LABELS, LOGITS)
    x, y = line(axes, "LSTM")
    assert x == coverage[coverage >= 0.1].tolist()
    assert y == accuracy[coverage >= 0.1].tolist()
    marks, _, (bars,) = axes.containers[0]
    rows = accuracy_by_coverage(LABELS, LOGITS)
    np.testing.assert_allclose(list(marks.get_xdata()), COVERAGES, atol=1e-3)
    assert list(marks.get_ydata()) == [row["accuracy"] for row in rows]
    ends = [(low, high) for (_, low), (_, high) in bars.get_segments()]
    expected = [(row["accuracy_low"], row["accuracy_high"]) for row in rows]
    np.testing.assert_allclose(ends, expected)


def test_models_have_different_lines_and_markers():
    (axes,) = drawn("coverage of two").axes
    curves = [each for each in axes.lines if each.get_label() in ("LSTM", "GRU")]
    assert len({each.get_linestyle() for each in curves}) == 2
    assert len({container[0].get_marker() for container in axes.containers}) == 2


def test_no_point_dominates_the_pareto_front():
    random = np.random.default_rng(3)
    costs, values = random.integers(1, 9, 40), random.integers(1, 9, 40)
    front = pareto_front(costs, values)
    for index in range(40):
        dominated = any(
            costs[i] <= costs[index] and values[i] >= values[index]
            and (costs[i], values[i]) != (costs[index], values[index])
            for i in range(40)
        )  # fmt: skip
        assert (index in front) != dominated
    assert (np.diff(costs[front]) >= 0).all() and (np.diff(values[front]) >= 0).all()


@pytest.mark.slow
def test_every_run_has_its_own_marker_filled_on_the_front():
    axes = drawn("pareto").axes[0]
    marks = axes.lines[1:]
    assert [(mark.get_xdata()[0], mark.get_ydata()[0]) for mark in marks] == [
        (SECONDS[name], ACCURACY[name]) for name in SECONDS
    ]
    assert len({mark.get_marker() for mark in marks}) == len(SECONDS)
    filled = [mark.get_markerfacecolor() != "white" for mark in marks]
    assert filled == [name in ("bag", "n-grams") for name in SECONDS]
    x, y = line(axes, "Pareto")
    assert (x[:-1], y) == ([30, 64], [0.89, 0.9187, 0.9187])
    assert x[-1] == axes.get_xlim()[1]
    (intervals,) = axes.collections
    ends = [(low, high) for (_, low), (_, high) in intervals.get_segments()]
    np.testing.assert_allclose(ends, [(a - 0.004, a + 0.003) for a in ACCURACY.values()])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pareto", "one cost", "all equal"])
def test_names_do_not_overlap_and_there_is_a_tick(name):
    figure = drawn(name)
    png_bytes(figure)
    axes = figure.axes[0]
    names = [text for text in axes.texts if text.get_text()]  # the others are lines to points
    assert {text.get_text() for text in names} == set(ACCURACY)
    boxes = [text.get_window_extent() for text in names]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    low, high = axes.get_xlim()
    assert any(low <= tick <= high for tick in axes.get_xticks())
