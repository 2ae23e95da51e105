"""The command ``score``: what it writes, says, and ends with."""

import csv
import io
import json
import subprocess
import sys

import pytest
from tiny_world import tiny_rows, write_csv

from imdb_lstm.cli import main
from imdb_lstm.inference import bulk, part
from imdb_lstm.inference import score as scoring

TEXTS = [text for text, _, _ in tiny_rows()[::6]]
RUN = ["--run", "shipped", "--workers", "1"]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "in.csv", list(enumerate(TEXTS)), ("id", "text"))
    return tmp_path


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_rows_that_cannot_be_read_are_listed_and_the_others_scored(place, capsys):
    with (place / "in.csv").open("a") as stream:
        stream.write("10,one,two\n11,Qwertyuiop\n")
    assert main(["score", "in.csv", *RUN, "--output", "out.csv"]) == 6
    rows = read(place / "out.csv")
    assert [row["id"] for row in rows] == [*map(str, range(10)), "11"]
    assert list(rows[0]) == ["id", "text", "probability", "verdict", "unknown_share", "cut"]
    assert (rows[-1]["unknown_share"], rows[-1]["cut"]) == ("1.0", "False")
    [reject] = read(place / "out.rejects.csv")
    assert (reject["line"], reject["row"]) == ("12", "10,one,two\n")
    said = capsys.readouterr().err.splitlines()[-3:]
    assert said[0].startswith("scored 11 rows in ") and "positive" in said[0]
    assert said[1].startswith("warning: 1 of 11 texts have no word")
    assert said[2] == "left out: 1 row that cannot be read, and listed in out.rejects.csv"
    assert main(["score", "in.csv", *RUN, "--output", "new.csv", "--bad-rows", "stop"]) == 3
    assert not (place / "new.csv").exists()


def test_on_standard_output_a_row_that_cannot_be_read_is_named_on_standard_error(place, capsys):
    with (place / "in.csv").open("a") as stream:
        stream.write("10,one,two\n")
    assert main(["score", "in.csv", *RUN]) == 6
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 11
    assert any(line.startswith("in.csv, line 12: ") for line in said.err.splitlines())


def test_several_files_are_one_output_and_predict_agrees(place, capsys):
    lines = [json.dumps({"text": text, "stars": 3}) for text in TEXTS[:3]]
    (place / "more.jsonl").write_text("\n".join(lines) + "\n")
    assert main(["score", "in.csv", "m*.jsonl", *RUN]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["text"] for row in rows] == TEXTS + TEXTS[:3]
    assert [row["stars"] for row in rows] == [""] * 10 + ["3"] * 3
    assert main(["predict", "--file", "in.csv", "--run", "shipped"]) == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    for name in ("id", "text", "verdict"):
        assert [row[name] for row in found] == [row[name] for row in rows[:10]]
    for own, other in zip(found, rows, strict=False):
        assert float(own["probability"]) == pytest.approx(float(other["probability"]), rel=1e-5)


def test_the_list_of_rejects_is_of_this_output_and_no_input(place, capsys):
    (place / "bad.csv").write_text("id,text\n1,A joy.\n2,odd,row\n")
    assert main(["score", "bad.csv", *RUN, "--output", "out.csv"]) == 6
    assert (place / "out.rejects.csv").exists()
    command = ["score", "in.csv", "out.rejects.csv", *RUN, "--text-column", "text"]
    assert main([*command, "--output", "out.csv"]) == 5
    assert "out.rejects.csv is also read" in capsys.readouterr().err.splitlines()[-1]
    assert main(["score", "in.csv", *RUN, "--output", "out.csv"]) == 0
    assert not (place / "out.rejects.csv").exists()


def test_standard_input_is_scored_and_cannot_be_resumed(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": 1, "text": "A joy."}\n'))
    assert main(["score", *RUN]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["id"], row["verdict"]) == (1, "positive")
    assert main(["score", "in.csv", *RUN, "--resume"]) == 2
    assert "standard output cannot be continued" in capsys.readouterr().err
    assert main(["score", "-", *RUN, "--output", "out.csv", "--resume"]) == 2
    assert "standard input cannot be read again" in capsys.readouterr().err


def test_an_interruption_says_how_to_continue(place, monkeypatch, capsys):
    monkeypatch.setattr(scoring, "CHUNK", 4)
    own = part.Part.append

    def interrupted(self, *data):
        own(self, *data)
        if self.summary.read == 4:
            raise KeyboardInterrupt

    command = ["score", "in.csv", *RUN, "--output", "out.csv"]
    with monkeypatch.context() as patch:
        patch.setattr(part.Part, "append", interrupted)
        assert main(command) == 130
    assert capsys.readouterr().err.splitlines()[-1].endswith("same command and --resume")
    assert main(command) == 2
    assert main([*command, "--resume"]) == 0
    assert "scored 6 rows" in (said := capsys.readouterr().err) and "before 10" in said
    assert [row["id"] for row in read(place / "out.csv")] == list(map(str, range(10)))


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [("nope.csv", 3, "nope.csv: no such file"), ("in.csv --run nope", 4, "no run named nope"),
     ("in.csv --output in.csv", 5, "is also read"), ("in.csv --output a.xlsx", 2, "not written"),
     ("in.csv --text-column body", 3, "no column 'body'"), ("in.csv --workers 0", 2, "workers")],
)  # fmt: skip
def test_an_error_is_one_line_and_leaves_nothing(words, code, part, place, capsys):
    assert main(["score", *(RUN if "--run" not in words else []), *words.split()]) == code
    assert part in capsys.readouterr().err.splitlines()[-1]
    assert [each.name for each in place.iterdir()] == ["in.csv"]


@pytest.mark.slow
def test_neither_keras_nor_tensorflow_is_imported(place):
    code = (
        "import sys; from imdb_lstm.cli import main; main(sys.argv[1:]); "
        "print([name for name in ('keras', 'tensorflow') if name in sys.modules])"
    )
    words = ["score", "in.csv", *RUN, "--output", "out.csv"]
    root = bulk.__file__.partition("imdb_lstm/inference")[0]
    done = subprocess.run([sys.executable, "-c", code, *words], env={"PYTHONPATH": root},
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"
