"""Confusion matrices: counts, shares and names are those given, for any number of classes."""

import numpy as np
import pytest

from imdb_lstm.metrics.confusion_plots import SHADES, confusion_figure
from imdb_lstm.metrics.figure_style import ink_on


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
