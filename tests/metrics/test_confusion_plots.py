"""Confusion matrices: counts, shares and names are those given, for any number of classes."""

import numpy as np
import pytest
from drawing import long_names

from imdb_lstm.metrics.confusion_plots import SHADES, confusion_figure, distance_figure
from imdb_lstm.metrics.figure_style import ink_on
from imdb_lstm.metrics.figure_text import LONGEST


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
        shade = SHADES(share)
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


@pytest.mark.parametrize("classes", [3, 12])
def test_up_to_twelve_classes_have_every_count_and_share(classes):
    matrix = np.arange(classes**2).reshape(classes, classes)
    (axes,) = confusion_figure(matrix.tolist(), long_names(classes)).axes
    shares = matrix / matrix.sum(axis=1, keepdims=True)
    shown = [text.get_text() for text in axes.texts]
    assert shown == [f"{count:,}\n{share:.1%}".replace("%", " %")
                     for count, share in zip(matrix.flat, shares.flat, strict=True)]  # fmt: skip
    assert len(set(shown_names(axes))) == classes
    assert max(map(len, shown_names(axes))) <= LONGEST


def test_more_classes_have_a_colour_bar_and_no_text():
    figure = confusion_figure(np.eye(13, dtype=int).tolist(), long_names(13))
    axes, bar = figure.axes
    assert not axes.texts and "Share" in bar.get_ylabel()
    np.testing.assert_array_equal(axes.images[0].get_array(), np.eye(13))


def test_many_classes_are_drawn_larger_and_never_huge():
    sizes = [
        tuple(confusion_figure(np.eye(k, dtype=int).tolist(), long_names(k)).get_size_inches())
        for k in (2, 3, 12, 100)
    ]
    assert sizes[0] == (6.4, 4.8) and sizes[1][1] < sizes[2][1] < sizes[3][1] < 20


def test_distances_count_every_review_once():
    matrix = np.random.default_rng(3).integers(0, 9, (5, 5))
    (axes,) = distance_figure(matrix.tolist()).axes
    heights = {round(bar.get_x() + bar.get_width() / 2): bar.get_height() for bar in axes.patches}
    assert sum(heights.values()) == matrix.sum() and heights[0] == np.trace(matrix)
    assert heights[4] == matrix[0, 4] and heights[-4] == matrix[4, 0]  # too high, too low


def shown_names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]
