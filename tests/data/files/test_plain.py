"""Plain text: a row for every line, and every bad one is told."""

import gzip

import pytest
from reading import read, values, written

from imdb_lstm.errors import DataError

LINES = b"Good, really.\n\n  Bad\r\nna\xc3\xafve\ncaf\xe9\nlast"


def test_every_line_is_a_row_and_a_bad_one_is_told(tmp_path):
    path = written(tmp_path, LINES, "a.txt")
    table, rows = read(path)
    assert [row.line for row in rows] == [1, 2, 3, 4, 6]
    assert [text for (text,) in values(rows)] == ["Good, really.", "", "  Bad", "naïve", "last"]
    [bad] = table.bad
    assert (bad.path, bad.line, bad.raw) == (str(path), 5, "caf\\xe9\n")
    assert bad.reason == "byte 0xe9 is not UTF-8"
    with pytest.raises(DataError, match=r"a\.txt.*5.*0xe9"):
        read(path, bad_rows="stop")


def test_its_description_names_the_compression(tmp_path):
    plain = read(written(tmp_path, "Good.\n", "a.txt"))[0].description
    assert plain.endswith("plain text, one text per line, UTF-8")
    packed = read(written(tmp_path, gzip.compress(b"Good.\n"), "a.txt.gz"))[0].description
    assert packed.endswith("UTF-8, gzip")
