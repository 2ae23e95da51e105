"""A network that starts from a finished one has its words and weights, and not its test reviews."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from resuming import assert_same_run, calling
from tiny_world import tiny_rows, write_csv

from imdb_lstm.data.copies import text_keys
from imdb_lstm.errors import ConfigError
from imdb_lstm.evaluation.evaluate import evaluate
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.learned import read_learned
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.starting_run import starting_model
from imdb_lstm.training.train import train

pytestmark = pytest.mark.slow
OTHERS = [(f"{word} and nothing else.", label, "") for word, label in (
    ("Fine", 1), ("Weak", 0), ("Great", 1), ("Poor", 0), ("Lovely", 1), ("Dire", 0),
    ("Warm", 1), ("Cold", 0), ("Bright", 1), ("Grim", 0), ("Rich", 1), ("Thin", 0),
)]  # fmt: skip


class Look(keras.callbacks.Callback):
    """Keeps the logits of two reviews, and the weights, before the first step."""

    def on_train_begin(self, logs=None):
        if not hasattr(self, "logits"):
            self.logits = np.array(self.model(np.array([[2, 5, 3], [4, 6, 7]])))[:, 0]
            self.encoder = self.model.get_layer("encoder_1").get_weights()
            self.last = self.model.get_layer("logit").get_weights()


@pytest.fixture
def start(tiny_config, tiny_run):
    """The configuration of a network that starts from ``tiny_run``."""
    return replace(tiny_config, pretrained=str(tiny_run), word_vectors=False, epochs=1)


def test_it_starts_with_the_logits_of_the_other(start, tiny_run, tmp_path):
    look = Look()
    folder = train(start, tmp_path, "more", reporter=calling(look))
    wanted = load_run(tiny_run).network.logits([np.array([2, 5, 3]), np.array([4, 6, 7])])
    np.testing.assert_allclose(look.logits, wanted, atol=2e-3)  # weights are rounded to float16
    assert load_run(folder).vocabulary.words == load_run(tiny_run).vocabulary.words
    assert read_metrics(folder)["pretrained_on_same_split"] is True
    card = (folder / "MODEL_CARD.md").read_text("utf-8")
    assert "It started from the finished network tiny, which had the same validation" in card


def test_of_other_classes_or_pooling_the_last_layer_is_new(start, tiny_run, tmp_path):
    rows = [(text, "abc"[number % 3], "") for number, (text, *_) in enumerate(OTHERS * 2)]
    rows = [(f"{number} {text}", label, "") for number, (text, label, _) in enumerate(rows)]
    three = replace(start, data=str(write_csv(tmp_path / "three.csv", rows)))
    base = starting_model(start, tmp_path)
    for config in (three, replace(start, pooling="max")):
        look = Look()
        train(config, tmp_path, f"run-{config.pooling}", reporter=calling(look))
        np.testing.assert_array_equal(look.encoder[0], base.weights["forward/kernel"])
        assert look.last[0].shape != base.weights["logit/kernel"].shape


def test_what_the_other_has_learned_is_no_validation_or_test_review(start, tiny_run, tmp_path):
    with pytest.raises(ConfigError, match=r"has learned \d+ of 12 validation reviews: use the"):
        train(replace(start, seed=1), tmp_path, "other")
    own = write_csv(tmp_path / "own.csv", OTHERS)
    folder = train(replace(start, data=str(own)), tmp_path, "own")
    assert read_metrics(folder)["pretrained_on_same_split"] is False
    learned = read_learned(folder)
    assert np.isin(read_learned(tiny_run), learned).all()
    assert np.isin(text_keys([text for text, *_ in OTHERS]), learned).sum() > 6
    rows = [*tiny_rows(), ("Neither of them saw this.", 1, "")]
    seen = np.isin(text_keys([text for text, *_ in rows]), read_learned(tiny_run)).sum()
    found = evaluate(folder, str(write_csv(tmp_path / "both.csv", rows)))
    assert found.metrics["reviews"] == len(rows) - seen < len(rows)


def test_prepared_on_another_machine_it_is_the_same(start, tmp_path):
    whole = train(start, tmp_path, "whole")
    train(start, tmp_path, "run", prepare_only=True)
    assert_same_run(whole, train(start, tmp_path, "run", resume=True))


def test_what_does_not_fit_is_refused(start, tiny_ngrams, tmp_path):
    with pytest.raises(ConfigError, match="trained with units = 5, not 6: choose --units 5"):
        starting_model(replace(start, units=6), tmp_path)
    with pytest.raises(ConfigError, match="no network can start from"):
        starting_model(replace(start, pretrained=str(tiny_ngrams)), tmp_path)
