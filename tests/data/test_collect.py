"""Columns of several tables, of which each has others."""

import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.readers import read_source
from imdb_lstm.errors import DataError

FIRST = [("a", 1), ("b", 0)]
SECOND = [("c", 1, "irony", "7", 4), ("d", 0, "", "7", "")]
THIRD = [("e", 1, "calm"), ("f", 0, "")]


@pytest.fixture
def config(tmp_path):
    write_csv(tmp_path / "1.csv", FIRST, ("text", "label"))
    write_csv(tmp_path / "2.csv", SECOND, ("body", "label", "group", "pair", "rating"))
    write_csv(tmp_path / "3.csv", THIRD, ("text", "sentiment", "group"))
    return Config(data=f"{tmp_path}/*.csv")


def test_a_column_that_some_files_have_is_empty_in_the_others(config):
    reviews = read_source(config).reviews
    assert reviews.texts == list("abcdef")
    assert reviews.labels.tolist() == [1, 0] * 3
    assert reviews.groups == ["", "", "irony", "", "calm", ""]
    assert reviews.pairs == ["", "", "7", "7", "", ""]
    assert reviews.ratings[2] == 4 and (reviews.ratings == reviews.ratings).sum() == 1
    assert reviews.names[::2] == ["1.csv:2", "2.csv:2", "3.csv:2"]


def test_rows_left_out_are_left_out_of_every_column(config, tmp_path):
    write_csv(
        tmp_path / "2.csv",
        [("", 1, "x", 1), ("c", "", "y", 2), ("d", 0, "z", 3), ("g", 2, "v", 4), ("h", 1, "w", 5)],
        ("text", "label", "group", "pair"),
    )
    found = read_source(Config(data=config.data, bad_rows="skip", labels="no=0,yes=1,none=2"))
    reviews = found.reviews
    assert (found.empty, len(found.bad), found.left_out) == (1, 1, 1)
    columns = zip(reviews.texts, reviews.groups, reviews.pairs, reviews.names, strict=True)
    assert list(columns) == [
        ("a", "", "", "1.csv:2"), ("b", "", "", "1.csv:3"), ("d", "z", "3", "2.csv:4"),
        ("h", "w", "5", "2.csv:6"), ("e", "calm", "", "3.csv:2"), ("f", "", "", "3.csv:3"),
    ]  # fmt: skip


def test_splits_must_be_in_all_files_or_in_none(tmp_path):
    write_csv(tmp_path / "1.csv", FIRST, ("text", "label"))
    write_csv(
        tmp_path / "2.csv", [(*row, "test") for row in THIRD], ("text", "label", "x", "split")
    )
    with pytest.raises(DataError, match=r"1\.csv:2: no split, but other rows have one"):
        read_source(Config(data=f"{tmp_path}/*.csv"))
