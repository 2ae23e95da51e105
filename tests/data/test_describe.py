"""The facts of train and validation, worked out by hand, with test left unread."""

import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.statistics import describe_reviews

ROWS = [
    # text, label, rating, split: 1, 2, 3, 3, 10 and 2, 4 tokens
    ("good", "pos", 9, "train"),
    ("bad film", "neg", 1, "train"),
    ("one two three", "neg", 1, "train"),
    ("one two three", "pos", 10, "train"),
    ("a b c d e f g h i.", "pos", "", "train"),
    ("not bad", "pos", "", "validation"),
    ("not good at all", "neg", "", "validation"),
    ("word " * 500, "neg", 3, "test"),
]


@pytest.fixture
def config(tmp_path):
    path = write_csv(tmp_path / "a.csv", ROWS, ("text", "label", "rating", "split"))
    return Config(data=str(path), maximum_length=3)


def test_the_facts_are_those_worked_out_by_hand(config):
    train, validation = describe_reviews(config)
    assert train == {
        "reviews": "5",
        "positive": "60.0%",
        "tokens, median": "3",
        "tokens, 90th percentile": "7",  # 7.2
        "tokens, longest": "10",
        "longer than 3 tokens": "20.0%",
        "exact duplicates": "1",
        "stars": "1: 2, 9: 1, 10: 1",
    }
    assert validation["positive"] == "50.0%"
    assert validation["longer than 3 tokens"] == "50.0%"
    assert validation["stars"] == "unknown"
    assert list(validation) == list(train)


def test_the_test_split_is_never_read(config, monkeypatch):
    asked = []
    load = data.files.load
    monkeypatch.setattr(
        data.files, "load", lambda config, split: asked.append(split) or load(config, split)
    )
    describe_reviews(config)
    assert asked == ["train", "validation"]


def test_thousands_are_told_with_commas(tmp_path):
    rows = [("word " * 1500, label, "", "train") for label in ("pos", "neg")] * 3
    rows += [("word", label, "", "train") for label in ("pos", "neg")] * 597
    path = write_csv(tmp_path / "a.csv", rows, ("text", "label", "rating", "split"))
    train, _ = describe_reviews(Config(data=str(path)))
    assert train["reviews"] == "1,080"
    assert train["tokens, longest"] == "1,500"
    assert train["exact duplicates"] == "1,078"
