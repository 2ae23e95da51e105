"""Texts without labels: from arguments, files and streams, and those given in Python."""

import gzip
import io
import json

import numpy as np
import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.texts import as_text, input_texts, open_input, read_texts, texts_of
from imdb_lstm.errors import DataError


def given(file=None, texts=None, stream="", **options):
    file = None if file is None else str(file)
    return list(input_texts(texts, file, Config(**options), io.StringIO(stream)))


def test_texts_come_from_arguments_or_else_from_lines_of_the_stream():
    assert given(texts=["one", "two"], stream="three") == ["one", "two"]
    assert given(stream="one\n\n two\nthree") == ["one", "", " two", "three"]
    assert given(stream="") == []


def test_every_line_of_a_text_file_is_a_text(tmp_path):
    content = "one, two\r\n\r\n three é ".encode()
    for name, written in (("a.txt", content), ("a.txt.gz", gzip.compress(content))):
        (tmp_path / name).write_bytes(written)
        assert given(tmp_path / name) == ["one, two", "", " three é "]
        assert given(tmp_path / name, text_column="review") == ["one, two", "", " three é "]


def test_a_column_of_a_table_holds_the_texts_and_needs_no_labels(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("x", "one\ntwo"), ("y", "")], ("id", "review"))
    assert given(path) == given(path, text_column="review") == ["one\ntwo", ""]
    assert given(path, text_column="id") == ["x", "y"]
    with pytest.raises(DataError, match=r"a\.csv: no column 'body'; .* 'id', 'review'.*--text-col"):
        given(path, text_column="body")


def test_a_row_keeps_its_values_and_a_missing_text_is_empty(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": 7, "text": "one"}\n{"id": [8], "text": null}\n')
    found = open_input([str(tmp_path / "a.jsonl")], Config())
    assert (found.columns, found.format, found.count()) == (("id", "text"), "jsonl", 2)
    assert list(found.rows()) == [
        ({"id": 7, "text": "one"}, "one"),
        ({"id": [8], "text": None}, ""),
    ]


def test_bad_rows_stop_or_are_given_in_their_places(tmp_path, caplog):
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,one\n2,two,three\n4,four\n")
    with pytest.raises(DataError, match=r"a\.csv, line 3"):
        given(path)
    first, bad, last = open_input([str(path)], Config(bad_rows="skip")).rows()
    assert (first[1], last[1]) == ("one", "four")
    assert (bad.line, bad.raw) == (3, "2,two,three\n")
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\n{"text": ["b"]}\n')
    with pytest.raises(DataError, match=r"a\.jsonl, line 2: 'text' contains no text"):
        list(read_texts(str(path), Config()))
    assert list(read_texts(str(path), Config(bad_rows="skip"))) == ["a"]
    assert "rows that cannot be read are left out, the first in line" in caplog.text
    _, bad = open_input([str(path)], Config(bad_rows="skip")).rows()
    assert (bad.line, bad.reason) == (2, "'text' contains no text")


def test_a_stream_that_is_not_utf_8_is_refused():
    stream = io.TextIOWrapper(io.BytesIO(b"fine\ncaf\xe9\n"), encoding="utf-8")
    with pytest.raises(DataError, match="not UTF-8"):
        list(input_texts(None, None, Config(), stream))


@pytest.mark.parametrize("texts", ["one", b"one", {"text": "one"}])
def test_one_text_or_a_row_is_no_list_of_texts(texts):
    with pytest.raises(TypeError, match=f"not one {type(texts).__name__}"):
        texts_of(texts)


@pytest.mark.parametrize("item", [None, 3, float("nan"), b"bytes", ["nested"]], ids=repr)
def test_an_item_that_is_no_text_is_named_by_index_and_type(item):
    with pytest.raises(TypeError, match=rf"text 2 is .*, of type {type(item).__name__}, not str"):
        texts_of(iter(["one", "two", item]))


def test_any_iterable_of_texts_is_a_list_of_plain_ones():
    pandas = pytest.importorskip("pandas")
    for texts in (("a", "b"), iter("ab"), np.array(["a", "b"]), pandas.Series(["a", "b"])):
        found = texts_of(texts)
        assert found == ["a", "b"] and {type(text) for text in found} == {str}


def test_a_value_is_text_that_can_be_written():
    for value in (None, float("nan"), 7, 1.5, True, "\ud83d half", np.float64("nan"), "é"):
        text = as_text(value)
        assert json.loads(json.dumps(text)).encode("utf-8").decode() == text
        assert bool(text) == (value is not None and value == value)


def test_a_data_frame_is_no_list_of_its_columns():
    import pandas as pd

    frame = pd.DataFrame({"text": ["Fine.", "Dull."], "label": [1, 0]})
    with pytest.raises(TypeError, match="not one DataFrame; of a data frame, give the column"):
        texts_of(frame)
    assert texts_of(frame["text"]) == ["Fine.", "Dull."]
