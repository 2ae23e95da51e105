"""Figures: the artists show the given numbers, and no figure is left open."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from drawing import LABELS, LOGITS, line, png_bytes
from matplotlib.figure import Figure
from sklearn import metrics as reference

from imdb_lstm.metrics.classification import (
    calibration_bins,
    evaluate_logits,
    expected_calibration_error,
)
from imdb_lstm.metrics.figure_style import LINE_STYLES, ink_on
from imdb_lstm.metrics.logits import sigmoid
from imdb_lstm.metrics.plots import (
    accuracy_by_group_figure,
    calibration_figure,
    colormaps,
    confusion_figure,
    history_figure,
    roc_and_precision_recall_figure,
    score_histogram_figure,
)
from imdb_lstm.metrics.subgroups import accuracy_by_group, length_group

HISTORY: dict[str, list[float]] = {
    "epoch": [1, 2, 3],
    "loss": [0.6, 0.4, 0.2],
    "accuracy": [0.7, 0.8, 0.95],
    "validation_loss": [0.5, 0.35, 0.45],
    "validation_accuracy": [0.75, 0.85, 0.83],
}
RANDOM = np.random.default_rng(6)
LENGTHS = length_group(RANDOM.integers(1, 1200, 611))
GROUPS = accuracy_by_group(LABELS, LOGITS, LENGTHS)

FIGURES = {
    "history": (2, lambda: history_figure(HISTORY, best_epoch=2)),
    "confusion": (1, lambda: confusion_figure([[11, 2], [3, 17]])),
    "curves": (2, lambda: roc_and_precision_recall_figure(LABELS, {"LSTM": LOGITS})),
    "calibration": (2, lambda: calibration_figure(LABELS, LOGITS)),
    "temperature_scaled": (2, lambda: calibration_figure(LABELS, LOGITS, 1.25)),
    "score_histogram": (1, lambda: score_histogram_figure(LABELS, LOGITS)),
    "accuracy_by_group": (
        1,
        lambda: accuracy_by_group_figure(GROUPS, "Accuracy by length", "Tokens"),
    ),
}


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.slow
def test_neither_import_nor_drawing_uses_pyplot():
    code = (
        "import sys, imdb_lstm.metrics.plots as plots\n"
        "assert not {'tensorflow', 'sklearn'} & set(sys.modules)\n"
        "figure = plots.roc_and_precision_recall_figure([0, 1], {'a': [0.0, 1.0]})\n"
        "figure.savefig(sys.stdout.buffer)\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    root = Path(__file__).parents[2]
    picture = subprocess.check_output([sys.executable, "-c", code], cwd=root)
    assert picture.startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_titles_and_labels_and_is_rendered_inside_its_frame(name):
    panels, draw = FIGURES[name]
    figure = draw()
    assert type(figure) is Figure
    assert len(figure.axes) == panels
    assert figure.axes[0].get_title()
    assert figure.axes[-1].get_xlabel()
    assert all(axes.get_ylabel() for axes in figure.axes)
    picture = png_bytes(figure)
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[start : start + 4], "big") for start in (16, 20))
    assert (width, height) == (640, 480)
    box = figure.get_tightbbox()
    assert box.x0 >= 0 and box.y0 >= 0
    assert box.x1 <= figure.get_figwidth() and box.y1 <= figure.get_figheight()


def test_history_lines_are_the_history():
    figure = history_figure(HISTORY, best_epoch=2)
    for axes, key in zip(figure.axes, ("loss", "accuracy"), strict=True):
        assert line(axes, "Training") == (HISTORY["epoch"], HISTORY[key])
        assert line(axes, "Validation") == (HISTORY["epoch"], HISTORY[f"validation_{key}"])
        assert line(axes, "Best epoch")[0] == [2, 2]
        assert [each.get_linestyle() for each in axes.lines] == ["-", "--", ":"]
    assert legend_texts(figure) == ["Training", "Validation", "Best epoch: 2"]


def test_history_of_one_epoch_without_validation():
    figure = history_figure({"epoch": [1], "loss": [0.5], "accuracy": [0.8]}, None)
    assert [len(axes.lines) for axes in figure.axes] == [1, 1]
    assert png_bytes(figure)
    ticks = figure.axes[1].get_xticks()
    low, high = figure.axes[1].get_xlim()
    assert [tick for tick in ticks if low <= tick <= high] == [1]


def test_history_refuses_missing_lists_and_unknown_epochs():
    with pytest.raises(ValueError, match="has no accuracy"):
        history_figure({"epoch": [1], "loss": [0.5]})
    with pytest.raises(ValueError, match="best_epoch 9"):
        history_figure(HISTORY, best_epoch=9)


def test_confusion_shows_counts_and_percentages_of_the_true_class():
    axes = confusion_figure([[12000, 500], [1250, 11250]], ("bad", "good")).axes[0]
    shown = [text.get_text() for text in axes.texts]
    assert shown == ["12,000\n96.0 %", "500\n4.0 %", "1,250\n10.0 %", "11,250\n90.0 %"]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.96, 0.04], [0.1, 0.9]])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["bad", "good"]
    assert [text.get_color() for text in axes.texts] == ["white", "black", "black", "white"]


def test_confusion_text_has_enough_contrast():
    """At least 4.5 to 1, which WCAG 2 requires for text of any size."""
    for share in np.linspace(0.0, 1.0, 21):
        shade = colormaps["Blues"](share)
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in shade
        ]
        luminance = np.dot(linear[:3], (0.2126, 0.7152, 0.0722))
        ink = {"black": 0.0, "white": 1.0}[ink_on(shade)]
        light, dark = max(luminance, ink), min(luminance, ink)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_confusion_refuses_another_shape():
    for matrix in ([1, 2], [[1, 2, 3], [4, 5, 6]], [[1, -1], [0, 0]]):
        with pytest.raises(ValueError, match="matrix"):
            confusion_figure(matrix)


def test_curves_are_those_of_scikit_learn_with_areas_in_the_legend():
    models = {"LSTM": LOGITS, "Random": RANDOM.normal(size=len(LABELS))}
    figure = roc_and_precision_recall_figure(LABELS, models)
    left, right = figure.axes
    for index, (name, logits) in enumerate(models.items()):
        false_positive_rate, true_positive_rate, _ = reference.roc_curve(LABELS, logits)
        assert line(left, name) == (list(false_positive_rate), list(true_positive_rate))
        precision, recall, _ = reference.precision_recall_curve(
            LABELS, logits, drop_intermediate=True
        )
        assert line(right, name) == (list(recall), list(precision))
        area = evaluate_logits(LABELS, logits)["auc"]
        average = reference.average_precision_score(LABELS, logits)
        expected = f"{name}: ROC area {area:.3f}, average precision {average:.3f}"
        assert legend_texts(figure)[index] == expected
    assert line(left, "Chance") == ([0, 1], [0, 1])
    assert line(right, "Chance") == ([0, 1], [LABELS.mean()] * 2)


def test_five_curves_and_chance_differ_without_colour():
    assert len({str(style) for style in (*LINE_STYLES, ":")}) == 6
    names = [f"Bidirectional LSTM, version {index}" for index in range(5)]
    figure = roc_and_precision_recall_figure(LABELS, dict.fromkeys(names, LOGITS))
    png_bytes(figure)
    assert figure.get_tightbbox().x0 >= 0
    assert min(axes.bbox.height for axes in figure.axes) > 200  # pixels left for the curves


def test_curves_refuse_one_class_and_no_model():
    with pytest.raises(ValueError, match="both classes"):
        roc_and_precision_recall_figure([1, 1], {"LSTM": [0.0, 1.0]})
    with pytest.raises(ValueError, match="empty"):
        roc_and_precision_recall_figure([0, 1], {})


def test_calibration_points_and_bars_are_the_bins():
    figure = calibration_figure(LABELS, LOGITS, bins=9)
    upper, lower = figure.axes
    found = calibration_bins(LABELS, LOGITS, bins=9)
    filled = found.count > 0
    predicted, observed = line(upper, "Model")
    assert predicted == found.mean_probability[filled].tolist()
    assert observed == found.fraction_positive[filled].tolist()
    assert line(upper, "Perfect") == ([0, 1], [0, 1])
    assert [bar.get_height() for bar in lower.patches] == found.count.tolist()
    np.testing.assert_allclose([bar.get_x() for bar in lower.patches], found.edges[:-1])
    error = expected_calibration_error(LABELS, LOGITS, bins=9)
    assert upper.get_legend().get_texts()[1].get_text() == f"Model: error {error:.3f}"


def test_a_temperature_adds_a_curve():
    figure = calibration_figure(LABELS, LOGITS, temperature=1.25, bins=9)
    alone = calibration_figure(LABELS, LOGITS, bins=9)
    upper, lower = figure.axes
    assert line(upper, "Model") == line(alone.axes[0], "Model")
    scaled = calibration_bins(LABELS, LOGITS / 1.25, bins=9)
    assert line(upper, "Temperature 1.25: error 0.")[1] == scaled.fraction_positive.tolist()
    *bars, outline = lower.patches
    assert len(bars) == 9
    assert outline.get_data().values.tolist() == scaled.count.tolist()
    styles = {(each.get_linestyle(), each.get_marker()) for each in upper.lines}
    assert len(styles) == 3


def test_calibration_skips_empty_bins():
    figure = calibration_figure([0, 1], [-9.0, 9.0])
    assert len(line(figure.axes[0], "Model")[0]) == 2
    assert png_bytes(figure)


def test_score_histogram_counts_every_review_once():
    figure = score_histogram_figure(LABELS, LOGITS)
    (axes,) = figure.axes
    negative = [bar.get_height() for bar in axes.containers[0]]
    probability = sigmoid(LOGITS)
    edges = np.linspace(0.0, 1.0, 41)
    assert negative == np.histogram(probability[LABELS == 0], edges)[0].tolist()
    outline = axes.patches[-1].get_xy()[:, 1]  # each height occurs twice
    positive = np.histogram(probability[LABELS == 1], edges)[0]
    np.testing.assert_array_equal(outline[1:81:2], positive)
    assert sum(negative) + positive.sum() == len(LABELS)
    assert line(axes, "Threshold") == ([0.5, 0.5], [0, 1])
    assert axes.patches[-1].get_hatch()


def test_counts_of_few_reviews_have_whole_ticks():
    for figure in (
        score_histogram_figure([1], [2.0]),
        calibration_figure([1], [2.0]),
    ):
        png_bytes(figure)
        assert all(tick == round(tick) for tick in figure.axes[-1].get_yticks())


def test_groups_are_points_with_intervals_and_counts():
    (axes,) = accuracy_by_group_figure(GROUPS, "By length", "Tokens").axes
    points, _, (bars,) = axes.containers[0]
    assert list(points.get_ydata()) == [group["accuracy"] for group in GROUPS]
    ends = [(low, high) for (_, low), (_, high) in bars.get_segments()]
    expected = [(group["accuracy_low"], group["accuracy_high"]) for group in GROUPS]
    np.testing.assert_allclose(ends, expected, rtol=1e-12)
    names = [label.get_text() for label in axes.get_xticklabels()]
    assert names == [f"{group['group']}\n({group['reviews']:,})" for group in GROUPS]
    assert (axes.get_title(), axes.get_xlabel()) == ("By length", "Tokens (number of reviews)")


@pytest.mark.slow
def test_group_names_never_overlap():
    for count in (1, 3, 8, 12):
        rows = [dict(GROUPS[0], group=f"group number {index}") for index in range(count)]
        figure = accuracy_by_group_figure(rows, "Title", "Group")
        png_bytes(figure)
        labels = figure.axes[0].get_xticklabels()
        if labels[0].get_rotation() == 0:
            boxes = [label.get_window_extent() for label in labels]
            assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_groups_at_full_accuracy_and_without_rows():
    rows = accuracy_by_group([1, 1], [1.0, 1.0], ["a", "a"])
    assert png_bytes(accuracy_by_group_figure(rows, "Title", "Group"))
    with pytest.raises(ValueError, match="no groups"):
        accuracy_by_group_figure([], "Title", "Group")


def test_invalid_logits_are_refused():
    for draw in (calibration_figure, score_histogram_figure):
        with pytest.raises(ValueError, match="not finite"):
            draw([0, 1], [0.0, np.nan])
