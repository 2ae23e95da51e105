"""Workers that are killed or fail end only their own trial."""

import pytest
from searching import SPACE, fail_in, rows, tried

from imdb_lstm.errors import DataError, RunError
from imdb_lstm.training.tuning import workers
from imdb_lstm.training.tuning.search import search


@pytest.mark.slow
def test_a_trial_whose_worker_is_killed_is_not_repeated(base, tmp_path, fake_worker, monkeypatch):
    fail_in([2, 3, 5, 6, 7], ConnectionError, fake_worker, monkeypatch)
    with pytest.raises(RunError, match=r"3 consecutive trials were killed.*fewer --workers"):
        search(base, SPACE, tmp_path / "study", 9)
    states = [row["state"] for row in rows(tmp_path / "study")]
    assert states == ["finished", "killed", "killed", "finished", "killed", "killed", "killed"]
    fail_in([], None, fake_worker, monkeypatch)
    assert len(search(base, SPACE, tmp_path / "study", 9).trials) == 9
    assert len(set(tried(tmp_path / "study"))) == 9


def test_errors_of_workers_are_raised_as_they_are_or_by_their_names(
    base, tmp_path, fake_worker, monkeypatch
):
    for raised, wanted in ((DataError("gone"), DataError), (OSError("gone"), RuntimeError)):

        def run(config, report, raised=raised):
            raise raised

        monkeypatch.setattr(fake_worker, "run", staticmethod(run))
        with pytest.raises(wanted, match="gone"):
            search(base, SPACE, tmp_path / "study", 1)


@pytest.mark.slow
def test_a_process_is_replaced_after_some_trials(base, tmp_path, fake_worker, monkeypatch):
    monkeypatch.setattr(workers, "TRIALS_PER_PROCESS", 2)
    monkeypatch.setattr(fake_worker, "starts", 0)
    assert len(search(base, SPACE, tmp_path / "study", 5).trials) == 5
    assert fake_worker.starts == 3
