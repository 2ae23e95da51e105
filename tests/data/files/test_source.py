"""Compressed files, pipes, archives, and files that are no tables at all."""

import bz2
import gzip
import io
import lzma
import os
import sys
import threading
import zipfile

import pyarrow
import pytest
from reading import read, values, written

from imdb_lstm.errors import DataError

CONTENT = b"text,label\na,1\nb,0\n"
ROWS = [("a", "1"), ("b", "0")]


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


COMPRESSED = {
    "gz": gzip.compress(CONTENT, mtime=0),
    "bz2": bz2.compress(CONTENT),
    "xz": lzma.compress(CONTENT),
    "zst": bytes(pyarrow.compress(CONTENT, codec="zstd")),
    "zip": zipped({"a.csv": CONTENT}),
}


@pytest.mark.parametrize("kind", COMPRESSED)
@pytest.mark.parametrize("name", ["a.csv.{}", "a.csv", "A.CSV.{}", "export.txt.csv"])
def test_compressed_files_are_known_by_their_content(kind, name, tmp_path):
    path = written(tmp_path, COMPRESSED[kind], name.format(kind))
    table, rows = read(path)
    assert values(rows) == ROWS and len(list(table.rows())) == 2


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst", "zip"])
def test_a_compressed_file_that_is_cut_off_is_one_line(kind, tmp_path):
    path = written(tmp_path, COMPRESSED[kind][:-9], f"a.csv.{kind}")
    with pytest.raises(DataError, match=r"^a\.csv.* cannot be read") as error:
        read(path)
    assert "\n" not in str(error.value)


def test_an_archive_of_several_files_lists_them(tmp_path):
    path = written(tmp_path, zipped({"a.csv": CONTENT, "b.csv": CONTENT}), "a.zip")
    with pytest.raises(DataError, match=r"2 files \(a.csv, b.csv\): unpack it"):
        read(path)
    from_a_mac = zipped({"a.csv": CONTENT, "__MACOSX/._a.csv": b"", "b/": b""})
    assert values(read(written(tmp_path, from_a_mac, "b.zip"))[1]) == ROWS


@pytest.mark.parametrize("path", ["-", "/dev/stdin"])
@pytest.mark.parametrize(
    ("content", "kind", "count"),
    [
        (CONTENT, "csv", 2),
        (b"A film.\n\nDull.", "lines", 3),
        *((content, "csv", 2) for content in COMPRESSED.values()),
    ],
)
def test_standard_input_is_read_as_it_comes(path, content, kind, count, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    table, rows = read(path)
    assert (table.name, table.format, len(rows)) == ("standard input", kind, count)
    assert len(list(table.rows())) == count


def test_a_pipe_is_read_once_and_its_rows_twice(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(CONTENT,))
    writer.start()
    table, rows = read(tmp_path / "pipe")
    writer.join()
    assert values(rows) == ROWS and list(table.rows()) == rows


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x80\x04\x95\x00", "a Python pickle, which is never loaded"),
        (b"\n<!DOCTYPE html><p>Not found", "an HTML page"),
        (bytes(range(256)), "binary data"),
        (zipped({"mimetype": b"application/vnd.oasis", "content.xml": b""}), "an office program"),
    ],
)
def test_other_files_are_refused_by_what_they_look_like(content, what, tmp_path):
    with pytest.raises(DataError, match=f"^a.csv looks like .*{what}.*(save|name)"):
        read(written(tmp_path, content))


@pytest.mark.parametrize(
    "content", [b"", b"\xef\xbb\xbf", b"\xff\xfe", gzip.compress(b"", mtime=0)]
)
def test_an_empty_file_is_refused(content, tmp_path):
    with pytest.raises(DataError, match=r"^a\.csv is empty"):
        read(written(tmp_path, content))


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    path = written(tmp_path, CONTENT)

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(DataError, match="no permission"):
        read(path)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"A film, 2020\nfoo, bar\n", "txt"),
        (b"text\nGood.\n", "txt"),
        (b"id\ttext\tlabel\n1\tGood.\t1\n", "tsv"),
        (b"text,label\nno comma\n", "txt"),
    ],
)
def test_plain_text_is_a_table_only_beyond_doubt(content, kind, tmp_path):
    assert read(written(tmp_path, content, "a.txt"))[0].format == kind


def test_plain_text_keeps_its_blank_lines(tmp_path):
    table, rows = read(written(tmp_path, b"Good.\r\n\r\n Dull. \n\xe9\n", "a.txt"))
    assert values(rows) == [("Good.",), ("",), (" Dull. ",), ("é",)]
    assert [row.line for row in rows] == [1, 2, 3, 4] and table.columns == ("text",)
