"""Options, and damaged files of every kind, of which none may raise anything but ``DataError``."""

import pytest
from reading import read, written

from benchmarks.fuzz_readers import fuzz, unaccounted
from imdb_lstm.data.files.rows import BadRow, FileOptions, read_sample
from imdb_lstm.errors import DataError


@pytest.mark.parametrize(
    "options",
    [
        {"file_format": "xls"},
        {"separator": "::"},
        {"separator": '"'},
        {"separator": ""},
        {"quoting": "single"},
        {"header": "maybe"},
        {"bad_rows": "fix"},
    ],
)
def test_unknown_options_are_refused_with_those_that_are_known(options):
    [name] = options
    with pytest.raises(DataError, match=rf"^--{name.replace('_', '-')} .*(it can be|, or auto)"):
        FileOptions(**options)


def test_a_bad_row_keeps_the_beginning_of_its_text():
    assert len(BadRow("a.csv", 1, "x", "y" * 10_000).raw) == 2_000


def test_a_sample_leaves_no_trace(tmp_path):
    path = written(tmp_path, "text,label\na,1\nb\nc,0\n")
    table, rows = read(path)
    bad = list(table.bad)
    assert read_sample(table, 1) == rows[:1] and table.bad == bad


@pytest.mark.parametrize("file_format", ["json", "jsonl", "parquet", "excel"])
def test_a_format_that_the_file_is_not_is_refused(file_format, tmp_path):
    path = written(tmp_path, "text,label\na,1\n")
    with pytest.raises(DataError, match=r"^a\.csv"):
        read(path, file_format=file_format, bad_rows="stop")


def test_a_format_given_by_hand_is_used(tmp_path):
    path = written(tmp_path, "text,label\na,1\n", "a.txt")
    assert read(path)[0].format == "csv"
    assert read(path, file_format="txt")[0].format == "txt"


def test_damaged_files_are_read_or_refused(tmp_path):
    outcomes = fuzz(400, 0, tmp_path)
    assert sum(outcomes.values()) == 400 and len(outcomes) == 8


def test_the_account_of_lines_notices_a_lost_row(tmp_path):
    table, rows = read(written(tmp_path, 'text,label\n"a\nb",1\nc\nd,0\n'))
    assert not unaccounted(table, rows, FileOptions())
    assert unaccounted(table, rows[1:], FileOptions()) == [2, 3]
