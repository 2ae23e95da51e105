"""The figure of a language model's training shows its history."""

import numpy as np

from imdb_lstm.training.language_model.plots import perplexity_figure

PERPLEXITY: dict[str, list[float]] = {
    "epoch": [0.5, 1],
    "perplexity": [300, 200],
    "held_out_forward": [250, 150],
    "held_out_backward": [260, 140],
}


def test_the_perplexities_drawn_are_those_given():
    (axes,) = perplexity_figure(PERPLEXITY).axes
    names = ["perplexity", "held_out_forward", "held_out_backward"]
    for line, name in zip(axes.lines, names, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), PERPLEXITY["epoch"])
        np.testing.assert_array_equal(line.get_ydata(), PERPLEXITY[name])
    assert axes.get_yscale() == "log"
