"""JSON in every layout, with values of any size and lines that are none."""

import json
import math

import pytest
from reading import read, values, written

from imdb_lstm.errors import DataError

ROWS = [{"text": "Good.", "label": 1}, {"text": "two\u2028 lines ★", "label": 0}]
LAYOUTS = {
    "lines": "\n\n".join(map(json.dumps, ROWS)),
    "array": json.dumps(ROWS),
    "array over lines": json.dumps(ROWS, indent=2, ensure_ascii=False),
    "pandas, columns": json.dumps(
        {name: {str(place): row[name] for place, row in enumerate(ROWS)} for name in ROWS[0]}
    ),
    "pandas, index": json.dumps({str(place): row for place, row in enumerate(ROWS)}),
    "pandas, split": json.dumps(
        {"columns": ["text", "label"], "index": [0, 1], "data": [list(r.values()) for r in ROWS]}
    ),
    "pandas, table": json.dumps({"schema": {"fields": []}, "data": ROWS}),
    "lists": json.dumps({name: [row[name] for row in ROWS] for name in ROWS[0]}, indent=1),
    "byte order mark": "\ufeff" + "\r\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS),
}


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt", "a", "a.xlsx"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_rows_under_every_name(layout, name, tmp_path):
    table, rows = read(written(tmp_path, LAYOUTS[layout], name))
    assert [row.values for row in rows] == ROWS
    assert table.columns == ("text", "label") and not table.bad
    assert table.format == ("jsonl" if layout in ("lines", "byte order mark") else "json")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1, 2]", "a JSON object is expected, not an array"),
        ("7", "a JSON object is expected, not a number"),
        ('"text"', "a JSON object is expected, not a string"),
        ("true", "a JSON object is expected, not a truth value"),
        ("null", "a JSON object is expected, not null"),
        ('{"text": "cut', "not JSON: Unterminated string"),
        ('{"text": "a", "text": "b"}', "a key occurs twice"),
        ('{"text": ' + "[" * 100_000, "nested too deeply"),
        ('{"text": "a"} {"text": "b"}', "more text after the object"),
    ],
)
def test_a_line_that_is_no_object_is_a_bad_row(line, reason, tmp_path):
    content = "\n".join([json.dumps(ROWS[0]), line, json.dumps(ROWS[1])])
    table, rows = read(written(tmp_path, content, "a.jsonl"))
    assert [row.line for row in rows] == [1, 3]
    [bad] = table.bad
    assert (bad.path, bad.line) == (str(tmp_path / "a.jsonl"), 2)
    assert reason in bad.reason and line[:2_000] == bad.raw.rstrip("\n")
    with pytest.raises(DataError, match=r"a\.jsonl, line 2: "):
        read(tmp_path / "a.jsonl", bad_rows="stop")


def test_values_of_any_kind_are_kept(tmp_path):
    line = '{"text": "half \\ud83d", "label": NaN, "id": ' + "9" * 5_000 + ', "x": null}'
    _, [row] = read(written(tmp_path, line, "a.jsonl"))
    assert row.values["text"] == "half ?" and math.isnan(row.values["label"])
    assert row.values["id"] == "9" * 5_000 and row.values["x"] is None


def test_missing_keys_are_none(tmp_path):
    _, rows = read(written(tmp_path, '{"text": "a"}\n{"label": 1}\n', "a.jsonl"))
    assert values(rows) == [("a", None), (None, 1)]


def test_an_array_larger_than_the_window_has_true_lines(tmp_path):
    many = [{"text": "x" * 700 + str(number)} for number in range(4_000)]
    content = "[\n" + ",\n".join(map(json.dumps, many)) + "\n]"
    _, rows = read(written(tmp_path, content, "a.json"))
    assert [row.values for row in rows] == many
    assert [row.line for row in rows] == list(range(2, 4_002))


@pytest.mark.parametrize(
    ("end", "line", "reason", "raw"),
    [
        (", 7]", 1, "a JSON object is expected, not a number", "7"),
        (',\n{"text": "cut', 2, "not JSON: Unterminated string", '{"text": "cut'),
        ("", 1, "the array is cut off: its closing bracket is missing", ""),
        ("] x", 1, "", "x"),
        (", {'text': 1}]", 1, "not JSON: Expecting property name", "{'text': 1}"),
    ],
)
def test_what_follows_in_an_array_is_a_bad_row_and_the_rest_is_kept(
    end, line, reason, raw, tmp_path
):
    path = written(tmp_path, json.dumps(ROWS)[:-1] + end, "a.json")
    table, rows = read(path)
    [bad] = table.bad
    assert [row.values for row in rows] == ROWS
    assert (bad.path, bad.line) == (str(path), line)
    assert reason in bad.reason and raw in bad.raw


def test_an_object_that_is_no_table_is_refused(tmp_path):
    path = written(tmp_path, '{\n"text": {"a": 1},\n"b": 2\n}', "a.json")
    with pytest.raises(DataError, match="no table"):
        read(path)


def test_text_in_brackets_is_no_json(tmp_path):
    content = "[Spoilers] A fine film.\n{sigh} Dull.\n"
    assert values(read(written(tmp_path, content, "a.txt"))[1]) == [
        ("[Spoilers] A fine film.",), ("{sigh} Dull.",),
    ]  # fmt: skip
