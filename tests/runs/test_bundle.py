"""What is sent with a report of a fault has no private data in it."""

import json
from dataclasses import replace

import pytest
from tiny_world import tiny_rows, write_csv

from imdb_lstm.runs.bundle import MOST_RUNS, describe_runs
from imdb_lstm.training.train import train


@pytest.fixture
def secret(tiny_config, tmp_path):
    """A run whose file, folder, column, classes and name are secret, and an unfinished one."""
    path = write_csv(tmp_path / "geheim.csv", tiny_rows(), ("geheim", "label", "rating"))
    config = replace(
        tiny_config, data=str(path), text_column="geheim", encoder="ngrams-nb", device="cpu"
    )
    runs = tmp_path / "geheim-runs"
    train(config, runs, "geheim")
    (runs / ".geheim2.unfinished").mkdir()
    (runs / ".geheim2.unfinished" / "config.toml").write_text("not TOML geheim")
    return runs


def test_options_and_numbers_are_told_and_names_are_not(secret):
    found = describe_runs(secret)
    assert "geheim" not in json.dumps(found) and str(secret) not in json.dumps(found)
    finished, unfinished = sorted(found, key=lambda each: not each["finished"])
    assert finished["options"]["data"] == finished["options"]["text_column"] == "given"
    assert finished["options"]["encoder"] == "ngrams-nb"
    assert finished["metrics"]["train_reviews"] > 0
    assert finished["bytes"]["ngrams.npz"] > 0
    assert unfinished["options"] == "cannot be read: ConfigError"


def test_the_newest_runs_are_described(secret):
    for number in range(MOST_RUNS):
        (secret / str(number)).mkdir()
        (secret / str(number) / "config.toml").write_text(f"units = {number + 1}")
    assert len(describe_runs(secret)) == MOST_RUNS
