"""The sentences about a training: every option in use has words, and no other one."""

from dataclasses import replace

import pytest
from saved_runs import METRICS

from imdb_lstm.config.groups import options_of
from imdb_lstm.config.options import Config
from imdb_lstm.runs.training_description import (
    copy_sentences,
    made_sentence,
    training_sentences,
)

NETWORK = Config(data="films.csv", word_vectors=False)
COPIES = {
    "quantized": {"words": 9, "bits": 8, "recurrent_bits": 8},
    "pruned": {"units_before": 8, "units": 4},
    "averaged": {"runs": ["one", "two"]},
}


def test_the_training_is_described_with_the_regularisation_in_use():
    config = replace(NETWORK, epochs=7, word_dropout=0.25, swap=0.5, embedding_dropout=0.0)
    text = " ".join(training_sentences(config))
    assert "at most 7 epochs, with early stopping after 2" in text
    assert "word dropout 0.25" in text and "swap 0.5" in text and "embedding dropout" not in text
    assert "early stopping" not in training_sentences(replace(config, epochs=1))[0]


@pytest.mark.parametrize("name", options_of("regularisation", "augmentation"))
def test_every_regularisation_and_augmentation_is_described(name):
    default = getattr(Config, name)
    values = {bool: (True, ""), str: ("/home/me/mine.toml", " mine.toml"), float: (0.25, " 0.25")}
    value, shown = values[type(default)]
    config = Config(**{"counterfactual": 0.5} | {name: value})
    [_, found] = training_sentences(config)
    assert f"{name.replace('_', ' ')}{shown}" in found and "/home" not in found


def test_an_option_that_the_encoder_does_not_read_is_not_described():
    config = replace(NETWORK, encoder="cnn", weight_drop=0.5, swap=0.5)
    [_, found] = training_sentences(config)
    assert "swap" in found and "weight drop" not in found


def test_only_a_run_as_it_was_trained_is_trained_again_by_its_options():
    assert "trains it again" in made_sentence(NETWORK, METRICS)
    for name, made in COPIES.items():
        metrics = METRICS | {name: made}
        assert copy_sentences(metrics)
        text = made_sentence(NETWORK, metrics)
        assert "trains it again" not in text and "Options" in text
        assert ("those of two, the last of the averaged" in text) == (name == "averaged")
