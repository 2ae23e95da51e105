"""Trials measure what a training would save, whatever ran before in the process."""

from dataclasses import fields, replace

import numpy as np
import pytest
from resuming import prepared
from searching import guard_test_split

from imdb_lstm.config.groups import preparing_options
from imdb_lstm.config.options import Config
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import DivergedError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.training.prepare import prepare
from imdb_lstm.training.train import train
from imdb_lstm.training.tuning import trials
from imdb_lstm.training.tuning.trials import ReviewCache, run_trial

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def config(tiny_config):
    return replace(tiny_config, encoder="bag", epochs=3, learning_rate=0.03, label_smoothing=0.2)


def keep_on(epoch, log_loss):
    return False


def test_a_trial_measures_what_a_run_of_the_same_values_would_save(config, tmp_path):
    reviews = ReviewCache()
    wide = replace(config, embedding_dim=6, batch_size=5)
    seen = []
    outcomes = [
        run_trial(config, reviews, tmp_path, keep_on),
        run_trial(wide, reviews, tmp_path, lambda *at: seen.append(at)),
    ]
    assert list(tmp_path.iterdir()) == []
    for number, (asked, outcome) in enumerate(zip((config, wide), outcomes, strict=True)):
        metrics = read_metrics(train(asked, tmp_path, str(number)))
        assert outcome.state == "finished"
        assert outcome.log_loss == pytest.approx(metrics["validation"]["log_loss"], abs=2e-6)
        assert outcome.accuracy == pytest.approx(metrics["validation"]["accuracy"], abs=1e-6)
        assert outcome.best_epoch == metrics["best_epoch"]
    assert [epoch for epoch, _ in seen] == [1, 2, 3] == list(range(1, outcomes[1].epochs + 1))
    assert seen[outcomes[1].best_epoch - 1][1] == pytest.approx(outcomes[1].log_loss, abs=1e-6)


def test_the_log_loss_has_no_label_smoothing(config, tmp_path):
    """Trials are compared by the true labels, whatever the label smoothing in training."""
    reviews, measured = ReviewCache(), {}
    for smoothing in (0.0, 0.4):
        asked = replace(config, label_smoothing=smoothing, learning_rate=1e-8, epochs=1)
        measured[smoothing] = run_trial(asked, reviews, tmp_path, keep_on).log_loss
    assert measured[0.0] == pytest.approx(measured[0.4], abs=1e-5)


def test_a_trial_never_reads_the_test_split(config, tmp_path, monkeypatch):
    guard_test_split(monkeypatch)
    asked = replace(config, epochs=1)
    assert run_trial(asked, ReviewCache(), tmp_path, keep_on).state == "finished"


def test_a_trial_stops_when_it_is_pruned(config, tmp_path):
    outcome = run_trial(config, ReviewCache(), tmp_path, lambda epoch, loss: epoch == 2)
    assert (outcome.state, outcome.epochs) == ("pruned", 2)
    assert 0 < outcome.log_loss < 2


def test_a_trial_that_has_ended_anyway_is_not_pruned(config, tmp_path):
    outcome = run_trial(config, ReviewCache(), tmp_path, lambda epoch, loss: epoch == 3)
    assert (outcome.state, outcome.epochs) == ("finished", 3)


def test_a_diverged_trial_is_an_outcome_not_an_error(config, tmp_path, monkeypatch):
    def diverge(*_):
        raise DivergedError("the loss is not finite")

    monkeypatch.setattr(trials, "fit", diverge)
    outcome = run_trial(config, ReviewCache(), tmp_path, keep_on)
    assert (outcome.state, outcome.log_loss, outcome.best_epoch) == ("diverged", None, None)
    assert list(tmp_path.iterdir()) == []


def test_reviews_are_prepared_once_unless_a_trial_needs_others(config, monkeypatch):
    calls = []
    monkeypatch.setattr(trials, "prepare", lambda *parts: calls.append(parts) or prepare(*parts))
    reviews = ReviewCache()
    for batch_size, rate in ((8, 0.1), (5, 0.2), (8, 0.1)):
        cached = reviews.prepared(replace(config, batch_size=batch_size, learning_rate=rate))
        fresh = prepared(replace(config, batch_size=batch_size))
        for part in ("train", "validation"):
            kept, anew = getattr(cached, part), getattr(fresh, part)
            assert len(kept) == len(anew)
            np.testing.assert_array_equal(kept.order, anew.order)
    assert len(calls) == 1
    shorter = reviews.prepared(replace(config, maximum_length=4))
    assert len(calls) == 2
    assert max(map(len, shorter.train.ids)) == 4


def test_reviews_are_read_again_only_for_the_unlabelled_ones(config, tmp_path, monkeypatch):
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return read_training_data(*arguments)

    monkeypatch.setattr(trials, "read_training_data", counted)
    (tmp_path / "more.txt").write_text("One more joy.\nAnother waste.\n")
    own = replace(config, unlabelled=str(tmp_path / "more.txt"))
    for asked in (own, config):
        reviews = ReviewCache()
        calls.clear()
        for word_vectors, length in ((False, 9), (True, 9), (False, 8), (True, 8)):
            changed = replace(asked, word_vectors=word_vectors, maximum_length=length)
            found, fresh = reviews.prepared(changed), prepared(changed)
            if word_vectors:
                np.testing.assert_array_equal(found.word_vectors, fresh.word_vectors)
            else:
                assert found.word_vectors is fresh.word_vectors is None
        assert len(calls) == 2


def test_preparing_reads_only_the_options_that_prepare_again(config):
    read = set()

    class Spy(Config):
        def __getattribute__(self, name):
            read.add(name)
            return super().__getattribute__(name)

    spy = Spy(**vars(config))
    read.clear()
    prepare(spy, read_training_data(spy, with_unlabelled=True))
    names = {option.name for option in fields(Config)}
    assert {"vocabulary_size", "maximum_length"} <= read
    assert read & names - {*preparing_options()} == {"batch_size"}  # which ``ReviewCache`` sets
