"""Figures of predicted probabilities: curves over all thresholds, calibration and histograms.

``labels``, ``logits`` and the errors raised for them are those of ``imdb_lstm.metrics.logits``.
``class_names``: those of all classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.typing import ArrayLike, NDArray

from imdb_lstm.metrics.classification import (
    calibration_bins,
    expected_calibration_error,
    top_label_bins,
)
from imdb_lstm.metrics.figure_style import (
    BLUE,
    GREY,
    ORANGE,
    PALE_ORANGE,
    SERIES_COLOURS,
    SIZE,
    describe_axes,
    legend_below,
    new_panels,
    series_style,
)
from imdb_lstm.metrics.figure_text import Drawable, drawable
from imdb_lstm.metrics.logits import (
    check_labels_and_logits,
    class_count,
    log_odds,
    own_log_odds,
    predicted_classes,
    sigmoid,
)

SENTIMENT = ("negative", "positive")
MOST_CURVES = len(SERIES_COLOURS)  # of classes in one figure


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
    if not logits_by_name:
        raise ValueError("logits_by_name is empty")
    figure, panels = new_panels(1, 2)
    models = drawable(logits_by_name)
    for index, values in enumerate(logits_by_name.values()):
        truth, logits = check_labels_and_logits(labels, values)
        _draw_curves(panels, index, models.names[index], truth, logits)
    positive = float(truth.mean())
    chance = f"Chance: ROC area 0.500, average precision {positive:.3f}"
    panels[0].plot((0, 1), (0, 1), ":", color=GREY, label=chance)
    panels[1].plot((0, 1), (positive, positive), ":", color=GREY, label=chance)
    return _described_curves(figure, panels, models)


def class_curves_figure(labels: ArrayLike, logits: ArrayLike, class_names: Sequence[str]) -> Figure:
    """Draw the ROC curve and the precision-recall curve of each class against all others.

    ``logits``: (n, classes), ranked by the ``log_odds`` of a class. Of more than ``MOST_CURVES``
    classes those with the most reviews are drawn, and none that no review or every review has.
    Raises ``ValueError`` when no class is left.

    >>> figure = class_curves_figure([0, 1, 2], np.eye(3), ["a", "b", "c"])
    >>> [line.get_label() for line in figure.axes[0].lines][0]
    'a: ROC area 1.000, average precision 1.000'
    """
    truth, logits = check_labels_and_logits(labels, logits)
    counts = np.bincount(truth, minlength=class_count(logits))
    usable = [number for number in np.argsort(-counts, kind="stable").tolist()
              if 0 < counts[number] < len(truth)]  # fmt: skip
    shown = sorted(usable[:MOST_CURVES])
    if not shown:
        raise ValueError("the curves need reviews of two classes")
    figure, panels = new_panels(1, 2, (SIZE[0], SIZE[1] + 0.22 * max(0, len(shown) - 2)))
    names, odds = drawable(class_names), log_odds(logits)
    for index, number in enumerate(shown):
        own = (truth == number).astype(np.int64)
        _draw_curves(panels, index, names.names[number], own, odds[:, number])
    panels[0].plot((0, 1), (0, 1), ":", color=GREY, label="Chance: ROC area 0.500")
    if len(shown) < len(counts):
        figure.suptitle(f"The {len(shown)} most frequent of {len(counts)} classes", fontsize=11)
    return _described_curves(figure, panels, names)


def _draw_curves(
    panels: Sequence[Axes], index: int, name: str, truth: NDArray[Any], scores: NDArray[Any]
) -> None:
    """Draw both curves of the series with this index; ``truth`` and ``scores`` are (n,)."""
    from sklearn import metrics  # type: ignore[import-untyped]

    if not 0 < truth.sum() < truth.size:
        raise ValueError("the curves need reviews of both classes")
    false_positive_rate, true_positive_rate, _ = metrics.roc_curve(truth, scores)
    precision, recall, _ = metrics.precision_recall_curve(truth, scores, drop_intermediate=True)
    area = metrics.auc(false_positive_rate, true_positive_rate)
    average = metrics.average_precision_score(truth, scores)
    style = series_style(index, f"{name}: ROC area {area:.3f}, average precision {average:.3f}")
    panels[0].plot(false_positive_rate, true_positive_rate, **style)
    panels[1].plot(recall, precision, drawstyle="steps-post", **style)


def _described_curves(figure: Figure, panels: Sequence[Axes], names: Drawable) -> Figure:
    """Give the panels of both curves their titles, labels, limits and legend."""
    left, right = panels
    describe_axes(left, "ROC curve", "False positive rate", "True positive rate")
    describe_axes(right, "Precision and recall", "Recall", "Precision")
    for axes in panels:
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    legend_below(figure, left, columns=1, names=names)
    return figure


def calibration_figure(
    labels: ArrayLike,
    logits: ArrayLike,
    temperature: float = 1.0,
    bins: int = 15,
    class_names: Sequence[str] = SENTIMENT,
) -> Figure:
    """Draw a reliability diagram, with the number of reviews in each bin below.

    There is one point per non-empty bin: of two classes, of the probability of class 1; of more, of
    the confidence, which is the probability of the predicted class. A calibrated model lies on the
    diagonal. A temperature other than 1 adds a second curve, of the temperature-scaled logits. The
    legend gives the expected calibration errors. Raises ``ValueError`` when ``bins < 1``.

    >>> figure = calibration_figure([0, 1, 1], [-2.0, 2.0, 3.0])
    >>> [panel.get_ylabel() for panel in figure.axes]
    ['Fraction positive', 'Reviews']
    """
    figure, (upper, lower) = new_panels(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot((0, 1), (0, 1), ":", color=GREY, label="Perfect calibration")
    _draw_bins(upper, lower, labels, np.asarray(logits), bins, "Model", "o-", BLUE)
    if temperature != 1.0:
        values, name = np.asarray(logits) / temperature, f"Temperature {temperature:.2f}"
        _draw_bins(upper, lower, labels, values, bins, name, "s--", ORANGE)
    upper.legend(frameon=False)
    names = drawable(class_names)
    observed, predicted = "Accuracy", "Confidence: probability of the predicted class"
    if class_count(logits) == 2:
        observed = f"Fraction {names.names[1]}"
        predicted = f"Predicted probability of {names.names[1]}"
    describe_axes(upper, "Calibration, with the expected calibration error", "", observed)
    describe_axes(lower, "", names.below(predicted), "Reviews")
    for label in (upper.yaxis.label, lower.xaxis.label):
        label.set(**names.style)
    figure.align_ylabels()
    lower.set_xlim(-0.02, 1.02)
    _count_reviews(lower, most_ticks=3)
    return figure


def _draw_bins(
    upper: Axes, lower: Axes, labels: ArrayLike, logits: NDArray[Any], bins: int, name: str,
    style: str, colour: str,
) -> None:  # fmt: skip
    """Draw the points of the bins, and their reviews, as bars for a solid line."""
    of_two = class_count(logits) == 2
    found = (calibration_bins if of_two else top_label_bins)(labels, logits, bins)
    filled = found.count > 0
    points = found.mean_probability[filled], found.fraction_positive[filled]
    error = expected_calibration_error(labels, logits, bins)
    upper.plot(*points, style, color=colour, markersize=5, label=f"{name}: error {error:.3f}")
    if style.endswith("--"):
        lower.stairs(found.count, found.edges, color=colour, linestyle="--", linewidth=2)
    else:
        lower.bar(found.edges[:-1], found.count, 1.0 / bins, align="edge", color=colour,
                  edgecolor="white")  # fmt: skip


def score_histogram_figure(
    labels: ArrayLike,
    logits: ArrayLike,
    class_names: Sequence[str] = SENTIMENT,
    threshold: float = 0.0,
) -> Figure:
    """Draw histograms of probabilities with 40 bins of equal width, for two groups of reviews.

    Of two classes: of the probability of class 1, for the reviews of each class; errors are the
    hatched bars left of the ``threshold``, a logit, and the plain bars right of it. Of more: of the
    probability of the true class, for wrong and for right predictions.

    >>> score_histogram_figure([0, 1], [-1.0, 1.0]).axes[0].get_ylabel()
    'Reviews'
    """
    truth, values = check_labels_and_logits(labels, logits)
    figure, (axes,) = new_panels(1, 1)
    names = drawable(class_names)
    if class_count(values) == 2:
        probability, second = sigmoid(values), truth == 1
        first_name, second_name = [f"Truly {name}" for name in names.names]
        title = "Predicted probability by true class"
        label = f"Predicted probability of {names.names[1]}"
    else:
        probability = sigmoid(own_log_odds(truth, values))
        second = predicted_classes(values) == truth
        first_name, second_name = "Predicted wrongly", "Predicted rightly"
        title, label = "Probability of the true class", "Predicted probability of the true class"
    edges = np.linspace(0.0, 1.0, 41).tolist()
    axes.hist(probability[~second], edges, label=first_name, color=PALE_ORANGE)
    outline: dict[str, Any] = {"histtype": "step", "linewidth": 1.5, "hatch": "////"}
    axes.hist(probability[second], edges, label=second_name, color=BLUE, **outline)
    if class_count(values) == 2:
        place = float(sigmoid(np.array([threshold]))[0])
        axes.axvline(place, linestyle="--", color="black", label=f"Threshold: {place:.2g}")
    describe_axes(axes, title, label, "Reviews")
    axes.xaxis.label.set(**names.style)
    axes.set_xlim(0.0, 1.0)
    _count_reviews(axes, most_ticks=7)
    legend_below(figure, axes, names=names)
    return figure


def _count_reviews(axes: Axes, most_ticks: int) -> None:
    """Give the y-axis integer ticks with thousands separators."""
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    steps = (1, 2, 2.5, 5, 10)
    locator = MaxNLocator(most_ticks, steps=steps, integer=True, min_n_ticks=1)
    axes.yaxis.set_major_locator(locator)
