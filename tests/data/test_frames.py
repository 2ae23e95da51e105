"""Rows given in Python: every form of them gives the same file, and anything else is refused."""

import datetime
import decimal
import json
from pathlib import Path

import numpy as np
import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.data.frames import as_file, rows_of, saved_rows
from imdb_lstm.data.readers import read_source

pandas = pytest.importorskip("pandas")
polars = pytest.importorskip("polars")

COLUMNS = {
    "text": ["A joy ★.", 'Dull,\n"so" dull.', "", "Fine."],
    "label": [1, 0, 1, 1],
    "stars": [9.5, 2.0, 3.0, 8.0],
}
ROWS = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]


class Dataset:
    """What a ``datasets.Dataset`` is, as far as its rows concern anyone: rows by iteration."""

    column_names = tuple(COLUMNS)

    def __iter__(self):
        return iter(ROWS)

    def __len__(self):
        return len(ROWS)


FORMS = {
    "pandas": lambda: pandas.DataFrame(COLUMNS),
    "pandas, other index": lambda: pandas.DataFrame(COLUMNS, index=[7, 7, 3, 1]),
    "polars": lambda: polars.DataFrame(COLUMNS),
    "columns": lambda: COLUMNS,
    "columns of NumPy": lambda: {name: np.array(values) for name, values in COLUMNS.items()},
    "dictionaries": lambda: ROWS,
    "generator": lambda: (row for row in ROWS),
    "dataset": Dataset,
}


def written(data):
    with as_file(data) as path:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_rows_gives_the_same_file(form, tmp_path):
    assert written(FORMS[form]()) == ROWS
    names = {Path(saved_rows(FORMS[each](), tmp_path)).name for each in ("dictionaries", form)}
    assert len(names) == 1 and len(list((tmp_path / "data").iterdir())) == 1
    source = read_source(Config(data=str(tmp_path / "data" / names.pop()), rating_column="stars"))
    assert source.reviews.texts == [text for text in COLUMNS["text"] if text]
    assert source.reviews.labels.tolist() == [1, 0, 1] and source.empty == 1
    assert source.reviews.ratings.tolist() == [9.5, 2.0, 8.0]


def test_pairs_of_text_and_label_are_rows():
    rows = [(row["text"], row["label"]) for row in ROWS]
    named = [{"text": text, "label": label} for text, label in rows]
    for data in (rows, [list(row) for row in rows], iter(rows), zip(*zip(*rows, strict=True),
                                                                     strict=True)):  # fmt: skip
        assert written(data) == named


def test_missing_values_are_missing_in_every_form():
    texts, labels = ["a", None, "b"], [1, 0, None]
    frames = (
        pandas.DataFrame({"text": texts, "label": labels}),  # NaN in a column of floats
        pandas.DataFrame({"text": texts, "label": pandas.array(labels, dtype="Int64")}),
        polars.DataFrame({"text": texts, "label": labels}),
        {"text": texts, "label": labels},
        [*zip(texts, labels, strict=True)],
    )
    for frame in frames:
        with as_file(frame) as path:
            found = read_source(Config(data=path, bad_rows="skip"))
        assert found.reviews.texts == ["a"] and found.reviews.labels.tolist() == [1]
        assert found.empty == 1 and [bad.line for bad in found.bad] == [3]


def test_values_of_numpy_and_other_types_become_plain_ones():
    day = datetime.date(2024, 5, 1)
    for value, plain in (
        (np.int64(1), 1), (np.bool_(True), True), (np.float32(0.5), 0.5), (np.str_("pos"), "pos"),
        (day, "2024-05-01"), (pandas.Timestamp("2024-05-01"), "2024-05-01T00:00:00"),
        (decimal.Decimal("1.50"), "1.50"), (np.array(3), 3),
        (np.array([[1, 2]]), [[1, 2]]), (np.datetime64("2024-05-01"), "2024-05-01"), ({}, {}),
    ):  # fmt: skip
        assert written([{"text": "a", "value": value}]) == [{"text": "a", "value": plain}]
    for frame in (pandas.DataFrame({"text": ["a"], "day": [pandas.Timestamp(day)]}),
                  polars.DataFrame({"text": ["a"], "day": [day]})):  # fmt: skip
        assert written(frame)[0]["day"].startswith("2024-05-01")


def test_categories_and_booleans_of_a_frame_are_labels():
    frame = pandas.DataFrame({"text": ["a", "b"], "label": pandas.Categorical(["pos", "neg"])})
    for labels in (frame["label"], [True, False], pandas.array(["1", "0"], dtype="string")):
        with as_file(frame.assign(label=labels)) as path:
            assert read_source(Config(data=path)).reviews.labels.tolist() == [1, 0]


def test_half_a_surrogate_pair_can_be_written(tmp_path):
    assert written([{"text": "half \ud83d"}]) == [{"text": "half ?"}]


@pytest.mark.parametrize(("data", "message"), [
    (3, "not int"), (2.5, "not float"), (b"text,label", "not bytes"), (Ellipsis, "not ellipsis"),
    ([{"text": "a"}, "b"], r"row 1 is 'b', of type str"),
    ([("a", 1), ("b", 1, 2)], r"row 1 is \('b', 1, 2\), of type tuple"),
    ([None], "row 0 is None, of type NoneType"), ([["a"]], r"row 0 is \['a'\], of type list"),
], ids=str)  # fmt: skip
def test_anything_else_is_refused_naming_row_and_type(data, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        rows_of(data)
    with pytest.raises(TypeError, match=message), as_file(data):
        pass
    with pytest.raises(TypeError, match=message):
        saved_rows(data, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_name_stays_a_name_and_a_temporary_file_goes(tmp_path):
    for name in ("imdb", "my/file.csv", Path("my/file.csv")):
        assert saved_rows(name, tmp_path) == str(name)
        with as_file(name) as path:
            assert path == str(name)
    with as_file(None) as path:
        assert path is None
    with as_file(ROWS) as path:
        assert Path(path).exists()
    assert not Path(path).exists() and not list(tmp_path.iterdir())


def test_bytes_are_texts_and_what_pandas_has_for_nothing_is_none(tmp_path):
    frame = pandas.DataFrame({"text": ["Café".encode(), b"Dull."], "label": [1, pandas.NA]})
    path = Path(saved_rows(frame, tmp_path))
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows == [{"text": "Café", "label": 1}, {"text": "Dull.", "label": None}]
    with pytest.raises(TypeError, match="bytes must be UTF-8"):
        saved_rows([(b"\xff", 1)], tmp_path)


@pytest.mark.parametrize(
    "data", [{"text": ["a", "b"], "label": [1]}, {"train": ROWS[:2], "test": ROWS[:1]}]
)
def test_columns_of_different_lengths_are_refused(data):
    with pytest.raises(TypeError, match="no columns of one length: give one table"):
        rows_of(data)


def test_columns_that_have_no_name_of_their_own_are_refused():
    levels = pandas.DataFrame({("a", "text"): ["x"], ("a", "label"): [1]})
    with pytest.raises(TypeError, match="have several levels"):
        rows_of(levels)
    twice = pandas.DataFrame([["x", "y", 1]], columns=["text", "text", "label"])
    with pytest.raises(TypeError, match="two columns are called 'text'"):
        rows_of(twice)
