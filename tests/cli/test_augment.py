"""``data augment`` and ``data antonyms``: what they show and write, and what they refuse."""

import csv
import json

import pytest

from imdb_lstm.api import train
from imdb_lstm.cli import main
from imdb_lstm.cli.augment import marked_changes
from imdb_lstm.text.antonyms import bundled
from imdb_lstm.text.counterfactual import counterfactual

FOUND = counterfactual("An awful film, not funny.", 0, bundled())


def test_changes_are_marked_with_and_without_colour():
    plain = marked_changes(FOUND, colour=False).plain
    assert plain == "An [awful -> wonderful] film, [not -> ] funny."
    coloured = marked_changes(FOUND, colour=True)
    assert coloured.plain == "An awful wonderful film, not funny."
    assert "strike dim" in {span.style for span in coloured.spans}


def test_a_few_are_shown(world, capsys):
    assert main(["data", "augment", "--data", "good.csv"]) == 0
    printed = capsys.readouterr().out
    assert "now positive" in printed and "[superb -> abysmal]" in printed
    assert "half of them from either label" in printed


@pytest.mark.parametrize("name", ["turned.csv", "turned.jsonl"])
def test_the_file_says_what_was_changed(name, world):
    assert main(["data", "augment", "--data", "good.csv", "--output", name, "--limit", "6"]) == 0
    lines = (world / name).read_text().splitlines()
    rows = list(csv.DictReader(lines)) if name.endswith("csv") else list(map(json.loads, lines))
    assert len(rows) == 6 and [row["label"] for row in rows].count("positive") == 3
    for row in rows:
        assert row["source"].startswith("good.csv:") and row["text"] != row["original"]
        assert all(" -> " in change for change in row["changes"].split("; "))


@pytest.mark.slow
def test_the_file_can_be_learned_as_extra_reviews(world):
    assert main(["data", "augment", "--data", "good.csv", "--output", "turned.csv"]) == 0
    train("good.csv", "mine", encoder="ngrams-nb", extra_reviews="turned.csv", quiet=True)
    metrics = json.loads((world / "saved_models" / "mine" / "metrics.json").read_text())
    assert metrics["extra_added"] == metrics["extra_rows"] > 0


@pytest.mark.slow
def test_training_tells_how_many_are_learned(world, capsys):
    words = "train --data good.csv --name mine --encoder ngrams-nb --counterfactual 0.2"
    assert main(words.split()) == 0
    assert "8 counterfactual texts added" in capsys.readouterr().out
    card = (world / "saved_models" / "mine" / "MODEL_CARD.md").read_text()
    assert "and 8 texts in which the verdict of such reviews is turned" in card


@pytest.mark.parametrize(
    ("command", "code", "part"),
    [
        ("data augment --data good.csv --antonyms bad.toml", 2, "bad.toml cannot be read as TOML"),
        ("data augment --data good.csv --antonyms odd.toml", 2, "unit is no section"),
        ("data augment --data good.csv --output turned.xlsx", 2, "name a file .csv"),
        ("data augment --data good.csv --output good.csv", 5, "also read"),
        ("data antonyms --data good.csv", 3, "give more reviews"),
    ],
)
def test_bad_input_ends_with_one_line(command, code, part, world, capsys):
    before = sorted(path.name for path in world.iterdir())
    assert main(command.split()) == code
    printed = capsys.readouterr().err
    assert part in printed.splitlines()[-1]
    assert sorted(path.name for path in world.iterdir()) == before
