"""Figures of probabilities: the artists show the given numbers, of two classes and of more."""

import numpy as np
import pytest
from drawing import LABELS, LOGITS, legend_texts, line, png_bytes
from sklearn import metrics as reference

from imdb_lstm.metrics.classification import (
    calibration_bins,
    evaluate_logits,
    expected_calibration_error,
)
from imdb_lstm.metrics.figure_style import LINE_STYLES
from imdb_lstm.metrics.logits import sigmoid
from imdb_lstm.metrics.probability_plots import (
    calibration_figure,
    roc_and_precision_recall_figure,
    score_histogram_figure,
)

RANDOM = np.random.default_rng(6)


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


def test_invalid_logits_are_refused():
    for draw in (calibration_figure, score_histogram_figure):
        with pytest.raises(ValueError, match="not finite"):
            draw([0, 1], [0.0, np.nan])
