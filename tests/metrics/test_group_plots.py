"""Scores of groups and classes: points, intervals and counts are those given."""

from itertools import pairwise

import numpy as np
import pytest
from drawing import LABELS, LOGITS, png_bytes

from imdb_lstm.metrics.group_plots import accuracy_by_group_figure
from imdb_lstm.metrics.subgroups import accuracy_by_group, length_group

LENGTHS = length_group(np.random.default_rng(6).integers(1, 1200, 611))
GROUPS = accuracy_by_group(LABELS, LOGITS, LENGTHS)


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
