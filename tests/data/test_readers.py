"""Reviews from files: formats, column names, splits, and errors that name file and row."""

import csv
import gzip
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from tiny_world import tiny_rows, write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.load import load_split, load_train_and_validation
from imdb_lstm.data.readers import input_texts, read_file, read_lines
from imdb_lstm.errors import ConfigError, DataError

ROWS = [
    ("Good, very good.", "positive", "9"),
    ('He said "no".\nThen left,\tcross.', "negative", "2"),
    ("Épatant ★ 影評", "pos", ""),
    ("", "0", "11"),
    ("a" * 200_000, "TRUE", "x"),
]
TEXTS = [text for text, _, _ in ROWS]


def write(path, rows=ROWS, names=("text", "label", "rating")):
    """Write rows in the format of the file's suffix."""
    if ".jsonl" in path.suffixes:
        content = "\n\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows)
        path.write_text(content, encoding="utf-8")
    else:
        write_csv(path, rows, names, "\t" if ".tsv" in path.suffixes else ",")
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(path.read_bytes()))
    return Config(data=str(path))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.csv.gz", "a.tsv.gz", "a.jsonl.gz",
                                  "a.b.CSV", "a.ndjson"])  # fmt: skip
def test_every_format_gives_the_same_reviews(name, tmp_path):
    plain = name.lower().replace("ndjson", "jsonl")
    config = write(tmp_path / plain)
    (tmp_path / plain).rename(tmp_path / name)
    reviews, splits = read_file(replace(config, data=str(tmp_path / name)))
    assert reviews.texts == TEXTS
    assert reviews.labels.tolist() == [1, 0, 1, 0, 1]
    assert reviews.ratings.tolist() == [9, 2, 0, 0, 0]
    assert splits == [""] * 5
    assert len(set(reviews.names)) == 5
    assert all(row.startswith(f"{name}:") for row in reviews.names)


def test_a_byte_order_mark_is_not_part_of_the_first_column(tmp_path):
    config = write(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "a.csv").read_bytes())
    assert read_file(config)[0].texts == TEXTS


def test_columns_can_have_other_names_and_any_order(tmp_path):
    names = ("Stars given", "the review", "verdict")
    rows = [(rating, text, label) for text, label, rating in ROWS]
    config = write(tmp_path / "a.csv", rows, names)
    named = replace(
        config, text_column="the review", label_column="verdict", rating_column="Stars given"
    )
    reviews, _ = read_file(named)
    assert reviews.texts == TEXTS
    assert reviews.ratings.tolist() == [9, 2, 0, 0, 0]


def test_groups_and_pairs_are_read(tmp_path):
    rows = [("a", 1, "irony", 7), ("b", 0, "", 7), ("c", 0, None, 0)]
    names = ("text", "label", "group", "pair")
    lines = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    config = Config(data=str(tmp_path / "a.jsonl"))
    reviews, _ = read_file(config)
    assert (reviews.groups, reviews.pairs) == (["irony", "", ""], ["7", "7", "0"])
    renamed = replace(config, group_column="pair", pair_column="none such")
    reviews, _ = read_file(renamed)
    assert (reviews.groups, reviews.pairs) == (["7", "7", "0"], [])


def test_other_names_of_labels_replace_the_default_ones(tmp_path):
    rows = [("one", "Gut", ""), ("two", "Schlecht ", "")]
    config = replace(
        write(tmp_path / "a.csv", rows), positive_label="Gut", negative_label="Schlecht"
    )
    assert read_file(config)[0].labels.tolist() == [1, 0]
    write(tmp_path / "a.csv", [*rows, ("three", "positive", "")])
    with pytest.raises(
        DataError, match=r"row 4: unknown label 'positive'; the labels are Gut, Schl"
    ):
        read_file(config)


def test_labels_in_json_can_be_numbers_or_booleans(tmp_path):
    write(tmp_path / "a.jsonl", [("a", 1, 7), ("b", 0, 1), ("c", True, 10), ("d", False, None)])
    reviews, _ = read_file(Config(data=str(tmp_path / "a.jsonl")))
    assert reviews.labels.tolist() == [1, 0, 1, 0]
    assert reviews.ratings.tolist() == [7, 1, 10, 0]


def test_half_a_surrogate_pair_is_read(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "broken \\ud83d emoji", "label": 1}\n')
    reviews, _ = read_file(Config(data=str(tmp_path / "a.jsonl")))
    assert reviews.texts[0].encode("utf-8").startswith(b"broken ")
    assert len(reviews.fingerprint()) == 64


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,label\nfine,1\nodd,maybe\n", r"row 3: unknown label 'maybe'; .* are 1,"),
        ("a.csv", "text,label\nfine,1\ntoo,many,1\n", r"row 3: 2 columns expected"),
        ("a.csv", "text,label\nfine\n", r"row 2: 2 columns expected"),
        ("a.csv", 'text,label\nfine,1\n"never closed,0\n', r"row 3: "),
        ("a.csv", 'text,label\n"a\nb",1\n"c" d,0\n', r"row 3: "),
        ("a.csv", "review,label\nfine,1\n", r"row 2: no column 'text'; .* are review, label\."),
        ("a.csv", "text;label\nfine;1\n", r"row 2: no column 'text'; .* are text;label"),
        ("a.csv", "text,sentiment\nfine,1\n", r"row 2: no column 'label'.*--label-column"),
        ("a.tsv", "text\tlabel\nfine\t1\nodd\t?\n", r"row 3: unknown label '\?'"),
        ("a.csv", "text,label,split\na,1,train\nb,0,tset\n", r"row 3: unknown split 'tset'"),
        ("a.csv", "text,label,split\na,1,train\nb,0,\n", r"a\.csv:3: no split, but"),
        ("a.jsonl", '{"text": "a", "label": 1}\n{"text": \n', r"row 2: not JSON"),
        ("a.jsonl", '{"text": "a", "label": 1}\n\n[1]\n', r"row 3: a JSON object is expected"),
        ("a.jsonl", '{"text": null, "label": 1}\n', r"row 1: column 'text' contains no text"),
        ("a.jsonl", '{"text": "a", "label": [1]}\n', r"row 1: column 'label' contains no text"),
        ("a.csv", "", "is empty"),
        ("a.csv", "text,label\n", "is empty"),
        ("a.jsonl", "\n\n", "is empty"),
        ("a.xlsx", "PK", "no known format"),
        ("a", "text", "no known format"),
    ],
)  # fmt: skip
def test_an_error_names_file_and_row(name, content, message, tmp_path):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        read_file(Config(data=str(tmp_path / name)))
    assert name in str(caught.value)


def test_a_file_that_is_not_utf_8_is_refused_naming_the_row(tmp_path):
    content = "text,label\nfine,1\ncaf\xe9,1\n".encode("latin-1")
    for name, written in (("a.csv", content), ("a.csv.gz", gzip.compress(content))):
        (tmp_path / name).write_bytes(written)
        with pytest.raises(DataError, match=r"row 3: not UTF-8 text \(byte 0xe9\)"):
            read_file(Config(data=str(tmp_path / name)))


@pytest.mark.parametrize("spoil", [
    lambda whole: whole[: len(whole) // 2],
    lambda whole: whole[:10] + bytes(20) + whole[30:],
    lambda whole: whole[:-8] + bytes(8),
    lambda whole: b"text,label\nfine,1\n",
], ids=["truncated", "overwritten", "checksum", "not gzip"])  # fmt: skip
def test_a_damaged_gzip_file_is_refused_by_name(spoil, tmp_path):
    config = write(tmp_path / "a.csv.gz")
    (tmp_path / "a.csv.gz").write_bytes(spoil((tmp_path / "a.csv.gz").read_bytes()))
    with pytest.raises(DataError, match=r"a\.csv\.gz"):
        read_file(config)


def test_a_missing_file_or_a_folder_is_refused_by_name(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    for name in ("nope.csv", "folder.csv"):
        with pytest.raises(DataError, match=f"{name}: no such file"):
            read_file(Config(data=str(tmp_path / name)))


def test_lines_of_a_text_file_are_read_without_their_ends(tmp_path):
    (tmp_path / "a.txt").write_bytes("one\r\n\ntwo é\n three ".encode())
    assert list(read_lines(tmp_path / "a.txt")) == ["one", "", "two é", " three "]


def write_splits(path, names):
    """A file whose rows are assigned to the splits in turn, with both labels in each."""
    rows = [(f"text {i}", i // len(names) % 2, names[i % len(names)]) for i in range(120)]
    write_csv(path, rows, ("text", "label", "part"))
    return Config(data=str(path), split_column="part"), rows


def test_the_splits_of_a_file_are_used(tmp_path):
    for validation in ("validation", "valid", "val", "dev", "DEV "):
        config, rows = write_splits(tmp_path / "a.csv", ["Train", validation, "test"])
        for split, name in (("train", "Train"), ("validation", validation), ("test", "test")):
            expected = [text for text, _, part in rows if part == name]
            assert load_split(config, split).texts == expected
        assert load_split(config, "all").texts == [text for text, _, _ in rows]


def test_validation_is_split_off_train_when_the_file_has_none(tmp_path):
    config, rows = write_splits(tmp_path / "a.csv", ["train", "test"])
    train, validation = load_train_and_validation(config)
    assert len(validation) == 60 * config.validation_fraction
    assert {*train.texts, *validation.texts} == {text for text, _, part in rows if part == "train"}


@pytest.mark.parametrize("seed", range(3))
def test_a_file_without_splits_is_split_by_the_seed_into_three_disjoint_parts(seed, tiny_csv):
    config = Config(data=str(tiny_csv), seed=seed, test_fraction=0.2, validation_fraction=0.25)
    parts = [load_split(config, split) for split in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [36, 12, 12]
    assert [part.labels.sum() for part in parts] == [18, 6, 6]
    texts = [text for part in parts for text in part.texts]
    assert sorted(texts) == sorted(text for text, _, _ in tiny_rows())
    again = load_split(config, "test")
    assert again.texts == parts[2].texts
    assert load_split(replace(config, seed=seed + 10), "test").texts != again.texts


def test_the_limit_takes_exactly_this_number_of_the_train_reviews(tiny_csv):
    config = Config(data=str(tiny_csv), validation_fraction=0.2)
    everything, validation = load_train_and_validation(config)
    for limit in (2, 7, 21, 29, 36):  # 21 / 38 * 38 is more than 21
        train, same = load_train_and_validation(replace(config, train_limit=limit))
        assert len(train) == limit
        assert set(train.texts) < set(everything.texts)
        assert same.texts == validation.texts


def test_a_limit_beyond_the_train_reviews_takes_all(tiny_csv):
    for limit in (0, 36, 10_000):
        config = Config(data=str(tiny_csv), validation_fraction=0.25, train_limit=limit)
        assert len(load_train_and_validation(config)[0]) == 36


def test_train_reviews_with_one_label_are_refused(tmp_path):
    for labels in (["1"] * 20, ["1"] * 19 + ["0"]):
        rows = [("text", label, "train") for label in labels]
        write_csv(tmp_path / "a.csv", rows, ("text", "label", "split"))
        with pytest.raises(DataError, match="both"):
            load_train_and_validation(Config(data=str(tmp_path / "a.csv")))


def test_an_empty_or_unknown_split_is_refused_by_name(tmp_path):
    config, _ = write_splits(tmp_path / "a.csv", ["train", "validation"])
    with pytest.raises(DataError, match=r"a\.csv has no test reviews"):
        load_split(config, "test")
    with pytest.raises(ConfigError, match=r"unknown split 'tset'; the splits are train, .*, all"):
        load_split(config, "tset")


def test_the_bundled_sample_is_complete_and_balanced():
    everything = load_split(Config(data="sample"), "all")
    parts = [load_split(Config(data="sample"), split) for split in ("train", "validation", "test")]
    assert sum(map(len, parts)) == len(everything) == len(set(everything.texts)) == 360
    assert [len(part) for part in parts] == [243, 27, 90]
    assert everything.labels.mean() == parts[2].labels.mean() == 0.5
    np.testing.assert_array_equal(everything.labels, everything.ratings >= 7)
    assert set(everything.ratings) == {1, 2, 3, 4, 7, 8, 9, 10}


def test_the_limit_of_the_csv_module_was_raised():
    assert csv.field_size_limit() > 2**30


def given(file=None, texts=None, column="text", stream=""):
    return list(input_texts(texts, file, column, io.StringIO(stream)))


def test_texts_come_from_arguments_or_else_from_lines_of_the_stream():
    assert given(texts=["one", "two"], stream="three") == ["one", "two"]
    assert given(stream="one\n\n two\nthree") == ["one", "", " two", "three"]
    assert given(stream="") == []


def test_every_line_of_a_text_file_is_a_text(tmp_path):
    content = b"one, two\n\nthree\r\n"
    for name, written in (("a.txt", content), ("a.txt.gz", gzip.compress(content))):
        (tmp_path / name).write_bytes(written)
        assert given(tmp_path / name) == ["one, two", "", "three"]


def test_a_column_of_a_table_holds_the_texts_and_needs_no_labels(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("x", "one\ntwo"), ("y", "")], ("id", "review"))
    assert given(path, column="review") == ["one\ntwo", ""]
    with pytest.raises(
        DataError, match=r"a\.csv, row 2: no column 'text'; the columns are id, review"
    ):
        given(path)


def test_a_stream_that_is_not_utf_8_is_refused():
    stream = io.TextIOWrapper(io.BytesIO(b"fine\ncaf\xe9\n"), encoding="utf-8")
    with pytest.raises(DataError, match="not UTF-8"):
        list(input_texts(None, None, "text", stream))
