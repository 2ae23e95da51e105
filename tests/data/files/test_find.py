"""The files that a user means: names, patterns, several, and what is near a wrong name."""

import pytest

from imdb_lstm.data.files.find import find_files
from imdb_lstm.data.files.open import open_tables
from imdb_lstm.errors import DataError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("b.csv", "a.csv", "c,d.csv", "Reviews.csv", "notes.txt"):
        (tmp_path / name).write_text("text,label\nx,1\n")
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("a.csv", ["a.csv"]),
        ("-", ["-"]),
        ("[ab].csv", ["a.csv", "b.csv"]),
        ("b.csv, a.csv", ["b.csv", "a.csv"]),
        ("c,d.csv", ["c,d.csv"]),
        ("?.csv,notes.txt", ["a.csv", "b.csv", "notes.txt"]),
        ("inner", ["inner"]),
    ],
)
def test_names_patterns_and_lists(spec, expected, folder):
    assert find_files(spec) == expected


def test_the_home_folder_is_known(folder):
    assert find_files("~/a.csv") == [str(folder / "a.csv")]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("reviews.cvs", r"^reviews.cvs: no such file; there is Reviews.csv"),
        ("a.tsv", "there is .*a.csv"),
        ("zzzzzz", "^zzzzzz: no such file$"),
        ("none/a.csv", "no such folder 'none'"),
        ("*.parquet", "no file has a name like this"),
        ("a.csv,missing", "missing: no such file"),
        ("", "the name of a file is expected"),
        ("a\0b", "no such file"),
    ],
)
def test_what_is_not_there_is_told_with_what_is_near(spec, message, folder):
    with pytest.raises(DataError, match=message):
        find_files(spec)


def test_folders_among_the_files_of_a_pattern_are_told(folder, caplog):
    (folder / "inner" / "more.csv").write_text("text,label\nx,1\n")
    assert len(find_files("*")) == 5
    assert [each.getMessage() for each in caplog.records] == [
        "*: folders are left out, such as inner; name them too, or their files"
    ]
    caplog.clear()
    assert "inner/more.csv" in find_files("**") and find_files("inn*") == ["inner"]
    assert not caplog.records


def test_several_tables_are_opened_in_order(folder):
    assert [table.name for table in open_tables("b.csv,a.csv")] == ["b.csv", "a.csv"]
