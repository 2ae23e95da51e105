"""Reviews from files: what is read, what is left out, and that both are told."""

import csv
import gzip
import json
import logging
from dataclasses import replace

import numpy as np
import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.files import json_rows
from imdb_lstm.data.labels import LabelsError
from imdb_lstm.data.readers import read_source
from imdb_lstm.errors import DataError

ROWS = [
    ("Good, very good.", "positive", "9"),
    ('He said "no".\nThen left,\tcross.', "negative", "2"),
    ("Épatant ★ 影評", "pos", ""),
    ("dull", "0", "11"),
    ("a" * 200_000, "TRUE", "x"),
]
TEXTS = [text for text, _, _ in ROWS]


@pytest.fixture(autouse=True)
def told(caplog):
    """Everything that is told, also of what is no warning."""
    caplog.set_level(logging.INFO, "imdb_lstm")
    return caplog


def write(path, rows=ROWS, names=("text", "label", "rating")):
    """Write rows in the format of the file's suffix, and return the options that read them."""
    if ".jsonl" in path.suffixes:
        content = "\n\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows)
        path.write_text(content, encoding="utf-8")
    else:
        write_csv(path, rows, names, "\t" if ".tsv" in path.suffixes else ",")
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(path.read_bytes()))
    return Config(data=str(path))


def warnings(told):
    return [record.message for record in told.records if record.levelname == "WARNING"]


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.csv.gz", "a.jsonl.gz"])
def test_every_format_gives_the_same_reviews(name, tmp_path):
    found = read_source(write(tmp_path / name))
    assert found.reviews.texts == TEXTS
    assert found.reviews.labels.tolist() == [1, 0, 1, 0, 1]
    assert np.nan_to_num(found.reviews.ratings, nan=-1).tolist() == [9, 2, -1, 11, -1]
    assert found.splits == [""] * 5 and found.units == found.times == found.bad == []
    assert len(set(found.reviews.names)) == 5
    assert all(row.startswith(f"{name}:") for row in found.reviews.names)


def test_columns_can_have_other_names_and_any_order(tmp_path):
    names = ("Stars given", "the review", "verdict")
    rows = [(rating, text, label) for text, label, rating in ROWS]
    config = write(tmp_path / "a.csv", rows, names)
    named = replace(
        config, text_column="the review", label_column="verdict", rating_column="Stars given"
    )
    reviews = read_source(named).reviews
    assert reviews.texts == TEXTS
    assert reviews.ratings[:2].tolist() == [9, 2]


def test_groups_and_pairs_are_read(tmp_path):
    rows = [("a", 1, "irony", 7), ("b", 0, "", 7), ("c", 0, None, 0)]
    config = write(tmp_path / "a.jsonl", rows, ("text", "label", "group", "pair"))
    reviews = read_source(config).reviews
    assert (reviews.groups, reviews.pairs) == (["irony", "", ""], ["7", "7", "0"])
    renamed = replace(config, group_column="pair", pair_column="none such")
    reviews = read_source(renamed).reviews
    assert (reviews.groups, reviews.pairs) == (["7", "7", "0"], [])


def test_a_column_by_which_accuracy_is_reported_is_missed_if_it_was_named(tmp_path, told):
    config = write(tmp_path / "a.csv", [("a", 1, "x"), ("b", 0, "y")], ("text", "label", "group"))
    assert read_source(config).reviews.groups == ["x", "y"] and not warnings(told)
    assert read_source(replace(config, group_column="grup")).reviews.groups == []
    [line] = warnings(told)
    assert "a.csv has no column 'grup', which --group-column names" in line


def test_a_column_that_begins_late_is_told(tmp_path, told, monkeypatch):
    monkeypatch.setattr(json_rows, "SAMPLE", 2)
    lines = [{"text": f"text {n}", "label": n % 2} for n in range(4)]
    lines[3]["split"] = "test"
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert read_source(Config(data=str(tmp_path / "a.jsonl"))).splits == [""] * 4
    assert "a.jsonl: 'split' is not in the first rows, and is not read" in warnings(told)


def test_columns_are_known_whatever_their_case(tmp_path, told):
    rows = [("a", 1, 9, "Train"), ("b", 0, 2, "Train"), ("c", 1, 7, "Test"), ("d", 0, 3, "TEST")]
    found = read_source(write(tmp_path / "a.csv", rows, ("Review", "Sentiment", "Rating", "Split")))
    assert found.splits == ["train", "train", "test", "test"]
    assert found.reviews.ratings.tolist() == [9, 2, 7, 3]


@pytest.mark.parametrize("missing", ["#N/A", "NA", "n/a", "NULL", "nan", r"\N", ""])
def test_a_missing_label_is_no_class_and_a_missing_text_no_review(missing, tmp_path):
    rows = [("a", "good", ""), ("b", "bad", ""), ("c", missing, "")]
    with pytest.raises(DataError, match=r"line 4: column 'label' contains no label"):
        read_source(write(tmp_path / "a.csv", rows))
    found = read_source(write(tmp_path / "b.csv", [*rows[:2], (missing, "good", "")]))
    assert (found.reviews.texts, found.empty) == (["a", "b"], 1)


def test_words_in_a_column_of_ratings_are_in_no_order(tmp_path):
    words = ("Poor", "Fair", "Good", "Very good", "Excellent")
    for names, ordered in ((words, False), (["1 star", "2 stars", "3 stars"], True)):
        rows = [(f"{name} {i}", name, "") for name in names for i in range(9)]
        config = write(tmp_path / "a.csv", rows, ("text", "rating", "x"))
        assert read_source(config).reviews.classes.ordered == ordered


def test_reviews_of_files_with_the_same_name_have_their_own_names(tmp_path):
    for place in ("de", "fr"):
        (tmp_path / place).mkdir()
        write(tmp_path / place / "a.csv", [(f"{place} good", 1, ""), (f"{place} bad", 0, "")])
    both = {"train_file": f"{tmp_path}/de/a.csv", "test_file": f"{tmp_path}/fr/a.csv"}
    for config in (Config(data=f"{tmp_path}/de/a.csv,{tmp_path}/fr/a.csv"), Config(**both)):
        names = read_source(config).reviews.names
        assert names == [f"{tmp_path}/{place}/a.csv:{n}" for place in ("de", "fr") for n in (2, 3)]


def test_ratings_are_any_numbers_and_otherwise_unknown(tmp_path):
    ratings = ("1.5", "88", "4,5", "x", "", "nan", "inf", "1e39")
    rows = [(f"text {rating}", index % 2, rating) for index, rating in enumerate(ratings)]
    reviews = read_source(write(tmp_path / "a.csv", rows)).reviews
    assert reviews.ratings.dtype == np.float32
    assert reviews.ratings[:3].tolist() == [1.5, 88, 4.5]
    assert np.isnan(reviews.ratings[3:]).all()
    rows = [("a", 1, 7), ("b", 0, 2.5), ("c", 1, None), ("d", 0, [3])]
    reviews = read_source(write(tmp_path / "a.jsonl", rows)).reviews
    assert reviews.ratings[:2].tolist() == [7, 2.5] and np.isnan(reviews.ratings[2:]).all()


def test_labels_in_json_can_be_numbers_or_booleans(tmp_path):
    for positive, negative in ((1, 0), (True, False), (1.0, 0.0), ("1", 0)):
        config = write(tmp_path / "a.jsonl", [("a", positive, 7), ("b", negative, 1)])
        assert read_source(config).reviews.labels.tolist() == [1, 0]


def test_half_a_surrogate_pair_is_read(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "broken \\ud83d emoji", "label": 1}\n')
    reviews = read_source(Config(data=str(tmp_path / "a.jsonl"))).reviews
    assert reviews.texts[0].encode("utf-8").startswith(b"broken ")
    assert len(reviews.fingerprint()) == 64


def test_the_classes_and_their_counts_are_told_with_the_copies(tmp_path, told):
    rows = [("fine", "gut", ""), ("bad", "schlecht", ""), ("FINE!", "gut", ""), ("so", "gut", "")]
    found = read_source(write(tmp_path / "a.csv", rows))
    assert found.reviews.classes.names == ("schlecht", "gut")
    assert found.reviews.labels.tolist() == [1, 0, 1, 1]
    assert found.keys[0] == found.keys[2] and len(set(found.keys.tolist())) == 3
    assert "a.csv: CSV" in told.text and "text 'text', label 'label'" in told.text
    assert "4 reviews: 1 schlecht, 3 gut; 1 are copies of others" in told.text
    assert warnings(told) == []


def test_what_the_labels_option_says_decides_and_what_it_leaves_out_is_counted(tmp_path, told):
    rows = [(f"text {stars}", stars, "") for stars in (1, 2, 3, 4, 5)]
    config = write(tmp_path / "a.csv", rows)
    found = read_source(replace(config, labels="stars"))
    assert found.reviews.texts == ["text 1", "text 2", "text 4", "text 5"]
    assert found.reviews.labels.tolist() == [0, 0, 1, 1]
    assert found.left_out == 1 and len(found.splits) == len(found.keys) == 4
    assert "1 that belong to no class are left out" in told.text
    turned = read_source(replace(config, labels="negative=4|5,positive=1|2|3"))
    assert turned.reviews.labels.tolist() == [1, 1, 1, 0, 0]


def test_labels_that_are_no_two_classes_are_refused_naming_a_row_of_the_rarest(tmp_path):
    rows = [("a", "pos", ""), ("b", "neg", ""), ("c", "neg", ""), ("d", "pos", ""), ("e", "?", "")]
    config = write(tmp_path / "a.csv", rows)
    with pytest.raises(LabelsError, match=r"3 values: neg \(2\), pos \(2\), \? \(1\).*in a\.csv:6"):
        read_source(config)


def test_the_classes_of_a_run_are_kept_where_the_labels_fit_them(tmp_path):
    known = read_source(write(tmp_path / "a.csv", [("a", "dull", ""), ("b", "fun", "")]))
    classes = known.reviews.classes
    assert classes.names == ("dull", "fun")
    only = read_source(write(tmp_path / "b.csv", [("c", "Fun", "")] * 2), classes)
    assert only.reviews.classes == classes and only.reviews.labels.tolist() == [1, 1]
    with pytest.raises(LabelsError, match=r"--labels dull=\.\.\.,fun=\.\.\."):
        read_source(write(tmp_path / "c.csv", [("c", "yes", ""), ("d", "no", "")]), classes)


def test_rows_without_a_text_are_left_out_and_counted(tmp_path, told):
    rows = [(f"text {i}", i % 2, "") for i in range(40)]
    empty = [("", 1, ""), (" \n", 0, 3), ("nan", 1, ""), ("<NA>", 0, ""), ("", "", "")]
    for number, level in ((1, "INFO"), (5, "WARNING")):
        told.clear()
        found = read_source(write(tmp_path / "a.csv", [*empty[:number], *rows]))
        assert found.empty == number and found.bad == []
        assert found.reviews.texts == [text for text, _, _ in rows]
        assert found.reviews.names[0] == f"a.csv:{2 + number + (number > 1)}"
        [line] = [record for record in told.records if "no text" in record.message]
        assert f"{number} of {40 + number} rows have no text" in line.message
        assert line.levelname == level
    found = read_source(write(tmp_path / "a.jsonl", [(None, 1, ""), *rows]))
    assert found.empty == 1


def test_a_file_without_any_text_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"a\.csv: none of its 2 rows has a text"):
        read_source(write(tmp_path / "a.csv", [("", "1", ""), (" ", "0", "")]))
    with pytest.raises(DataError, match=r"a\.csv: it has no rows"):
        read_source(write(tmp_path / "a.csv", []))


BAD = {
    "a.csv": 'text,label\nfine,1\nodd,\nbad,0\ntoo,many,1\nso,1\n"never closed,0\n',
    "a.jsonl": '{"text": "fine", "label": 1}\n{"text": "odd"}\n{"text": "bad", "label": 0}\n'
    '{"text": {"de": "x"}, "label": 1}\n{"text": "so", "label": 1}\n{"text": \n',
}


@pytest.mark.parametrize("name", BAD)
def test_a_row_that_cannot_be_read_stops_or_is_collected(name, tmp_path, told):
    (tmp_path / name).write_text(BAD[name])
    config = Config(data=str(tmp_path / name))
    first = 3 if name == "a.csv" else 2
    with pytest.raises(DataError, match=f"{name}, line {first}: .*no label; --bad-rows skip"):
        read_source(config)
    found = read_source(replace(config, bad_rows="skip"))
    assert found.reviews.texts == ["fine", "bad", "so"]
    assert [bad.line for bad in found.bad] == [first, first + 2, first + 4]
    assert all(bad.reason and bad.raw for bad in found.bad)
    assert any("3 rows that cannot be read are left out" in line for line in warnings(told))
    assert any(f"line {first}: column 'label' contains no label" in w for w in warnings(told))


def test_several_files_are_read_together_and_each_has_its_columns(tmp_path, told):
    write(tmp_path / "2.jsonl", [("c", "neg", 1)], ("body", "sentiment", "rating"))
    write(tmp_path / "10.tsv", [("e", 1, "")], ("review", "label", "rating"))
    write(tmp_path / "1.csv", [("a", 1, 9), ("b", 0, "")])
    found = read_source(Config(data=f"{tmp_path}/*.*")).reviews
    assert sorted(zip(found.texts, found.labels.tolist(), strict=True)) == [
        ("a", 1), ("b", 0), ("c", 0), ("e", 1),
    ]  # fmt: skip
    assert sorted(found.names) == ["1.csv:2", "1.csv:3", "10.tsv:2", "2.jsonl:1"]
    assert told.text.count("; text '") == 3


def test_separate_files_are_the_splits(tmp_path):
    for name in ("train", "dev", "test"):
        write(tmp_path / f"{name}.csv", [(f"good {name}", 1, ""), (f"bad {name}", 0, "")])
    files = {"train_file": "train", "validation_file": "dev", "test_file": "test"}
    config = Config(**{key: str(tmp_path / f"{name}.csv") for key, name in files.items()})
    assert config.data == config.train_file
    found = read_source(config)
    assert found.splits == ["train"] * 2 + ["validation"] * 2 + ["test"] * 2
    assert found.reviews.texts[::2] == ["good train", "good dev", "good test"]
    alone = read_source(replace(config, validation_file=""))
    assert alone.splits == ["train"] * 2 + ["test"] * 2


def test_the_usual_names_of_splits_are_known(tmp_path):
    names = {
        "train": ("train", "Training", "TR"), "validation": ("dev", "valid", "val", "Validation "),
        "test": ("test", "testing", "holdout"),
    }  # fmt: skip
    for train in names["train"]:
        for validation in names["validation"]:
            for test in names["test"]:
                rows = [("a", 1, train), ("b", 0, validation), ("c", 0, test)]
                config = write(tmp_path / "a.csv", rows, ("text", "label", "split"))
                assert read_source(config).splits == ["train", "validation", "test"]


def test_a_column_named_split_of_something_else_is_ignored_and_told(tmp_path, told):
    rows = [("a", 1, "00:41.2"), ("b", 0, "00:40.9"), ("c", 0, "00:40.9")]
    config = write(tmp_path / "a.csv", rows, ("text", "label", "split"))
    assert read_source(config).splits == [""] * 3
    assert ["'split' is no split" in line for line in warnings(told)] == [True]
    with pytest.raises(DataError, match=r"a\.csv:3: unknown split '00:40\.9'"):
        read_source(replace(config, split_column="split"))


@pytest.mark.parametrize(("names", "message"), [
    (("train", "tset", "test"), r"a\.csv:3: unknown split 'tset'; the splits are train, valid"),
    (("train", "", "test"), r"a\.csv:3: no split, but other rows have one"),
])  # fmt: skip
def test_a_split_that_is_none_names_its_row(names, message, tmp_path):
    rows = [(f"text {i}", i % 2, name) for i, name in enumerate(names)]
    with pytest.raises(DataError, match=message):
        read_source(write(tmp_path / "a.csv", rows, ("text", "label", "split")))


def test_given_splits_that_folds_or_time_replace_are_told(tmp_path, told):
    rows = [(f"text {i}", i % 2, ("train", "test")[i // 3], i) for i in range(6)]
    config = write(tmp_path / "a.csv", rows, ("text", "label", "split", "day"))
    for options in ({"folds": 2, "fold": 1}, {"time": "day"}):
        told.clear()
        assert read_source(replace(config, **options)).splits == [""] * 6
        assert ["are ignored" in line for line in warnings(told)] == [True]
    assert read_source(replace(config, time="day")).times == [str(i) for i in range(6)]


def test_a_column_that_decides_the_split_must_be_there_but_not_in_extra_reviews(tmp_path):
    config = write(tmp_path / "a.csv")
    for options in ({"group_by": "author"}, {"time": "day"}, {"split_column": "part"}):
        [missing] = options.values()
        with pytest.raises(DataError, match=rf"a\.csv: no column '{missing}'"):
            read_source(replace(config, **options))
        found = read_source(replace(config, **options), extra=config.data)
        assert len(found.reviews) == 5 and found.units == found.times == []


def test_the_limit_of_the_csv_module_was_raised():
    assert csv.field_size_limit() > 2**30
