"""Trials: what they measure is what training would save, whatever ran before in the process."""

from dataclasses import fields, replace

import keras
import numpy as np
import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.data import load as data
from imdb_lstm.data.load import read_split
from imdb_lstm.errors import DivergedError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.train import train
from imdb_lstm.training.tuning import trials
from imdb_lstm.training.tuning.space import FIXED
from imdb_lstm.training.tuning.trials import LATER, ReviewCache, run_trial


@pytest.fixture(autouse=True)
def float32_again():
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture(scope="module")
def config(tiny_config):
    return replace(tiny_config, encoder="bag", epochs=3, learning_rate=0.03, label_smoothing=0.2)


def guarded(read):
    """``data._read``, except that it refuses to read what is held out for testing."""

    def guard(config, split):
        assert split in ("train", "validation")
        return read(config, split)

    return guard


def keep_on(epoch, log_loss):
    return False


def test_a_trial_measures_what_a_run_of_the_same_values_would_save(config, tmp_path):
    reviews = ReviewCache()
    wide = replace(config, embedding_dim=6, batch_size=5, weight_average=0.5)
    told = []
    outcomes = [
        run_trial(config, reviews, tmp_path, keep_on),
        run_trial(wide, reviews, tmp_path, lambda *at: told.append(at)),
    ]
    assert list(tmp_path.iterdir()) == []
    for number, (asked, outcome) in enumerate(zip((config, wide), outcomes, strict=True)):
        metrics = read_metrics(train(asked, tmp_path, str(number)))
        assert outcome.state == "finished"
        assert outcome.log_loss == pytest.approx(metrics["validation"]["log_loss"], abs=2e-6)
        assert outcome.accuracy == pytest.approx(metrics["validation"]["accuracy"], abs=1e-6)
        assert outcome.best_epoch == metrics["best_epoch"]
    assert [epoch for epoch, _ in told] == [1, 2, 3] == list(range(1, outcomes[1].epochs + 1))
    assert told[outcomes[1].best_epoch - 1][1] == pytest.approx(outcomes[1].log_loss, abs=1e-6)


def test_the_log_loss_knows_no_smoothing(config, tmp_path):
    """What is compared between trials is of whole labels, however training smoothed them."""
    reviews, measured = ReviewCache(), {}
    for smoothing in (0.0, 0.4):
        asked = replace(config, label_smoothing=smoothing, learning_rate=1e-8, epochs=1)
        measured[smoothing] = run_trial(asked, reviews, tmp_path, keep_on).log_loss
    assert measured[0.0] == pytest.approx(measured[0.4], abs=1e-5)


def test_a_trial_never_reads_the_test_split(config, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "_read", guarded(read_split))
    monkeypatch.setattr(data, "load_split", None)
    asked = replace(config, epochs=1)
    assert run_trial(asked, ReviewCache(), tmp_path, keep_on).state == "finished"


def test_a_hopeless_trial_stops_where_it_is_told(config, tmp_path):
    outcome = run_trial(config, ReviewCache(), tmp_path, lambda epoch, loss: epoch == 2)
    assert (outcome.state, outcome.epochs) == ("pruned", 2)
    assert 0 < outcome.log_loss < 2


def test_a_trial_that_is_over_anyway_is_not_pruned(config, tmp_path):
    outcome = run_trial(config, ReviewCache(), tmp_path, lambda epoch, loss: epoch == 3)
    assert (outcome.state, outcome.epochs) == ("finished", 3)


def test_a_diverged_trial_is_an_outcome_not_an_error(config, tmp_path, monkeypatch):
    def diverge(*_):
        raise DivergedError("the loss is no longer a number")

    monkeypatch.setattr(trials, "fit", diverge)
    outcome = run_trial(config, ReviewCache(), tmp_path, keep_on)
    assert (outcome.state, outcome.log_loss, outcome.best_epoch) == ("diverged", None, None)
    assert list(tmp_path.iterdir()) == []


def test_reviews_are_encoded_once_unless_a_trial_reads_them_otherwise(config, monkeypatch):
    calls = []

    def prepare(config):
        calls.append(config)
        return prepare(config)

    monkeypatch.setattr(trials, "prepare", prepare)
    reviews = ReviewCache()
    for batch_size, rate in ((8, 0.1), (5, 0.2), (8, 0.1)):
        prepared = reviews.prepared(replace(config, batch_size=batch_size, learning_rate=rate))
        fresh = prepare(replace(config, batch_size=batch_size))
        for part in ("train", "validation"):
            kept, anew = getattr(prepared, part), getattr(fresh, part)
            assert len(kept) == len(anew)
            np.testing.assert_array_equal(kept.order, anew.order)
    assert len(calls) == 1
    shorter = reviews.prepared(replace(config, maximum_length=4))
    assert len(calls) == 2
    assert max(map(len, shorter.train.ids)) == 4


def test_preparing_reads_none_of_the_options_that_do_not_make_it_anew(config):
    read = set()

    class Spy(Config):
        def __getattribute__(self, name):
            read.add(name)
            return super().__getattribute__(name)

    spy = Spy(**vars(config))
    read.clear()
    prepare(spy)
    names = {option.name for option in fields(Config)}
    assert {"vocabulary_size", "maximum_length"} <= read
    assert read & LATER == {"batch_size"}
    assert names > LATER and not LATER & FIXED
