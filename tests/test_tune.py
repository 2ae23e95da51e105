"""The search: it can be killed and gone on with, loses nothing, and never looks at test."""

import csv
import json
import math
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from multiprocessing import Pipe
from pathlib import Path

import pytest

from imdb_lstm import artifacts
from imdb_lstm import data as reviews
from imdb_lstm import tune as tuning
from imdb_lstm.cli import main
from imdb_lstm.config import load_config
from imdb_lstm.errors import ConfigError, DataError, OutputError, RunError
from imdb_lstm.tune import folder as study_folder
from imdb_lstm.tune import tune
from imdb_lstm.tune.space import Choices, Range
from imdb_lstm.tune.study import Study
from imdb_lstm.tune.trials import Outcome

ROOT = Path(__file__).parents[1]
SPACE = {
    "learning_rate": Range(1e-3, 0.3, log=True),
    "output_dropout": Range(0.0, 0.5),
    "pooling": Choices(("max", "mean", "max+mean")),
}


@pytest.fixture(scope="module")
def base(tiny_config):
    return replace(tiny_config, encoder="bag", epochs=1, learning_rate=0.01, word_dropout=0.0)


def fake_trial(config, reviews, folder, report):
    """Instead of training, a log loss that the values decide."""
    log_loss = abs(math.log(config.learning_rate / 0.05)) + config.output_dropout
    return Outcome("finished", log_loss, 0.5, 1, 1, 0.1)


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(tuning, "run_trial", fake_trial)


def rows(folder):
    with (folder / "trials.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def tried(folder):
    return [tuple(row[key] for key in SPACE) for row in rows(folder)]


def interrupt_in(number, monkeypatch):
    """Raise ``KeyboardInterrupt`` in the trial with this number of those run from now on."""
    left = iter(range(1, number))

    def run(*arguments):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return fake_trial(*arguments)

    monkeypatch.setattr(tuning, "run_trial", run)


def test_a_search_trains_and_its_best_file_trains_to_what_it_promises(base, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = []
    result = tune(base, SPACE, Path("studies/mine"), 4, tell=told.append)
    assert [progress.done for progress in told] == [0, 1, 2, 3, 4]
    assert [progress.trial.number for progress in told[1:]] == [1, 2, 3, 4]
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
    found = artifacts.read_metrics(run)["validation"]["log_loss"]
    assert found == pytest.approx(result.best.outcome.log_loss, abs=2e-6)
    assert load_config(run / "config.toml") == load_config(best)


def test_the_test_split_is_never_read(base, tmp_path, monkeypatch):
    read = reviews._read

    def guarded(config, split):
        assert split in ("train", "validation")
        return read(config, split)

    def refused(*_):
        raise AssertionError("load_split is for evaluate")

    monkeypatch.setattr(reviews, "_read", guarded)
    monkeypatch.setattr(reviews, "load_split", refused)
    assert len(tune(base, SPACE, tmp_path / "study", 1).trials) == 1


def test_workers_do_exactly_the_trials_asked_for(base, tmp_path):
    told = []
    result = tune(base, SPACE, tmp_path / "study", 3, processes=2, tell=told.append)
    assert [trial.number for trial in result.trials] == [1, 2, 3]
    assert [progress.done for progress in told] == [0, 1, 2, 3]
    assert len(set(tried(tmp_path / "study"))) == 3
    assert all(trial.outcome.state == "finished" for trial in result.trials)


@pytest.mark.usefixtures("fake")
def test_the_seed_decides_what_is_tried_and_the_base_comes_first(base, tmp_path):
    for name, seed, total in (("one", 0, 12), ("same", 0, 12), ("other", 7, 2)):
        tune(replace(base, seed=seed), SPACE, tmp_path / name, total)
    assert tried(tmp_path / "one") == tried(tmp_path / "same")
    assert tried(tmp_path / "one")[1] != tried(tmp_path / "other")[1]
    assert tried(tmp_path / "one")[0] == ("0.01", "0.5", "max+mean")
    assert len(set(tried(tmp_path / "one"))) == 12


@pytest.mark.usefixtures("fake")
def test_a_base_outside_the_space_is_not_tried(base, tmp_path):
    result = tune(replace(base, learning_rate=0.5), SPACE, tmp_path / "study", 2)
    assert result.base is None
    assert all(0.001 <= trial.values["learning_rate"] <= 0.3 for trial in result.trials)


def test_sampling_learns_where_the_log_loss_is_low(base, tmp_path, fake):
    trials = tune(base, SPACE, tmp_path / "study", 30).trials
    losses = [trial.outcome.log_loss for trial in trials]
    assert sum(losses[15:]) < 0.7 * sum(losses[:15])


def test_an_interrupted_search_goes_on_and_loses_only_the_trial_that_ran(
    base, tmp_path, monkeypatch
):
    interrupt_in(4, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        tune(base, SPACE, tmp_path / "study", 6)
    before = rows(tmp_path / "study")
    assert len(before) == 3 and (tmp_path / "study" / "best.toml").exists()
    monkeypatch.setattr(tuning, "run_trial", fake_trial)
    told = []
    result = tune(base, SPACE, tmp_path / "study", 6, tell=told.append)
    assert [progress.done for progress in told] == [3, 4, 5, 6]
    after = rows(tmp_path / "study")
    assert after[:3] == before and len(after) == 6
    assert [row["trial"] for row in after] == ["1", "2", "3", "5", "6", "7"]
    assert len(set(tried(tmp_path / "study"))) == 6
    assert tune(base, SPACE, tmp_path / "study", 6) == result  # asked again, it is done


def test_a_killed_process_loses_only_the_trial_that_ran(base, tmp_path, monkeypatch):
    (tmp_path / "base.toml").write_text(base.to_toml())
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "sys.path[:0] = sys.argv[3:]\n"
        "import test_tune\n"
        "from imdb_lstm import tune as tuning\n"
        "from imdb_lstm.config import load_config\n"
        "def run(config, reviews, folder, report):\n"
        "    (folder / '.trial-1').mkdir(exist_ok=True)\n"
        "    written = (folder / 'trials.csv').exists()\n"
        "    if written and len(test_tune.rows(folder)) == 2:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return test_tune.fake_trial(config, reviews, folder, report)\n"
        "tuning.run_trial = run\n"
        "base = load_config(Path(sys.argv[1]))\n"
        "tuning.tune(base, test_tune.SPACE, Path(sys.argv[2]), 5)\n"
    )
    study = tmp_path / "study"
    paths = [str(tmp_path / "base.toml"), str(study), str(ROOT), str(ROOT / "tests")]
    killed = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    before = rows(study)
    assert len(before) == 2
    monkeypatch.setattr(tuning, "run_trial", fake_trial)
    assert len(tune(base, SPACE, study, 5).trials) == 5
    assert rows(study)[:2] == before
    assert len(set(tried(study))) == 5
    assert not list(study.glob(".trial-*"))


@pytest.mark.usefixtures("fake")
def test_a_study_begun_otherwise_is_refused_naming_what_differs(base, tiny_csv, tmp_path):
    data = tmp_path / "films.csv"
    data.write_bytes(tiny_csv.read_bytes())
    base = replace(base, data=str(data))
    tune(base, SPACE, tmp_path / "study", 1)
    before = rows(tmp_path / "study")
    wider = SPACE | {"output_dropout": Range(0.0, 0.6)}
    for other, space, named in (
        (replace(base, units=6, epochs=2), SPACE, "epochs, units:"),
        (base, wider, "space output_dropout:"),
        (base, {"pooling": SPACE["pooling"]}, "space learning_rate, space output_dropout:"),
    ):
        with pytest.raises(RunError, match=f"begun with other values of {named}"):
            tune(other, space, tmp_path / "study", 2)
    data.write_text(data.read_text().replace("wonderful", "marvellous"))
    with pytest.raises(RunError, match="other values of reviews train"):
        tune(base, SPACE, tmp_path / "study", 2)
    assert rows(tmp_path / "study") == before


@pytest.mark.usefixtures("fake")
def test_more_trials_or_another_device_go_on_with_a_study(base, tmp_path):
    tune(base, SPACE, tmp_path / "study", 1)
    result = tune(replace(base, device="auto"), SPACE, tmp_path / "study", 3)
    assert [trial.number for trial in result.trials] == [1, 2, 3]


@pytest.mark.usefixtures("fake")
def test_a_folder_in_use_or_of_something_else_or_damaged_is_refused(base, tmp_path):
    with study_folder.owned(tmp_path / "used", base, SPACE, {}):
        fingerprints = json.loads((tmp_path / "used" / "study.json").read_text())["reviews"]
        with (
            pytest.raises(RunError, match="used is in use by another process"),
            study_folder.owned(tmp_path / "used", base, SPACE, fingerprints),
        ):
            pass
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="other exists and is no study"):
        tune(base, SPACE, tmp_path / "other", 1)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file cannot be made"):
        tune(base, SPACE, tmp_path / "file", 1)
    tune(base, SPACE, tmp_path / "damaged", 1)
    (tmp_path / "damaged" / "study.db").write_bytes(b"no database" * 1000)
    with pytest.raises(RunError, match=r"study\.db is damaged"):
        tune(base, SPACE, tmp_path / "damaged", 2)
    (tmp_path / "damaged" / "study.json").write_text("{}")
    with pytest.raises(RunError, match=r"study\.json is damaged"):
        tune(base, SPACE, tmp_path / "damaged", 2)


def test_a_database_that_cannot_be_written_is_one_line(base, tmp_path, monkeypatch):
    def lock(config, reviews, folder, report):
        blocker = sqlite3.connect(folder / "study.db")
        blocker.execute("DROP TABLE trial_user_attributes")
        blocker.close()
        return fake_trial(config, reviews, folder, report)

    monkeypatch.setattr(tuning, "run_trial", lock)
    with pytest.raises(OutputError, match=r"study\.db cannot be written"):
        tune(base, SPACE, tmp_path / "study", 1)


@pytest.mark.usefixtures("fake")
def test_no_trial_begins_when_the_time_is_up(base, tmp_path):
    tune(base, SPACE, tmp_path / "study", 2)
    assert len(tune(base, SPACE, tmp_path / "study", 9, minutes=0).trials) == 2
    with pytest.raises(ConfigError, match=r"none of the 0 trials .* came to its end"):
        tune(base, SPACE, tmp_path / "new", 9, minutes=0)


def test_trials_without_a_value_are_kept_and_never_the_best(base, tmp_path, monkeypatch):
    states = iter(("diverged", "finished", "diverged"))

    def run(*arguments):
        state = next(states)
        return fake_trial(*arguments) if state == "finished" else Outcome(state)

    monkeypatch.setattr(tuning, "run_trial", run)
    result = tune(base, SPACE, tmp_path / "study", 3)
    assert [row["state"] for row in rows(tmp_path / "study")] == [
        "diverged", "finished", "diverged",
    ]  # fmt: skip
    assert result.best.number == 2
    assert result.base.outcome.state == "diverged"
    assert result.importances is None
    assert not (tmp_path / "study" / "importance.png").exists()


def test_values_that_do_not_go_together_are_a_trial_without_training(base, tmp_path, fake):
    base = replace(base, encoder="lstm", embedding_units=7, heads=2)
    space = {"encoder": Choices(("lstm", "transformer")), "units": Range(4, 64)}
    trials = tune(base, space, tmp_path / "study", 12).trials
    assert len(trials) == 12
    for trial in trials:
        refused = trial.outcome.state == "refused"
        assert refused == (trial.values["encoder"] == "transformer")
    assert {trial.outcome.state for trial in trials} == {"finished", "refused"}


def test_trials_worse_than_the_median_are_stopped_after_some_epochs(base, tmp_path):
    """Six of like quality set the median; then a worse one is stopped, a better one is not."""
    study = Study(tmp_path, replace(base, epochs=9), SPACE, 8)
    for quality in range(6):
        trial, _ = study.ask()
        for epoch in range(1, 10):
            assert not study.report(trial, epoch, 0.6 - epoch / 100)
        study.tell(trial, Outcome("finished", 0.5 + quality / 1e4))
    worse, _ = study.ask()
    stops = [study.report(worse, epoch, 0.9) for epoch in range(1, 5)]
    assert stops == [False, False, True, True]  # a third of the epochs is every trial's own
    study.tell(worse, Outcome("pruned", 0.9, epochs=3))
    better, _ = study.ask()
    assert not any(study.report(better, epoch, 0.4) for epoch in range(1, 10))
    study.tell(better, Outcome("finished", 0.4))
    assert study.ask() is None
    states = [trial.outcome.state for trial in study.trials()]
    assert states == ["finished"] * 6 + ["pruned", "finished"]


def test_a_killed_worker_ends_the_search_and_its_trial_is_not_repeated(base, tmp_path):
    study = Study(tmp_path, base, SPACE, 2)
    search = tuning._Search(study, tmp_path, math.inf, lambda progress: None)
    trial, _ = study.ask()
    end, far_end = Pipe()
    far_end.close()
    with pytest.raises(RunError, match=r"worker of trial 1 was killed.*fewer --workers"):
        search._hear(end, trial)
    assert [row["state"] for row in rows(tmp_path)] == ["killed"]


def test_errors_of_workers_are_raised_as_they_are(base, tmp_path):
    study = Study(tmp_path, base, SPACE, 2)
    search = tuning._Search(study, tmp_path, math.inf, lambda progress: None)
    trial, _ = study.ask()
    end, far_end = Pipe()
    far_end.send(DataError("films.csv: no such file"))
    with pytest.raises(DataError, match="no such file"):
        search._hear(end, trial)


def test_without_optuna_one_line_says_what_to_install(base, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ConfigError, match=r"pip install imdb-lstm\[tune\]"):
        tune(base, SPACE, tmp_path / "study", 1)
    assert not (tmp_path / "study").exists()


@pytest.fixture
def command(world, base, monkeypatch):
    """The words of a search on good.csv in a home of its own, and a space file."""
    (world / "base.toml").write_text(replace(base, data="good.csv").to_toml())
    (world / "space.toml").write_text(
        "learning_rate = { low = 1e-3, high = 0.3, log = true }\n"
        "output_dropout = { low = 0.0, high = 0.5 }\nunits = [5, 6]\n"
    )
    return ["tune", "--config", "base.toml", "--space", "space.toml", "--trials", "3"]


@pytest.mark.usefixtures("fake")
def test_the_command_ends_with_the_words_that_train_the_best(command, world, capsys):
    odd = "my studies {?} %20"
    assert main([*command, "--units", "6", "--output", odd, "--name", "a b"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "tuning a b: learning_rate, output_dropout, seed 0"
    assert lines[1] == "0 of 3 trials done"
    assert lines[2].startswith("trial 1: finished, log loss 2.1094, accuracy 0.5000 in epoch 1 of")
    assert "learning_rate 0.01, output_dropout 0.5; 1 of 3 trials done, " in lines[2]
    words = shlex.split(lines[-1])
    assert words == ["imdb-lstm", "train", "--config", f"{odd}/a b/best.toml"]
    assert load_config(Path(words[-1])).units == 6
    assert main([*words[1:], "--name", "best"]) == 0


def test_an_interruption_tells_the_words_that_go_on(command, world, monkeypatch, capsys):
    interrupt_in(2, monkeypatch)
    assert main([*command, "--name", "a b"]) == 130
    (line,) = capsys.readouterr().err.splitlines()
    words = shlex.split(line.partition("go on with: imdb-lstm ")[2])
    assert words == [*command, "--name", "a b"]
    monkeypatch.setattr(tuning, "run_trial", fake_trial)
    assert main(words) == 0
    assert "1 of 3 trials done\n" in capsys.readouterr().out
    assert len(rows(Path("studies/a b"))) == 3


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["--space", "odd.toml"], 2, "unknown key 'unit' in odd.toml; did you mean 'units'?"),
        (["--space", "bad.toml"], 2, "bad.toml cannot be read as TOML"),
        (["--space", "nope.toml"], 2, "nope.toml cannot be read"),
        (["--data", "nope.csv"], 3, "nope.csv: no such file"),
        (["--units", "0"], 2, "units must be at least 1"),
        (["--trials", "0"], 2, "--trials"),
        (["--name", "a/b"], 2, "a/b"),
        (["--device", "gpu", "--workers", "2"], 2, "leave out --workers, or --device gpu"),
        (["--output", "good.csv"], 5, "good.csv/good cannot be made"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_words_end_with_one_line_and_leave_no_traces(words, code, part, command, world, capsys):
    before = {path: path.stat().st_mtime_ns for path in world.rglob("*")}
    assert main([*command, *words]) == code
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1 and printed.startswith("imdb-lstm: ")
    assert part in printed
    assert {path: path.stat().st_mtime_ns for path in world.rglob("*")} == before


def test_the_lock_goes_with_the_process(base, tmp_path):
    """The file stays; what counts is who holds it, and nobody does."""
    with study_folder.owned(tmp_path / "study", base, SPACE, {}):
        pass
    assert (tmp_path / "study" / ".lock").exists()
    with study_folder.owned(tmp_path / "study", base, SPACE, {}):
        assert os.access(tmp_path / "study" / "study.json", os.R_OK)
