"""The search can be killed and resumed without a loss, and never reads the test split."""

import signal
import subprocess
import sys
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import pytest
from searching import SPACE, fail_in, fake_trial, guard_test_split, rows, tried

from imdb_lstm.cli import main
from imdb_lstm.config.values import load_config
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.training.tuning.search import search
from imdb_lstm.training.tuning.trials import Outcome

pytestmark = pytest.mark.slow  # each waits for Optuna

ROOT = Path(__file__).parents[3]


def test_a_search_trains_and_its_best_file_trains_to_the_same_log_loss(base, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    seen = []
    result = search(base, SPACE, Path("studies/mine"), 4, processes=2, on_progress=seen.append)
    assert [progress.done for progress in seen] == [0, 1, 2, 3, 4]
    assert sorted(progress.trial.number for progress in seen[1:]) == [1, 2, 3, 4]
    assert [trial.number for trial in result.trials] == [1, 2, 3, 4]
    assert len(set(tried(Path("studies/mine")))) == 4
    assert result.best.outcome.log_loss == min(trial.outcome.log_loss for trial in result.trials)
    assert result.base == result.trials[0]
    assert result.importances  # four trials, three options
    names = {path.name for path in Path("studies/mine").iterdir()}
    assert names == {
        ".lock", "study.json", "study.db", "trials.csv", "best.toml", "history.png",
        "importance.png",
    }  # fmt: skip
    best = Path("studies/mine/best.toml")
    assert load_config(best) == replace(base, **result.best.values)
    assert main(["train", "--config", str(best), "--name", "best"]) == 0
    run = Path("saved_models/best")
    found = read_metrics(run)["validation"]["log_loss"]
    assert found == pytest.approx(result.best.outcome.log_loss, abs=1e-5)
    assert load_config(run / "config.toml") == load_config(best)
    assert not active_children()


@pytest.mark.usefixtures("fake_worker")
def test_the_test_split_is_never_read(base, tmp_path, monkeypatch):
    """By the process that owns the study; ``test_trials.py`` tests a trial."""
    guard_test_split(monkeypatch)
    assert len(search(base, SPACE, tmp_path / "study", 1).trials) == 1


@pytest.mark.usefixtures("fake_worker")
def test_the_seed_decides_what_is_tried_and_the_base_comes_first(base, tmp_path):
    for name, seed, total in (("one", 0, 12), ("same", 0, 12), ("other", 7, 2)):
        search(replace(base, seed=seed), SPACE, tmp_path / name, total)
    assert tried(tmp_path / "one") == tried(tmp_path / "same")
    assert tried(tmp_path / "one")[1] != tried(tmp_path / "other")[1]
    assert tried(tmp_path / "one")[0] == ("0.01", "0.5", "max+mean")
    assert len(set(tried(tmp_path / "one"))) == 12


@pytest.mark.usefixtures("fake_worker")
def test_a_base_outside_the_space_is_not_tried(base, tmp_path):
    result = search(replace(base, learning_rate=0.5), SPACE, tmp_path / "study", 2)
    assert result.base is None
    assert all(0.001 <= trial.values["learning_rate"] <= 0.3 for trial in result.trials)


def test_an_interrupted_search_resumes_with_the_result_of_an_undisturbed_one(
    base, tmp_path, fake_worker, monkeypatch
):
    fail_in([4], KeyboardInterrupt, fake_worker, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        search(base, SPACE, tmp_path / "study", 6)
    before = rows(tmp_path / "study")
    assert len(before) == 3 and (tmp_path / "study" / "best.toml").exists()
    fail_in([], None, fake_worker, monkeypatch)
    seen = []
    result = search(base, SPACE, tmp_path / "study", 6, on_progress=seen.append)
    assert [progress.done for progress in seen] == [3, 4, 5, 6]
    after = rows(tmp_path / "study")
    assert after[:3] == before and len(after) == 6
    search(base, SPACE, tmp_path / "undisturbed", 6)
    whole = rows(tmp_path / "undisturbed")
    assert [{**row, "seconds": ""} for row in after] == [{**row, "seconds": ""} for row in whole]
    assert len(set(tried(tmp_path / "study"))) == 6
    assert search(base, SPACE, tmp_path / "study", 6) == result  # nothing is left to do


@pytest.mark.usefixtures("fake_worker")
def test_a_killed_process_loses_only_the_running_trial(base, tmp_path):
    (tmp_path / "base.toml").write_text(base.to_toml())
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "sys.path[:0] = sys.argv[3:]\n"
        "import searching\n"
        "from imdb_lstm.config.values import load_config\n"
        "from imdb_lstm.training.tuning import search, workers\n"
        "study = Path(sys.argv[2])\n"
        "def run(config, report):\n"
        "    (study / '.trial-1').mkdir(exist_ok=True)\n"
        "    written = (study / 'trials.csv').exists()\n"
        "    if written and len(searching.rows(study)) == 2:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return searching.fake_trial(config, report)\n"
        "searching.FakeWorker.run = staticmethod(run)\n"
        "search.Worker = workers.Worker = searching.FakeWorker\n"
        "search.search(load_config(Path(sys.argv[1])), searching.SPACE, study, 5)\n"
    )
    study = tmp_path / "study"
    paths = [str(tmp_path / "base.toml"), str(study), str(ROOT), str(ROOT / "tests")]
    killed = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    before = rows(study)
    assert len(before) == 2
    assert len(search(base, SPACE, study, 5).trials) == 5
    assert rows(study)[:2] == before
    assert len(set(tried(study))) == 5
    assert not list(study.glob(".trial-*"))


@pytest.mark.usefixtures("fake_worker")
def test_more_trials_or_another_device_resume_a_study(base, tmp_path):
    search(base, SPACE, tmp_path / "study", 1)
    result = search(replace(base, device="auto"), SPACE, tmp_path / "study", 3)
    assert [trial.number for trial in result.trials] == [1, 2, 3]


@pytest.mark.usefixtures("fake_worker")
def test_no_trial_starts_when_the_time_is_up(base, tmp_path):
    search(base, SPACE, tmp_path / "study", 2)
    assert len(search(base, SPACE, tmp_path / "study", 9, minutes=0).trials) == 2
    with pytest.raises(ConfigError, match=r"none of the 0 trials .* is finished"):
        search(base, SPACE, tmp_path / "new", 9, minutes=0)


def test_trials_without_a_log_loss_are_saved_and_never_the_best(
    base, tmp_path, fake_worker, monkeypatch
):
    states = iter(("diverged", "finished", "diverged"))

    def run(config, report):
        state = next(states)
        return fake_trial(config, report) if state == "finished" else Outcome(state)

    monkeypatch.setattr(fake_worker, "run", staticmethod(run))
    result = search(base, SPACE, tmp_path / "study", 3)
    assert [row["state"] for row in rows(tmp_path / "study")] == [
        "diverged", "finished", "diverged",
    ]  # fmt: skip
    assert result.best.number == 2
    assert result.base.outcome.state == "diverged"
    assert result.importances is None
    assert not (tmp_path / "study" / "importance.png").exists()
