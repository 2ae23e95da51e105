"""The style that all figures share: colours, lines, panels, labels and legends.

Every function of a ``..._plots`` module returns a new ``matplotlib.figure.Figure`` at 100 dots per
inch, of 640 x 480 pixels, or larger for many classes. None of them shows or saves it, and none uses
``matplotlib.pyplot``, so they need no display, leave no figure open and share no state between
threads. Save a figure with ``figure.savefig("name.png")``; in a notebook, make it the last line of
a cell after ``%matplotlib inline``.

Colour-blind readers can distinguish the colours (M. Okabe and K. Ito, 2008, Color universal
design), and each of the first five series has a different line style, marker or hatch, so that they
can be distinguished in black and white.
"""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from imdb_lstm.metrics.figure_text import Drawable

BLUE, ORANGE, PALE_ORANGE, GREY = "#0072B2", "#D55E00", "#EBB48A", "#595959"
SERIES_COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
SIZE = (6.4, 4.8)  # inches
LEGEND_CHARACTERS = 90  # of a row of names
LINE_STYLES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (10, 3)))


def new_panels(
    rows: int, columns: int, size: tuple[float, float] = SIZE, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Return a new figure of a size in inches and its ``rows * columns`` axes, row by row."""
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    figure = Figure(figsize=size, dpi=100, layout=layout)
    return figure, list(figure.subplots(rows, columns, squeeze=False, **options).flat)


def describe_axes(axes: Axes, title: str, xlabel: str, ylabel: str) -> None:
    """Set the title and the labels of the axes, and apply the common style."""
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_parse_math(False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)


def series_style(index: int, label: str) -> dict[str, Any]:
    """Return the label, colour and line style of the series with this index, as options."""
    colour = SERIES_COLOURS[index % len(SERIES_COLOURS)]
    style = LINE_STYLES[index % len(LINE_STYLES)]
    hidden = "\N{HAIR SPACE}" if label.startswith("_") else ""  # else matplotlib leaves it out
    return {"label": hidden + label, "color": colour, "linestyle": style}


def legend_below(
    figure: Figure, axes: Axes, columns: int = 3, names: Drawable | None = None
) -> None:
    """Draw the legend of the axes below the whole figure, in fewer columns if they are too wide.

    ``names``: those in the labels; their note becomes the title of the legend.
    """
    handles, labels = axes.get_legend_handles_labels()
    columns = max(1, min(columns, LEGEND_CHARACTERS // max(map(len, labels))))
    title, style = (names.note, names.style) if names else ("", {})
    legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=columns, frameon=False,
        title=title or None,
    )  # fmt: skip
    for text in (*legend.get_texts(), legend.get_title()):
        text.set(**style)


def ink_on(colour: Sequence[float]) -> str:
    """Return black or white, whichever has more contrast with an RGB(A) colour.

    Source: relative luminance and contrast ratio of WCAG 2; at 0.179 both have the same contrast.
    """
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]
    )
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "white"
