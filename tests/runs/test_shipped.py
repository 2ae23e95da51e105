"""The shipped run and the bundled language model: complete, small, offline and useful."""

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

import imdb_lstm
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.runs import find as runs
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.find import (
    SHIPPED,
    SHIPPED_FOLDERS,
    SHIPPED_LANGUAGE_MODEL,
    SHIPPED_SMALL,
    results_folder,
)
from imdb_lstm.runs.manifest import NETWORK_FILES, verify
from imdb_lstm.runs.pretrained import load_language_model
from imdb_lstm.runs.run import load_run

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "saved_models" / SHIPPED
SMALL = ROOT / "saved_models" / SHIPPED_SMALL
SAMPLE = ROOT / "imdb_lstm" / "data" / "sample" / "reviews.jsonl"
ENCODER = ROOT / "saved_models" / SHIPPED_LANGUAGE_MODEL
MOST_BYTES = {FOLDER: 10_000_000, SMALL: 5_000_000, ENCODER: 25_000_000}
TEXTS = ["A joy from start to finish.", "What a waste of a good cast."]


def size(folder):
    return sum(file.stat().st_size for file in folder.iterdir() if file.is_file())


@pytest.mark.parametrize("folder", [FOLDER, SMALL])
def test_it_is_complete_and_small(folder):
    manifest = verify(folder)
    assert size(folder) <= MOST_BYTES[folder]
    assert set(manifest["files"]) == set(NETWORK_FILES)


@pytest.mark.parametrize("folder", [FOLDER, SMALL])
def test_it_learned_from_imdb_only_and_its_card_says_so(folder):
    assert load_run(folder).config.data == "imdb"
    card = (folder / "MODEL_CARD.md").read_text()
    assert "No outside text or vectors were used" in card and "Not for" in card


def test_the_language_model_is_complete_and_small_and_learned_from_imdb_only():
    language = load_language_model(ENCODER)
    assert size(ENCODER) <= MOST_BYTES[ENCODER]
    assert language.config.data == "imdb" and set(language.manifest["reviews"]) == {
        "train", "validation",
    }  # fmt: skip
    card = (ENCODER / "MODEL_CARD.md").read_text()
    assert "No outside text or vectors were used" in card and f"--pretrained {ENCODER.name}" in card


def test_it_was_made_by_the_commands_of_the_docs():
    """The mean of three seeds, of which the last one's options are kept."""
    commands = (ROOT / "docs" / "distillation.md").read_text()
    own, preset = load_run(FOLDER).config, PRESETS["distilled"]
    changed = [f for f in fields(own) if getattr(own, f.name) != getattr(preset, f.name)]
    given = {f.name: getattr(own, f.name) for f in changed if f.name != "seed"}
    assert own.distilled_from == own.pretrained == "distilled-8bit" and len(given) == 9
    for name, value in given.items():
        assert f"--{name.replace('_', '-')} {value}".removesuffix(".0") in commands, name
    assert read_metrics(FOLDER)["averaged"] == {"runs": ["both-0", "both-1", "both-2"]}


def test_the_presets_that_start_from_the_language_model_fit_it():
    language_model = load_language_model(ENCODER)
    for preset in ("finetuned", "distilled"):
        assert PRESETS[preset].pretrained == SHIPPED_LANGUAGE_MODEL
        language_model.check(PRESETS[preset])


def test_the_small_one_is_the_other_with_half_the_units():
    small, large = (load_run(folder) for folder in (SMALL, FOLDER))
    assert (small.config.units, small.config.distilled_from) == (large.config.units // 2, SHIPPED)
    assert small.vocabulary.words == large.vocabulary.words
    for split in ("train", "validation"):
        assert small.manifest["reviews"][split] == large.manifest["reviews"][split]


@pytest.mark.parametrize("folder", [FOLDER, SMALL])
def test_it_contains_no_text_of_a_review(folder):
    names, *_ = zip(*(line.split(",") for line in (folder / "validation.csv").open()), strict=True)
    assert all(name.strip() == "name" or name.endswith(".txt") for name in names)


def test_the_package_contains_it():
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    for folder in (FOLDER, SMALL, ENCODER):
        assert ROOT / tools["package-dir"][f"imdb_lstm.{folder.name}"] == folder
    assert (ROOT / "imdb_lstm", FOLDER.parent) == SHIPPED_FOLDERS


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """An empty folder without runs."""
    return tmp_path_factory.mktemp("elsewhere")


def run_there(folder, *arguments):
    """Run a command in a new process without a network."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "http_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "imdb_lstm", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.slow
def test_it_predicts_directly_after_installation(elsewhere):
    done = run_there(elsewhere, "predict", *TEXTS)
    assert done.returncode == 0, done.stderr
    assert [line.split(",")[1] for line in done.stdout.splitlines()[1:]] == ["positive", "negative"]
    expected = imdb_lstm.predict(TEXTS, SHIPPED)
    said = [float(line.split(",")[0]) for line in done.stdout.splitlines()[1:]]
    assert said == pytest.approx(expected.tolist(), abs=1e-4)


@pytest.mark.slow
def test_training_starts_from_the_language_model_directly_after_installation(tmp_path):
    size = ["--units", "128", "--embedding-dim", "256", "--maximum-length", "24"]
    done = run_there(
        tmp_path, "train", "--data", "sample", "--preset", "plain", "--name", "begun", "--epochs",
        "1", "--train-limit", "16", "--pretrained", SHIPPED_LANGUAGE_MODEL, *size,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    run = load_run(tmp_path / "saved_models" / "begun")
    language = load_language_model(ENCODER)
    assert run.vocabulary.words == language.vocabulary.words
    assert (run.network.words.table == language.weights["embedding"]).all()


def test_an_installed_package_is_not_written_to(elsewhere, monkeypatch):
    installed = elsewhere / "site-packages" / SHIPPED
    monkeypatch.setattr(runs, "SHIPPED_FOLDERS", (installed.parent, FOLDER.parent))
    assert results_folder(installed) == Path("saved_models") / SHIPPED
    assert results_folder(FOLDER) == FOLDER
    beside = installed.with_name("shipped+mine")  # an ensemble
    assert results_folder(beside) == Path("saved_models/shipped+mine")


@pytest.mark.slow
@pytest.mark.parametrize(("run", "name"), [(None, SHIPPED), (SHIPPED_SMALL, SHIPPED_SMALL)])
def test_it_classifies_the_sample_better_than_chance(run, name, monkeypatch, elsewhere):
    monkeypatch.chdir(elsewhere)
    found = imdb_lstm.evaluate(run, data="sample", split="all")
    rows = [json.loads(line) for line in SAMPLE.open(encoding="utf-8")]
    assert found.name == name and len(found.reviews) == len(rows)
    assert found.metrics["accuracy_low"] > 0.6
