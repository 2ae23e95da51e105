"""Writers: what each format gives back is what was written, in one part or in several."""

import csv
import datetime
import json

import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.files.open import open_table
from imdb_lstm.data.files.rows import BadRow
from imdb_lstm.data.texts import open_input
from imdb_lstm.errors import ConfigError, DataError
from imdb_lstm.inference.predictions import Columns
from imdb_lstm.inference.score import Scored
from imdb_lstm.inference.writers import make_writer, rejects_path, remove_rejects, write_rejects

TEXTS = ["Good, very.", 'A "quote"\nand a line', "", "मीठा\tté"]
SUFFIXES = [".csv", ".tsv", ".jsonl", ".parquet"]


@pytest.fixture
def table(tmp_path):
    path = write_csv(tmp_path / "in.csv", list(enumerate(TEXTS)), ("id", "text"))
    found = open_input([str(path)], Config())
    return found, Columns(found.columns, details=True)


def written(found, columns, output, rows, parts=2):
    """Write rows in parts, and read the file back."""
    writer = make_writer(output, found, columns)
    size = -(-len(rows) // parts)
    pieces = [writer.encode(rows[at : at + size]) for at in range(0, len(rows), size)]
    output.write_bytes(b"".join([writer.begin(), *pieces]))
    if convert := getattr(writer, "convert", None):
        stream = output.with_suffix(".arrow")
        output.rename(stream)
        convert(stream, output)
    return [row.values for row in open_table(output).rows()]


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".csv.gz", ".tsv.bz2", ".jsonl.xz", ".csv.zst"])
def test_rows_are_read_back_as_they_were(suffix, table, tmp_path):
    found, columns = table
    given = [values for values, _ in found.rows()]
    rows = [columns.row(each, Scored("", (0.25,), "negative", 0.5, True)) for each in given]
    read = written(found, columns, tmp_path / f"out{suffix}", rows)
    assert [list(row) for row in read] == [columns.names_in_order] * 4
    assert [(row["id"], row["text"]) for row in read] == [(str(n), t) for n, t in enumerate(TEXTS)]
    assert [(float(row["probability"]), row["verdict"], str(row["cut"])) for row in read] == [
        (0.25, "negative", "True")
    ] * 4


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [("out", "json", "jsonl"), ("out", "tsv", "tsv"), ("out.x", "excel", "csv"),
     ("out.TSV", "jsonl", "tsv")],
)  # fmt: skip
def test_the_format_is_that_of_the_suffix_or_of_the_input(name, given, kind, table, tmp_path):
    found, columns = table
    found.tables[0].format = given
    as_named = make_writer(tmp_path / f"out.{kind}", found, columns)
    assert make_writer(tmp_path / name, found, columns).begin() == as_named.begin()


def test_what_is_not_written_is_refused(table, tmp_path):
    for name in ("out.xlsx", "out.json", "out.csv.zip", "out.parquet.gz"):
        with pytest.raises(ConfigError, match="this format is not written"):
            make_writer(tmp_path / name, *table)


def test_parquet_keeps_its_types(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    day = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)
    given = pyarrow.table({
        "text": TEXTS, "n": pyarrow.array([1, None, 3, 4], pyarrow.int16()),
        "day": pyarrow.array([day] * 4, pyarrow.timestamp("ms", "UTC")),
        "tags": [["a"], [], None, ["b", "c"]],
        "kind": pyarrow.array(["x", "y", "x", "x"]).dictionary_encode(),
    })  # fmt: skip
    parquet.write_table(given, tmp_path / "in.parquet")
    found = open_input([str(tmp_path / "in.parquet")], Config())
    columns = Columns(found.columns)
    rows = [columns.row(values, Scored("", (0.5,), "good")) for values, _ in found.rows()]
    written(found, columns, tmp_path / "out.parquet", rows)
    file = parquet.ParquetFile(tmp_path / "out.parquet")
    assert file.num_row_groups == 2
    read = file.read()
    assert read.select(given.column_names).to_pylist() == given.to_pylist()
    assert [str(read.schema.field(name).type) for name in given.column_names] == [
        "string", "int16", "timestamp[ms, tz=UTC]", "list<element: string>", "string",
    ]  # fmt: skip


def test_values_of_several_types_are_text_in_parquet_and_others_are_refused(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "a", "x": 1, "n": 1}\n{"text": "b", "x": "one", "n": 2}\n')
    found = open_input([str(path)], Config())
    columns = Columns(found.columns)
    rows = [columns.row(values, Scored("", (0.5,), "good")) for values, _ in found.rows()]
    read = written(found, columns, tmp_path / "out.parquet", rows)
    assert [row["x"] for row in read] == ["1", "one"] and [row["n"] for row in read] == [1, 2]
    with pytest.raises(DataError, match="'n' has a value that is no int64"):
        written(found, columns, tmp_path / "out.parquet", [rows[0] | {"n": "three"}])


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_column_that_would_be_lost_is_named(suffix, table, tmp_path):
    with pytest.raises(DataError, match="column 'new' is not in the first rows"):
        written(*table, tmp_path / f"out{suffix}", [{"text": "a", "new": 1}], parts=1)


def test_rejects_list_what_could_not_be_read(tmp_path):
    bad = [BadRow("d/a.csv", 3, "3 fields, 2 expected", 'one,"two",three\n'),
           BadRow("d/b.csv", 9, "no text", "")]  # fmt: skip
    path = write_rejects(iter(bad), rejects_path(tmp_path / "out.csv.gz"))
    with path.open(encoding="utf-8", newline="") as stream:
        found = [tuple(row.values()) for row in csv.DictReader(stream)]
    assert found == [(each.path, str(each.line), each.reason, each.raw) for each in bad]


def test_a_value_that_json_does_not_have_is_written_as_text(table):
    found, columns = table
    found.tables[0].format = "jsonl"
    line = make_writer(None, found, columns).encode([{"day": datetime.date(2024, 2, 29)}])
    assert json.loads(line) == {"day": "2024-02-29"}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_lone_return_in_a_text_is_no_end_of_a_row(suffix, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"text": f"Good\r{n}"}) + "\n" for n in range(3)))
    found = open_input([str(path)], Config())
    columns = Columns(found.columns)
    rows = [columns.row(values, Scored("", (0.5,), "good")) for values, _ in found.rows()]
    output, texts = tmp_path / f"out{suffix}", ["Good\r0", "Good\r1", "Good\r2"]
    read = written(found, columns, output, rows)
    if suffix == ".tsv":  # to our reader the quotes of a TSV are characters
        with output.open(encoding="utf-8", newline="") as stream:
            read = list(csv.DictReader(stream, delimiter="\t"))
    assert [row["text"] for row in read] == texts


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (4, 4.75),
        (0.5, 2**60 + 1),
        (True, 2),
        ({"a": 1}, {"a": 1, "b": "lost"}),
        ([1], [1.5]),
    ],
)
def test_parquet_refuses_a_value_that_it_would_change(first, later, tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "in.jsonl"
    values = [first] * 1_000 + [later]
    path.write_text("".join(json.dumps({"text": "a", "x": each}) + "\n" for each in values))
    found = open_input([str(path)], Config())
    rows = [row for row, _ in found.rows()]
    writer = make_writer(tmp_path / "out.parquet", found, Columns(found.columns))
    assert writer.encode(rows[:1_000])
    with pytest.raises(DataError, match="column 'x' has a value that is no"):
        writer.encode(rows[1_000:])


def test_columns_of_several_parquet_files_have_a_type_that_holds_all_values(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    types = {"a": (pyarrow.float64(), pyarrow.timestamp("us"), pyarrow.binary()),
             "b": (pyarrow.float32(), pyarrow.timestamp("ms"), pyarrow.binary())}  # fmt: skip
    moment = datetime.datetime(2024, 2, 29, 12, 0, 0, 4_000)
    for name, (number, time, text) in types.items():
        rows = {"text": pyarrow.array(["Café".encode()], text), "x": pyarrow.array([0.5], number),
                "when": pyarrow.array([moment], time)}  # fmt: skip
        parquet.write_table(pyarrow.table(rows), tmp_path / f"{name}.parquet")
    found = open_input([str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet")], Config())
    columns = Columns(found.columns)
    assert [text for _, text in found.rows()] == ["Café"] * 2
    rows = [columns.row(values, Scored("", (0.5,), "good")) for values, _ in found.rows()]
    read = written(found, columns, tmp_path / "out.parquet", rows)
    assert [(row["text"], row["x"], row["when"]) for row in read] == [("Café", 0.5, moment)] * 2
    schema = parquet.read_schema(tmp_path / "out.parquet")
    assert [str(schema.field(name).type) for name in ("text", "x", "when")] == [
        "binary", "double", "timestamp[us]",
    ]  # fmt: skip


def test_numbers_that_json_or_parquet_does_not_have(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "a", "id": 123456789012345678901, "x": 1e999, "y": [NaN]}\n')
    found = open_input([str(path)], Config())
    columns = Columns(found.columns)
    rows = [columns.row(values, Scored("", (0.5,), "good")) for values, _ in found.rows()]
    [line] = make_writer(None, found, columns).encode(rows).splitlines()
    read = json.loads(line, parse_constant=lambda name: pytest.fail(name))
    assert (read["id"], read["x"], read["y"]) == (123456789012345678901, "inf", [None])
    pytest.importorskip("pyarrow")
    [row] = written(found, columns, tmp_path / "out.parquet", rows)
    assert row["id"] == "123456789012345678901"


def test_only_a_list_of_rejects_is_removed(tmp_path):
    output = tmp_path / "out.csv"
    remove_rejects(output)
    write_rejects([], rejects_path(output)).with_name("other.rejects.csv").write_text("mine")
    remove_rejects(output)
    remove_rejects(tmp_path / "other.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["other.rejects.csv"]
