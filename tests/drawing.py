"""Helpers for tests of figures: predictions to draw, and readers of what was drawn."""

import io

import numpy as np

RANDOM = np.random.default_rng(5)
LABELS = RANDOM.integers(0, 2, 611)
LOGITS = RANDOM.normal((2 * LABELS - 1) * 1.5, 2.0)


def png_bytes(figure):
    """Return the figure as a PNG file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def line(axes, label):
    """Return the x and y data (lists) of the line whose legend entry starts with the label."""
    (found,) = [each for each in axes.lines if each.get_label().startswith(label)]
    return list(found.get_xdata()), list(found.get_ydata())
