"""Figures of training histories and of predictions, drawn with matplotlib.

Every function returns a new ``matplotlib.figure.Figure`` of 640 x 480 pixels at 100 dots per inch.
None of them shows or saves it, and none uses ``matplotlib.pyplot``, so they need no display, leave
no figure open and share no state between threads. Save a figure with
``figure.savefig("name.png")``; in a notebook, make it the last line of a cell after
``%matplotlib inline``.

``labels``, ``logits`` and the errors raised for them are those of
``imdb_lstm.metrics.classification``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.typing import ArrayLike

from imdb_lstm.metrics.classification import calibration_bins, expected_calibration_error
from imdb_lstm.metrics.figure_style import (
    BLUE,
    GREY,
    ORANGE,
    PALE_ORANGE,
    describe_axes,
    ink_on,
    legend_below,
    new_panels,
    series_style,
)
from imdb_lstm.metrics.figure_text import Drawable, drawable
from imdb_lstm.metrics.logits import check_labels_and_logits, sigmoid

MOST_GROUPS, MOST_SLANTED = 50, 12  # drawn; with slanted names of two lines


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
    classes = drawable(class_names)
    axes.set_xticks((0, 1), classes.names, **classes.style)
    axes.set_yticks((0, 1), classes.names, rotation=90, va="center", **classes.style)
    title = f"Confusion matrix of {counts.sum():,} reviews"
    describe_axes(axes, title, classes.below("Predicted class"), "True class")
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
    models = drawable(logits_by_name)
    pairs = zip(models.names, logits_by_name.values(), strict=True)
    for index, (name, values) in enumerate(pairs):
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
    legend_below(figure, left, columns=1, names=models)
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
    drawn = largest_groups(groups)
    accuracy, low, high = (
        np.array([group[key] for group in drawn], dtype=np.float64)
        for key in ("accuracy", "accuracy_low", "accuracy_high")
    )
    figure, (axes,) = new_panels(1, 1)
    reach = np.maximum((accuracy - low, high - accuracy), 0.0)
    axes.errorbar(range(len(drawn)), accuracy, reach, fmt="o", color=BLUE, capsize=6, markersize=7)
    names = drawable(group["group"] for group in drawn)
    _name_groups(axes, names, [group["reviews"] for group in drawn])
    which = "" if len(drawn) == len(groups) else f"the {len(drawn)} largest of {len(groups):,}; "
    describe_axes(axes, title, names.below(f"{xlabel} ({which}number of reviews)"), "Accuracy")
    axes.set_xlim(-0.5, len(drawn) - 0.5)
    axes.grid(False, axis="x")
    return figure


def largest_groups(
    groups: Sequence[Mapping[str, Any]], most: int = MOST_GROUPS
) -> list[Mapping[str, Any]]:
    """Return the groups with the most reviews, at most ``most`` of them, in the given order.

    >>> [row["group"] for row in largest_groups([{"group": "a", "reviews": 1}], most=1)]
    ['a']
    """
    order = sorted(range(len(groups)), key=lambda index: -groups[index]["reviews"])
    return [groups[index] for index in sorted(order[:most])]


def _name_groups(axes: Axes, names: Drawable, reviews: Sequence[int]) -> None:
    """Write the name and the number of reviews of each group below it, slanted or small if many."""
    count, options = len(names.names), dict(names.style)
    parts = list(zip(names.names, reviews, strict=True))
    lines = [f"{name}\n({number:,})" for name, number in parts]
    if count > MOST_SLANTED:
        lines = [f"{name} ({number:,})" for name, number in parts]
        options |= {"rotation": 90, "fontsize": min(10.0, 330 / count)}
    elif max(len(line) for both in lines for line in both.split("\n")) * count > 60:
        options |= {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(count), lines, **options)


def _count_reviews(axes: Axes, most_ticks: int) -> None:
    """Give the y-axis integer ticks with thousands separators."""
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    steps = (1, 2, 2.5, 5, 10)
    locator = MaxNLocator(most_ticks, steps=steps, integer=True, min_n_ticks=1)
    axes.yaxis.set_major_locator(locator)
