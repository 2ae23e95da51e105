"""Studies: sampling, pruning, and a database that cannot be written."""

import sqlite3
import sys
from dataclasses import replace

import pytest
from searching import SPACE, fake_trial

from imdb_lstm.errors import ConfigError, OutputError
from imdb_lstm.training.tuning.search import search
from imdb_lstm.training.tuning.space import Choices, Range
from imdb_lstm.training.tuning.study import Study
from imdb_lstm.training.tuning.trials import Outcome


@pytest.mark.slow
def test_later_samples_have_a_lower_log_loss(base, tmp_path, fake_worker):
    trials = search(base, SPACE, tmp_path / "study", 30).trials
    losses = [trial.outcome.log_loss for trial in trials]
    assert sum(losses[20:]) < 0.9 * sum(losses[:10])  # the first ten are random


@pytest.mark.slow
def test_trials_worse_than_the_median_are_pruned_after_some_epochs(base, tmp_path):
    """Six similar trials set the median; then a worse one is pruned, a better one is not."""
    study = Study(tmp_path, replace(base, epochs=9), SPACE, 8)
    for quality in range(6):
        trial, _ = study.ask()
        for epoch in range(1, 10):
            assert not study.report(trial, epoch, 0.6 - epoch / 100)
        study.finish(trial, Outcome("finished", 0.5 + quality / 1e4))
    worse, _ = study.ask()
    stops = [study.report(worse, epoch, 0.9) for epoch in range(1, 5)]
    assert stops == [False, False, True, True]  # none in the first third of the epochs
    study.finish(worse, Outcome("pruned", 0.9, epochs=3))
    better, _ = study.ask()
    assert not any(study.report(better, epoch, 0.4) for epoch in range(1, 10))
    study.finish(better, Outcome("finished", 0.4))
    assert study.ask() is None
    states = [trial.outcome.state for trial in study.trials()]
    assert states == ["finished"] * 6 + ["pruned", "finished"]


@pytest.mark.slow
def test_values_that_exclude_each_other_are_a_refused_trial(base, tmp_path, fake_worker):
    base = replace(base, encoder="lstm", embedding_dim=7)
    space = {"encoder": Choices(("lstm", "transformer")), "units": Range(4, 64)}
    trials = search(base, space, tmp_path / "study", 12).trials
    assert len(trials) == 12
    for trial in trials:
        refused = trial.outcome.state == "refused"
        assert refused == (trial.values["encoder"] == "transformer")
    assert {trial.outcome.state for trial in trials} == {"finished", "refused"}


@pytest.mark.slow
def test_a_database_that_cannot_be_written_is_one_line(base, tmp_path, fake_worker, monkeypatch):
    def drop(config, report):
        blocker = sqlite3.connect(tmp_path / "study" / "study.db")
        blocker.execute("DROP TABLE trial_user_attributes")
        blocker.close()
        return fake_trial(config, report)

    monkeypatch.setattr(fake_worker, "run", staticmethod(drop))
    with pytest.raises(OutputError, match=r"study\.db cannot be written"):
        search(base, SPACE, tmp_path / "study", 1)


def test_without_optuna_one_line_says_what_to_install(base, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"pip install imdb-lstm\[tune\]"):
        search(base, SPACE, tmp_path / "study", 1)
    assert not (tmp_path / "study").exists()
