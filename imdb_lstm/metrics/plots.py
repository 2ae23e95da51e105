"""Figures of training histories and of predictions, drawn with matplotlib.

Every function returns a new ``matplotlib.figure.Figure`` of 640 x 480 pixels at 100 dots per inch.
None of them shows or saves it, and none uses ``matplotlib.pyplot``, so they need no display, leave
no figure open and share no state between threads. Save a figure with
``figure.savefig("name.png")``; in a notebook, make it the last line of a cell after
``%matplotlib inline``.

All figures share one style: colours that colour-blind readers can distinguish (M. Okabe and K. Ito,
2008, Color universal design), and a different line style, marker or hatch for each of the first
five series, so that they can be distinguished in black and white. ``labels``, ``logits`` and the
errors raised for them are those of ``imdb_lstm.metrics.classification``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.typing import ArrayLike

from imdb_lstm.metrics.classification import (
    calibration_bins,
    check_labels_and_logits,
    expected_calibration_error,
    sigmoid,
)

BLUE, ORANGE, PALE_ORANGE, GREY = "#0072B2", "#D55E00", "#EBB48A", "#595959"
SERIES_COLOURS = (BLUE, ORANGE, "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
LINE_STYLES = ("-", "--", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (10, 3)))


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


def confusion_figure(
    matrix: Sequence[Sequence[int]], class_names: Sequence[str] = ("negative", "positive")
) -> Figure:
    r"""Draw a confusion matrix with counts, and percentages of the true class as shades.

    ``matrix`` is ``[[tn, fp], [fn, tp]]``: rows are true classes, columns predicted ones. A class
    without reviews shows 0.0 %. Raises ``ValueError`` for another shape or a negative count.

    >>> [text.get_text() for text in confusion_figure([[3, 1], [0, 4]]).axes[0].texts]
    ['3\n75.0 %', '1\n25.0 %', '0\n0.0 %', '4\n100.0 %']
    """
    counts = np.asarray(matrix)
    if counts.shape != (2, 2) or (counts < 0).any():
        raise ValueError("matrix must be [[tn, fp], [fn, tp]] with counts of at least 0")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, (axes,) = new_panels(1, 1)
    shades = colormaps["Blues"]
    axes.imshow(shares, cmap=shades, vmin=0.0, vmax=1.0)
    for row, column in np.ndindex(2, 2):
        text = f"{counts[row, column]:,}\n{shares[row, column]:.1%}".replace("%", " %")
        colour = ink_on(shades(shares[row, column]))
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=16)
    axes.set_xticks((0, 1), class_names)
    axes.set_yticks((0, 1), class_names, rotation=90, va="center")
    describe_axes(
        axes, f"Confusion matrix of {counts.sum():,} reviews", "Predicted class", "True class"
    )
    axes.axhline(0.5, color="white", linewidth=4)
    axes.axvline(0.5, color="white", linewidth=4)
    axes.spines[:].set_visible(False)
    axes.grid(False)
    axes.tick_params(length=0)
    return figure


def roc_and_precision_recall_figure(
    labels: ArrayLike, logits_by_name: Mapping[str, ArrayLike]
) -> Figure:
    """Draw the ROC curve (left) and the precision-recall curve (right) of one or more models.

    ``logits_by_name`` has one ``(n,)`` array per model. The legend gives the area under the ROC
    curve and the average precision; the dotted line is that of a random classifier. Raises
    ``ValueError`` without a model, or when a class is absent.

    >>> figure = roc_and_precision_recall_figure([0, 1, 1], {"LSTM": [-1.0, 0.5, 2.0]})
    >>> [panel.get_xlabel() for panel in figure.axes]
    ['False positive rate', 'Recall']
    """
    from sklearn import metrics  # type: ignore[import-untyped]

    if not logits_by_name:
        raise ValueError("logits_by_name is empty")
    figure, (left, right) = new_panels(1, 2)
    for index, (name, values) in enumerate(logits_by_name.items()):
        truth, logits = check_labels_and_logits(labels, values)
        if not 0 < truth.sum() < truth.size:
            raise ValueError("the curves need reviews of both classes")
        false_positive_rate, true_positive_rate, _ = metrics.roc_curve(truth, logits)
        precision, recall, _ = metrics.precision_recall_curve(truth, logits, drop_intermediate=True)
        area = metrics.auc(false_positive_rate, true_positive_rate)
        average = metrics.average_precision_score(truth, logits)
        style = series_style(index, f"{name}: ROC area {area:.3f}, average precision {average:.3f}")
        left.plot(false_positive_rate, true_positive_rate, **style)
        right.plot(recall, precision, drawstyle="steps-post", **style)
    positive = float(truth.mean())
    chance = f"Chance: ROC area 0.500, average precision {positive:.3f}"
    left.plot((0, 1), (0, 1), ":", color=GREY, label=chance)
    right.plot((0, 1), (positive, positive), ":", color=GREY, label=chance)
    describe_axes(left, "ROC curve", "False positive rate", "True positive rate")
    describe_axes(right, "Precision and recall", "Recall", "Precision")
    for axes in (left, right):
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    legend_below(figure, left, columns=1)
    return figure


def calibration_figure(
    labels: ArrayLike, logits: ArrayLike, temperature: float = 1.0, bins: int = 15
) -> Figure:
    """Draw a reliability diagram, with the number of reviews in each bin below.

    There is one point per non-empty bin of P(positive); a calibrated model lies on the diagonal. A
    temperature other than 1 adds a second curve, of the temperature-scaled logits. The legend gives
    the expected calibration errors. Raises ``ValueError`` when ``bins < 1``.

    >>> figure = calibration_figure([0, 1, 1], [-2.0, 2.0, 3.0])
    >>> [panel.get_ylabel() for panel in figure.axes]
    ['Fraction positive', 'Reviews']
    """
    figure, (upper, lower) = new_panels(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot((0, 1), (0, 1), ":", color=GREY, label="Perfect calibration")
    name = f"Temperature {temperature:.2f}"
    drawn = [(1.0, "Model", "o-", BLUE), (temperature, name, "s--", ORANGE)]
    for divisor, name, style, colour in drawn[: 1 if temperature == 1.0 else 2]:
        values = np.asarray(logits) / divisor
        found = calibration_bins(labels, values, bins)
        filled = found.count > 0
        points = found.mean_probability[filled], found.fraction_positive[filled]
        error = expected_calibration_error(labels, values, bins)
        label = f"{name}: error {error:.3f}"
        upper.plot(*points, style, color=colour, markersize=5, label=label)
        if divisor == 1.0:
            lower.bar(found.edges[:-1], found.count, 1.0 / bins, align="edge", color=colour,
                      edgecolor="white")  # fmt: skip
        else:
            lower.stairs(found.count, found.edges, color=colour, linestyle=style[1:], linewidth=2)
    upper.legend(frameon=False)
    describe_axes(
        upper, "Calibration, with the expected calibration error", "", "Fraction positive"
    )
    describe_axes(lower, "", "Predicted probability of positive", "Reviews")
    figure.align_ylabels()
    lower.set_xlim(-0.02, 1.02)
    _count_reviews(lower, most_ticks=3)
    return figure


def score_histogram_figure(labels: ArrayLike, logits: ArrayLike) -> Figure:
    """Draw histograms of P(positive) for the negative and for the positive reviews.

    They have 40 bins of equal width. Errors are the hatched bars left of the threshold of 0.5 and
    the plain bars right of it.

    >>> score_histogram_figure([0, 1], [-1.0, 1.0]).axes[0].get_ylabel()
    'Reviews'
    """
    truth, values = check_labels_and_logits(labels, logits)
    probability = sigmoid(values)
    figure, (axes,) = new_panels(1, 1)
    edges = np.linspace(0.0, 1.0, 41).tolist()
    axes.hist(probability[truth == 0], edges, label="Truly negative", color=PALE_ORANGE)
    outline: dict[str, Any] = {"histtype": "step", "linewidth": 1.5, "hatch": "////"}
    axes.hist(probability[truth == 1], edges, label="Truly positive", color=BLUE, **outline)
    axes.axvline(0.5, linestyle="--", color="black", label="Threshold: 0.5")
    describe_axes(
        axes, "Predicted probability by true class", "Predicted probability of positive", "Reviews"
    )
    axes.set_xlim(0.0, 1.0)
    _count_reviews(axes, most_ticks=7)
    legend_below(figure, axes)
    return figure


def accuracy_by_group_figure(
    groups: Sequence[Mapping[str, Any]], title: str, xlabel: str
) -> Figure:
    r"""Draw the accuracy in each group with its interval, and the number of reviews below it.

    ``groups`` are the dicts of ``subgroups.accuracy_by_group``, drawn in the given order. Raises
    ``ValueError`` when there are none.

    >>> row = {"group": "1-100", "reviews": 9, "accuracy": 0.8}
    >>> row |= {"accuracy_low": 0.6, "accuracy_high": 0.9}
    >>> axes = accuracy_by_group_figure([row], "Accuracy by length", "Words").axes[0]
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['1-100\n(9)']
    """
    if not groups:
        raise ValueError("there are no groups to draw")
    accuracy, low, high = (
        np.array([group[key] for group in groups], dtype=np.float64)
        for key in ("accuracy", "accuracy_low", "accuracy_high")
    )
    figure, (axes,) = new_panels(1, 1)
    reach = np.maximum((accuracy - low, high - accuracy), 0.0)
    axes.errorbar(range(len(groups)), accuracy, reach, fmt="o", color=BLUE, capsize=6, markersize=7)
    names = [f"{group['group']}\n({group['reviews']:,})" for group in groups]
    crowded = max(len(line) for name in names for line in name.split("\n")) * len(names) > 60
    slant: dict[str, Any] = (
        {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if crowded else {}
    )
    axes.set_xticks(range(len(groups)), names, **slant)
    describe_axes(axes, title, f"{xlabel} (number of reviews)", "Accuracy")
    axes.set_xlim(-0.5, len(groups) - 0.5)
    axes.grid(False, axis="x")
    return figure


def new_panels(rows: int, columns: int, **options: Any) -> tuple[Figure, list[Axes]]:
    """Return a new figure and its ``rows * columns`` axes, row by row."""
    layout = ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1)
    figure = Figure(figsize=(6.4, 4.8), dpi=100, layout=layout)
    return figure, list(figure.subplots(rows, columns, squeeze=False, **options).flat)


def describe_axes(axes: Axes, title: str, xlabel: str, ylabel: str) -> None:
    """Set the title and the labels of the axes, and apply the common style."""
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)


def _count_reviews(axes: Axes, most_ticks: int) -> None:
    """Give the y-axis integer ticks with thousands separators."""
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    steps = (1, 2, 2.5, 5, 10)
    locator = MaxNLocator(most_ticks, steps=steps, integer=True, min_n_ticks=1)
    axes.yaxis.set_major_locator(locator)


def series_style(index: int, label: str) -> dict[str, Any]:
    """Return the label, colour and line style of the series with this index, as options."""
    colour = SERIES_COLOURS[index % len(SERIES_COLOURS)]
    style = LINE_STYLES[index % len(LINE_STYLES)]
    return {"label": label, "color": colour, "linestyle": style}


def legend_below(figure: Figure, axes: Axes, columns: int = 3) -> None:
    """Draw the legend of the axes below the whole figure."""
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=columns, frameon=False)


def ink_on(colour: Sequence[float]) -> str:
    """Return black or white, whichever has more contrast with an RGB(A) colour.

    Source: relative luminance and contrast ratio of WCAG 2; at 0.179 both have the same contrast.
    """
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]
    )
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "white"
