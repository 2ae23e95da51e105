"""The page of a data set with many labels: bounded, and every name is text."""

import numpy as np
import pytest
from pages import HOSTILE, Page, check_landmarks

from imdb_lstm.data.describe import Description
from imdb_lstm.evaluation.report.data_page import data_page
from imdb_lstm.metrics.data_plots import label_counts_figure


@pytest.mark.slow
def test_a_hundred_labels_of_any_name_are_drawn_and_told():
    names = [*HOSTILE, *(f"{'n' * 200}{k}" for k in range(100 - len(HOSTILE)))]
    labels = {name: 1 + number for number, name in enumerate(names)}
    length = {"Length": {"median": "3"}}
    found = Description("a.csv", length, {}, [], "train", labels, np.array([1, 5, 9]), [])
    page = data_page(found)
    check_landmarks(page)
    [words] = [image["alt"] for image in Page(page).attributes("img") if "label" in image["alt"]]
    assert "and 80 more labels" in words and len(words) < 5_000
    figure = label_counts_figure(labels)
    assert 20 < figure.get_figheight() < 30
