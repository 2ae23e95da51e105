"""``imdb-lstm tune``: what it prints, and how it fails."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from searching import fail_in, rows

from imdb_lstm.cli import main
from imdb_lstm.config.values import load_config

pytestmark = pytest.mark.slow  # each waits for Optuna


@pytest.fixture
def command(world, base, monkeypatch):
    """The words of a search on good.csv in a home of its own, and a space file."""
    (world / "base.toml").write_text(replace(base, data="good.csv").to_toml())
    (world / "space.toml").write_text(
        "learning_rate = { low = 1e-3, high = 0.3, log = true }\n"
        "output_dropout = { low = 0.0, high = 0.5 }\nunits = [5, 6]\n"
    )
    return ["tune", "--config", "base.toml", "--space", "space.toml", "--trials", "3"]


@pytest.mark.usefixtures("fake_worker")
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


@pytest.mark.usefixtures("fake_worker")
def test_a_search_says_that_its_trials_learn_no_pseudo_labels(command, capsys):
    for teacher, told in (("ngrams-nb", True), ("none", False)):
        assert main([*command, "--pseudo-labels-from", teacher, "--name", teacher]) == 0
        assert ("trials learn no pseudo-labels" in capsys.readouterr().out) == told


def test_an_interruption_gives_the_command_that_resumes(command, fake_worker, monkeypatch, capsys):
    fail_in([2], KeyboardInterrupt, fake_worker, monkeypatch)
    assert main([*command, "--name", "a b"]) == 130
    *_, line = capsys.readouterr().err.splitlines()
    words = shlex.split(line.partition("resume with: imdb-lstm ")[2])
    assert words == [*command, "--name", "a b"]
    fail_in([], None, fake_worker, monkeypatch)
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
