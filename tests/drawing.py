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


def legend_texts(figure):
    """Return the texts of the legend below a figure."""
    return [text.get_text() for text in figure.legends[0].get_texts()]


def predictions_of(classes, reviews=400, seed=1):
    """Return labels (n,) and logits (n, classes) of a model that is often right; the last class
    has no review."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes - 1, reviews)
    return labels, random.normal(size=(reviews, classes)) + 2.5 * np.eye(classes)[labels]


def long_names(classes):
    """Return names of classes as files may have them: long, odd, and in several scripts."""
    odd = ["_hidden", r"$\frac$", "<b>x</b>", "мнение", "sehr gut und noch viel länger " * 7, "5"]
    return tuple([*odd, *(f"topic {n}: politics and religion" for n in range(classes))][:classes])
