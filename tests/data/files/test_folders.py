"""Folders: texts by label and split as IMDb has them, and files named by their split."""

import pytest
from reading import read, read_folder, values, written

from imdb_lstm.data.files.open import open_tables
from imdb_lstm.errors import DataError


def test_a_folder_per_label(tmp_path):
    written(tmp_path, "Good.\n", "pos/1_9.txt")
    written(tmp_path, "Très mal", "neg/0_2.txt", "cp1252")
    table, rows = read(tmp_path)
    assert table.columns == ("text", "label", "name") and table.format == "folder"
    assert values(rows) == [("Très mal", "neg", "0_2.txt"), ("Good.", "pos", "1_9.txt")]


def test_a_folder_per_split_and_label_as_of_imdb(tmp_path):
    for split in ("train", "test"):
        for label in ("pos", "neg"):
            written(tmp_path, f"{split} {label}", f"{split}/{label}/0.txt")
    written(tmp_path, "no label", "train/unsup/0.txt")
    written(tmp_path, "http://", "train/urls.txt")
    table, rows = read(tmp_path)
    assert [(r.values["text"], r.values["label"], r.values["split"]) for r in rows] == [
        (f"{split} {label}", label, split)
        for split in ("test", "train")
        for label in ("neg", "pos")
    ]
    assert "1 text without a label left out" in table.description


def test_texts_in_deeper_folders_have_the_label_of_the_outer_one(tmp_path):
    for label in ("pos", "neg"):
        written(tmp_path, f"{label} above", f"{label}/0.txt")
        written(tmp_path, f"{label} below", f"{label}/2024/may/0.txt")
    _, rows = read(tmp_path)
    assert [row.values["text"] for row in rows] == [
        "neg above", "neg below", "pos above", "pos below",
    ]  # fmt: skip
    assert all(row.values["text"].startswith(row.values["label"]) for row in rows)


def test_texts_beside_the_folders_of_splits_are_counted(tmp_path):
    for place in ("train/pos", "train/neg", "eval/pos", "eval/neg", "more/pos", "more/neg"):
        written(tmp_path, place, f"{place}/0.txt")
    table, rows = read(tmp_path)
    assert {row.values["split"] for row in rows} == {"train", "validation"}
    assert "2 texts in folder 'more', beside those of splits, left out" in table.description


def test_files_by_split_have_a_column_of_it(tmp_path):
    written(tmp_path, "text,label\na,1\nb\n", "train.csv")
    written(tmp_path, '{"text": "c", "id": 7}', "valid-00000-of-00001.jsonl")
    written(tmp_path, "text\tlabel\nd\t0\n", "test.tsv")
    written(tmp_path, "read me", "README.md")
    written(tmp_path, "text,label\ne,0\n", "sample.csv")
    tables, rows = read_folder(tmp_path)
    assert [table.columns for table in tables] == [
        ("text", "label", "split"), ("text", "id", "split"), ("text", "label", "split"),
    ]  # fmt: skip
    assert [(row.values["text"], row.values["split"], row.line) for row in rows] == [
        ("a", "train", 2), ("c", "validation", 1), ("d", "test", 2),
    ]  # fmt: skip
    assert tables[0].bad[0].path.endswith("train.csv")
    assert "1 table without a split in its name left out" in tables[0].description
    with pytest.raises(DataError, match=r"^train\.csv, line 3: 1 field, 2 expected"):
        read_folder(tmp_path, bad_rows="stop")


def test_tables_of_the_same_name_are_called_by_their_paths(tmp_path):
    for place in ("a", "b"):
        written(tmp_path, "text,label\na,1\n", f"{place}/reviews.csv")
    tables = open_tables(f"{tmp_path}/a/reviews.csv,{tmp_path}/b/reviews.csv")
    assert [table.name for table in tables] == [
        f"{tmp_path}/a/reviews.csv", f"{tmp_path}/b/reviews.csv",
    ]  # fmt: skip


def test_an_unreadable_text_is_a_bad_row(tmp_path):
    written(tmp_path, "fine", "pos/0.txt")
    written(tmp_path, "Очень плохо".encode() + b"\xff", "pos/1.txt")
    table, rows = read(tmp_path, encoding="utf-8")
    [bad] = table.bad
    assert len(rows) == 1 and bad.path.endswith("1.txt") and bad.line == 1
    assert bad.reason == "byte 0xff is not UTF-8" and bad.raw == "Очень плохо\\xff"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_text_with_a_byte_order_mark_is_read(encoding, tmp_path):
    written(tmp_path, "Très bien", "pos/0.txt", "utf-8-sig")
    written(tmp_path, "\ufeffTrès mal\r\n", "neg/0.txt", encoding)
    table, rows = read(tmp_path)
    assert [text for text, _, _ in values(rows)] == ["Très mal", "Très bien"] and not table.bad
    assert [row.line for row in rows] == [1, 2]
    assert tmp_path.name in table.name


def test_system_files_are_no_texts(tmp_path):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        written(tmp_path, "x", f"pos/{name}")
    written(tmp_path, "Good.", "pos/0.txt")
    written(tmp_path, "Bad.", "neg/0.txt")
    assert len(read(tmp_path)[1]) == 2


@pytest.mark.parametrize("name", ["a.png", "pos/a.jpg", ".hidden.csv"])
def test_a_folder_without_texts_is_refused(name, tmp_path):
    written(tmp_path, "x", name)
    with pytest.raises(DataError, match="a folder without texts that can be read"):
        read(tmp_path)
