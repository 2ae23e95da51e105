"""Figures of the gates and states of an LSTM over the words of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from imdb_lstm.metrics.figure_style import LINE_STYLES, SERIES_COLOURS, describe_axes
from imdb_lstm.metrics.figure_text import drawable

GATES = ("forget", "input", "output")
STATES = ("candidate", "cell", "hidden")
MOST_NAMED = 60  # words; of a longer text every second (third, ...) word is named


def gates_figure(words: Sequence[str], gates: Mapping[str, np.ndarray], title: str) -> Figure:
    """Draw the gates and states of one direction as heat maps, words across and units down.

    ``gates``: ``vars`` of ``lstm_gates.Gates``, each (T, units), for T words. Gates are dark at 0
    and light at 1; states are purple above zero and orange below.

    >>> values = dict.fromkeys((*GATES, *STATES), np.zeros((2, 3)))
    >>> figure = gates_figure(["good", "film"], values, "Forwards")
    >>> [panel.get_ylabel() for panel in figure.axes[:2]]
    ['forget', 'input']
    """
    figure = _wide(len(words), 9.6)
    panels = figure.subplots(len(GATES + STATES), 1, sharex=True)
    for axes, name in zip(panels, (*GATES, *STATES), strict=True):
        shades = {"vmin": 0, "vmax": 1, "cmap": "cividis"}
        if name in STATES:
            most = float(np.abs(gates[name]).max()) or 1.0
            shades = {"vmin": -most, "vmax": most, "cmap": "PuOr"}
        image = axes.imshow(gates[name].T, aspect="auto", interpolation="nearest", **shades)
        axes.set_ylabel(name)
        figure.colorbar(image, ax=axes, pad=0.01)
    panels[0].set_title(f"{title}, {gates['cell'].shape[1]} units", parse_math=False)
    _name_words(panels[-1], words)
    return figure


def units_figure(
    words: Sequence[str], gates: Mapping[str, np.ndarray], units: Sequence[int], title: str
) -> Figure:
    """Draw some units as lines over the words, two panels per unit: gates above, states below.

    Raises ValueError without units, or for a unit that the layer does not have.

    >>> values = dict.fromkeys((*GATES, *STATES), np.zeros((2, 3)))
    >>> len(units_figure(["good", "film"], values, [0, 2], "Forwards").axes)
    4
    """
    count = gates["cell"].shape[1]
    if not units or not all(0 <= unit < count for unit in units):
        raise ValueError(f"units must be one or more of 0 to {count - 1}, not {list(units)}")
    figure = _wide(len(words), 1.2 + 3.2 * len(units))
    panels: Any = figure.subplots(2 * len(units), 1, sharex=True)
    for number, unit in enumerate(units):
        upper, lower = panels[2 * number : 2 * number + 2]
        for index, name in enumerate((*GATES, *STATES)):
            style: Any = {"color": SERIES_COLOURS[index], "linestyle": LINE_STYLES[index % 3]}
            axes = upper if name in GATES else lower
            axes.plot(gates[name][:, unit], label=name, **style)
        describe_axes(upper, f"{title}, unit {unit}", "", "Gates")
        describe_axes(lower, "", "", "States")
        upper.set_ylim(-0.03, 1.03)
    for panel in panels[:2]:
        panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    _name_words(panels[-1], words)
    return figure


def _wide(words: int, height: float) -> Figure:
    """A figure wide enough for its words."""
    width = min(24.0, max(6.4, 2.4 + 0.24 * words))
    return Figure(figsize=(width, height), dpi=100, layout="constrained")


def _name_words(axes: Any, words: Sequence[str]) -> None:
    """Write the words below the axis, vertically."""
    places = range(0, len(words), -(-len(words) // MOST_NAMED))
    names = drawable(words[place] for place in places)
    axes.set_xticks(places, names.names, rotation=90, **names.style)
    axes.set_xlabel(names.below("Words"), parse_math=False)
