"""Files of predictions: the columns of the input as they were, a probability and a verdict."""

import csv
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from tiny_world import tiny_rows, write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.texts import given_input, open_input
from imdb_lstm.errors import DataError, OutputError
from imdb_lstm.inference import score as scoring
from imdb_lstm.inference.bulk import score_in_processes, write_file, write_stream
from imdb_lstm.inference.predictions import Columns, scored_chunks
from imdb_lstm.inference.score import Scored, decision_rule_of, score_texts
from imdb_lstm.inference.writers import make_writer
from imdb_lstm.training.train import train

ODD_TEXTS = ["", " \n", "★", "Qwertyuiop asdfgh", "The plot " * 4000, '"quoted", with\nnew line']
LINE = {
    "id": 9007199254740993, "stars": 1234567890.125, "when": 0.1 + 0.2, "text": "A joy.",
    "tags": ["a", {"é": None}], "none": None,
}  # fmt: skip


def score(chunks, probabilities=(0.25, 0.75), verdicts=("negative", "positive")):
    for chunk in chunks:
        yield [
            Scored(text, (probabilities[index % 2],), verdicts[index % 2])
            for index, text in enumerate(chunk)
        ]


def write(path, output=None):
    """Write the predictions on the texts of a file to another, or return them as text."""
    found = open_input([str(path)], Config())
    columns = Columns(found.columns)
    if output:
        return write_file(found, output, columns, score)[0]
    stream = io.StringIO()
    chunks = scored_chunks(found.rows(), score, columns)
    write_stream(chunks, make_writer(None, found, columns), stream)
    return stream.getvalue()


def read(path, delimiter=","):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def test_the_columns_of_the_input_are_kept_in_order_before_ours(tmp_path):
    rows = [(n, f" {text}", "x,\ty\n") for n, text in enumerate(ODD_TEXTS)]
    path = write_csv(tmp_path / "a.csv", rows, ("id", "text", "a note"))
    assert write(path, tmp_path / "out.csv").rows == 6
    found = read(tmp_path / "out.csv")
    assert list(found[0]) == ["id", "text", "a note", "probability", "verdict"]
    assert [(int(row["id"]), row["text"], row["a note"]) for row in found] == rows
    assert [row["verdict"] for row in found] == ["negative", "positive"] * 3


def test_every_suffix_gives_the_same_rows(tmp_path):
    path = write_csv(tmp_path / "a.csv", [(n, text) for n, text in enumerate(ODD_TEXTS)],
                     ("id", "text"))  # fmt: skip
    found = []
    for name in ("out.csv", "out.TSV", "out.jsonl", "out.ndjson"):
        write(path, tmp_path / name)
        if name.endswith(("jsonl", "ndjson")):
            lines = (tmp_path / name).read_text(encoding="utf-8").split("\n")[:-1]
            found.append([json.loads(line) for line in lines])
        else:
            found.append(read(tmp_path / name, "\t" if name == "out.TSV" else ","))
    plain = [[{key: str(value) for key, value in row.items()} for row in rows] for rows in found]
    assert all(rows == plain[0] for rows in plain) and len(plain[0]) == 6


def test_json_lines_give_json_lines_with_the_values_they_had(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps(LINE) + "\n")
    assert json.loads(write(tmp_path / "a.jsonl")) == LINE | {
        "probability": 0.25,
        "verdict": "negative",
    }
    write(tmp_path / "a.jsonl", tmp_path / "out.csv")
    [row] = read(tmp_path / "out.csv")
    assert row["tags"] == '["a", {"é": null}]' and row["none"] == ""
    assert [float(row[name]) for name in ("stars", "when")] == [LINE["stars"], LINE["when"]]
    assert int(row["id"]) == LINE["id"]


def test_nothing_in_a_row_prevents_it_from_being_written(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "half \\ud83d", "n": NaN, "s": "\\ud83d"}\n')
    for name in ("out.csv", "out.jsonl"):
        write(tmp_path / "a.jsonl", tmp_path / name)
    assert json.loads((tmp_path / "out.jsonl").read_text())["n"] is None
    assert read(tmp_path / "out.csv")[0]["text"].startswith("half ")


def test_columns_with_the_names_of_ours_are_kept(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("one", "1", "x"), ("two", "2", "y")],
                     ("text", "probability", "verdict"))  # fmt: skip
    write(path, tmp_path / "b.csv")
    write(tmp_path / "b.csv", tmp_path / "c.csv")
    for row, mine in zip(read(tmp_path / "c.csv"), ("1", "2"), strict=True):
        assert row["probability"] == mine
        assert row["predicted_probability"] == row["predicted_predicted_probability"]
        assert row["predicted_verdict"] in ("negative", "positive")


@given(some.floats(0, 1, width=32))
def test_a_probability_has_all_digits_of_a_float32(probability):
    row = Columns().row({"text": "a"}, Scored("a", (float(np.float32(probability)),), "positive"))
    written = str(row["probability"])
    assert np.float32(written) == np.float32(probability)
    assert len(written.split("e")[0].lstrip("0.").replace(".", "")) <= 9


def test_a_late_column_with_a_name_of_ours_is_refused():
    columns = Columns(("id", "text", "verdict"))
    scored = Scored("", (0.5,), "good")
    assert columns.row({"id": 1, "verdict": "theirs"}, scored)["predicted_verdict"] == "good"
    for name in ("probability", "predicted_verdict"):
        with pytest.raises(DataError, match=f"column '{name}' is not in the first rows"):
            columns.row({"id": 1, name: 3}, scored)


def test_texts_that_were_given_come_after_what_is_said_of_them():
    columns = Columns(own_first=False)
    for texts in ([], ["Good, very."]):
        found, stream = given_input(texts, io.StringIO()), io.StringIO()
        chunks = scored_chunks(found.rows(), score, columns)
        summary = write_stream(chunks, make_writer(None, found, columns), stream)
        header, *rows = stream.getvalue().splitlines()
        assert header == "probability,verdict,text" and summary.rows == len(texts)
        assert rows == ['0.25,negative,"Good, very."' for _ in texts]


def test_few_rows_are_held_at_a_time(monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 10)
    taken, held = [], []

    def rows():
        for number in range(100):
            taken.append(number)
            yield {"id": number}, f"text {number}"

    for chunk in scored_chunks(rows(), score, Columns()):
        assert [row["id"] for row in chunk.rows] == taken[-10:]
        held.append(len(taken))
    assert held == list(range(10, 101, 10))


def test_a_failure_halfway_leaves_the_older_file_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 1)
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,fine\n2,one,two\n3,fine\n")
    (tmp_path / "out.csv").write_text("older")
    with pytest.raises(DataError, match="line 3"):
        write(path, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "older"
    assert sorted(os.listdir(tmp_path)) == ["a.csv", "out.csv"]


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "a.csv").write_text("text\nfine\n")
    for output in (tmp_path / "nope" / "out.csv", tmp_path):
        with pytest.raises(OutputError, match="cannot be written"):
            write(tmp_path / "a.csv", output)
    assert os.listdir(tmp_path) == ["a.csv"]


@pytest.fixture(scope="module")
def german(tmp_path_factory):
    """A run on reviews that are gut or schlecht, with a threshold of its own."""
    folder = tmp_path_factory.mktemp("german")
    names = {"positive": "gut", "negative": "schlecht"}
    rows = [(text, names[label]) for text, label, _ in tiny_rows()]
    path = write_csv(folder / "a.csv", rows[:45], ("review", "urteil"))
    config = Config(
        data=str(path), label_column="urteil", encoder="ngrams-nb", minimum_count=1,
        validation_fraction=0.4, device="cpu", class_weights=True,
    )  # fmt: skip
    run = train(config, folder, "run")
    other = train(replace(config, threshold="f1", class_weights=False), folder, "f1")
    return Path(run), Path(other), path


def test_verdicts_are_the_classes_of_the_run_and_ids_join(german, tmp_path):
    run, _, _ = german
    texts = [text for text, _, _ in tiny_rows()]
    path = write_csv(tmp_path / "new.csv", [(f"r{n}", text) for n, text in enumerate(texts)],
                     ("id", "body"))  # fmt: skip
    rule, told = decision_rule_of(run)
    assert told == "" and rule.names == ("schlecht", "gut")
    found = open_input([str(path)], Config())
    by_run = score_in_processes([run], rule, workers=1)
    write_file(found, tmp_path / "out.csv", Columns(found.columns, rule.names), by_run)
    found = {row["id"]: row for row in read(tmp_path / "out.csv")}
    assert {row["verdict"] for row in found.values()} == {"gut", "schlecht"}
    alone = list(score_texts(run, texts, device="cpu", rule=rule))
    for number, each in enumerate(alone):
        assert found[f"r{number}"]["verdict"] == each.verdict
        written = float(found[f"r{number}"]["probability"])
        assert written == pytest.approx(each.probabilities[0], rel=1e-8)


def test_a_threshold_changes_verdicts_and_no_probability(german):
    from imdb_lstm.inference.classifier import load_classifier
    from imdb_lstm.runs.files import read_metrics

    _, run, _ = german
    rule, _ = decision_rule_of(run)
    assert rule.threshold == read_metrics(run)["threshold"]
    texts = [text for text, _, _ in tiny_rows()]
    found = list(score_texts(run, texts, device="cpu", rule=rule))
    plain = load_classifier(run, "cpu")
    np.testing.assert_allclose([e.probabilities[0] for e in found], plain.predict(texts), rtol=1e-6)
    above = plain.predict_logits(texts) > rule.threshold
    assert [each.verdict == "gut" for each in found] == above.tolist()
