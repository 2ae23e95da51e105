"""Every figure has the common style: titles, labels, a frame that holds everything, no pyplot."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from drawing import LABELS, LOGITS, long_names, png_bytes, predictions_of
from matplotlib.figure import Figure

from imdb_lstm.metrics.classification import evaluate_logits
from imdb_lstm.metrics.confusion_plots import confusion_figure, distance_figure
from imdb_lstm.metrics.group_plots import accuracy_by_group_figure, class_scores_figure
from imdb_lstm.metrics.history_plots import history_figure
from imdb_lstm.metrics.probability_plots import (
    calibration_figure,
    class_curves_figure,
    roc_and_precision_recall_figure,
    score_histogram_figure,
)
from imdb_lstm.metrics.subgroups import accuracy_by_group, length_group

BAR = 2  # axes of a figure with a colour bar, which has no label below it
HISTORY: dict[str, list[float]] = {
    "epoch": [1, 2, 3],
    "loss": [0.6, 0.4, 0.2],
    "accuracy": [0.7, 0.8, 0.95],
    "validation_loss": [0.5, 0.35, 0.45],
    "validation_accuracy": [0.75, 0.85, 0.83],
}
LENGTHS = length_group(np.random.default_rng(6).integers(1, 1200, 611))
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


def figures_of(classes):
    """The figures of this many classes, by name."""
    labels, logits = predictions_of(classes)
    names, metrics = long_names(classes), evaluate_logits(labels, logits)
    return {
        f"confusion, {classes} classes": (
            1 if classes <= 12 else BAR,
            lambda: confusion_figure(metrics["confusion_matrix"], names),
        ),
        f"distances, {classes} classes": (1, lambda: distance_figure(metrics["confusion_matrix"])),
        f"curves, {classes} classes": (2, lambda: class_curves_figure(labels, logits, names)),
        f"scores, {classes} classes": (1, lambda: class_scores_figure(metrics["by_class"], names)),
        f"calibration, {classes} classes": (
            2,
            lambda: calibration_figure(labels, logits, 1.5, class_names=names),
        ),
        f"histogram, {classes} classes": (1, lambda: score_histogram_figure(labels, logits, names)),
    }


for number in (3, 8, 20, 100):
    FIGURES |= figures_of(number)


@pytest.mark.slow
def test_neither_import_nor_drawing_uses_pyplot():
    code = (
        "import sys, imdb_lstm.metrics.probability_plots as plots\n"
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
    assert figure.axes[-1].get_xlabel() or panels == BAR
    assert all(axes.get_ylabel() for axes in figure.axes)
    picture = png_bytes(figure)
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[start : start + 4], "big") for start in (16, 20))
    if "classes" not in name:
        assert (width, height) == (640, 480)
    box = figure.get_tightbbox()
    assert box.x0 >= 0 and box.y0 >= 0
    assert box.x1 <= figure.get_figwidth() and box.y1 <= figure.get_figheight()
