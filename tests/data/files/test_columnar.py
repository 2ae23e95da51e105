"""Parquet and Excel: native values, the right sheet, and one line where they are damaged."""

import io
import math
import sys

import openpyxl
import pyarrow
import pytest
from pyarrow import parquet
from reading import read, values, written

from imdb_lstm.errors import DataError

ROWS = [{"text": "Good.", "label": 1.0}, {"text": None, "label": math.nan}]


def parquet_bytes():
    stream = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), stream)
    return stream.getvalue()


def excel_bytes(*sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for number, row in rows:
            for column, cell in enumerate(row, 1):
                sheet.cell(number, column, cell)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a"])
def test_parquet_keeps_its_values(name, tmp_path):
    table, rows = read(written(tmp_path, parquet_bytes(), name))
    assert table.columns == ("text", "label") and table.format == "parquet"
    assert [row.line for row in rows] == [1, 2]
    assert rows[1].values["text"] is None and math.isnan(rows[1].values["label"])


def test_the_first_sheet_with_data_is_read(tmp_path):
    data = [(2, ["Text", "label"]), (3, ["Good.", 1]), (5, ["Dull.", None])]
    content = excel_bytes(("Notes", []), ("Reviews", data), ("Old", [(1, ["x"])]))
    table, rows = read(written(tmp_path, content, "a.xlsx"))
    assert table.description == "Excel, sheet 'Reviews' of 3, header in its first row"
    assert values(rows) == [("Good.", 1), ("Dull.", None)]
    assert [row.line for row in rows] == [3, 5]


def test_a_sheet_without_a_header_has_numbered_columns(tmp_path):
    content = excel_bytes(("A", [(1, ["A fine film.", 1]), (2, ["A dull film.", 0])]))
    table, rows = read(written(tmp_path, content, "a.xlsx"))
    assert table.columns == ("1", "2") and len(rows) == 2


def test_what_excel_stores_as_a_code_is_the_character(tmp_path):
    book = excel_bytes(("A", [(1, ["text"]), (2, ["dull sea._x000D_\nGreat"])]))
    _, rows = read(written(tmp_path, book, "a.xlsx"))
    assert values(rows) == [("dull sea.\r\nGreat",)]


def test_a_csv_named_as_a_workbook_is_a_csv(tmp_path):
    assert read(written(tmp_path, "text,label\na,1\n", "a.xlsx"))[0].format == "csv"


@pytest.mark.parametrize("name", ["a.parquet", "a.xlsx"])
def test_a_damaged_file_is_one_line(name, tmp_path):
    whole = parquet_bytes() if "parquet" in name else excel_bytes(("A", [(1, ["text"])]))
    path = written(tmp_path, whole[: len(whole) // 2], name)
    with pytest.raises(DataError, match=f"{name} cannot be read.*damaged or cut off") as error:
        read(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("library", "content"),
    [
        ("pyarrow", parquet_bytes()),
        ("openpyxl", excel_bytes(("A", [(1, ["text"]), (2, ["a"])]))),
        ("pyarrow", b"\x28\xb5\x2f\xfd zstd"),
    ],
)
def test_without_the_library_the_message_says_how_to_install_it(
    library, content, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(DataError, match=rf"needs {library}: pip install 'imdb-lstm\[files\]'"):
        read(written(tmp_path, content))
