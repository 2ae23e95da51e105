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
from imdb_lstm.data.files.rows import BadRow
from imdb_lstm.data.texts import input_rows
from imdb_lstm.errors import DataError, OutputError
from imdb_lstm.inference.predictions import predicted_rows, write_predictions, write_rejects
from imdb_lstm.inference.score import Scored, decision_rule_of, score_texts
from imdb_lstm.training.train import train

ODD_TEXTS = ["", " \n", "★", "Qwertyuiop asdfgh", "The plot " * 4000, '"quoted", with\nnew line']
LINE = {
    "id": 9007199254740993, "stars": 1234567890.125, "when": 0.1 + 0.2, "text": "A joy.",
    "tags": ["a", {"é": None}], "none": None,
}  # fmt: skip


def scored(texts, probabilities=(0.25, 0.75), verdicts=("negative", "positive")):
    for index, text in enumerate(texts):
        yield Scored(text, (probabilities[index % 2],), verdicts[index % 2], True)


def rows_of(path, **options):
    """The rows of a file of predictions on the texts of another."""
    rows = input_rows(None, str(path), Config(**options), io.StringIO())
    return predicted_rows(rows, scored)


def read(path, delimiter=","):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=delimiter))


def test_the_columns_of_the_input_are_kept_in_order_before_ours(tmp_path):
    rows = [(n, f" {text}", "x,\ty\n") for n, text in enumerate(ODD_TEXTS)]
    path = write_csv(tmp_path / "a.csv", rows, ("id", "text", "a note"))
    counts = write_predictions(rows_of(path), tmp_path / "out.csv", None)
    assert counts == (6, 0)
    found = read(tmp_path / "out.csv")
    assert list(found[0]) == ["id", "text", "a note", "probability", "verdict"]
    assert [(int(row["id"]), row["text"], row["a note"]) for row in found] == rows
    assert [row["verdict"] for row in found] == ["negative", "positive"] * 3


def test_every_suffix_gives_the_same_rows(tmp_path):
    path = write_csv(tmp_path / "a.csv", [(n, text) for n, text in enumerate(ODD_TEXTS)],
                     ("id", "text"))  # fmt: skip
    found = []
    for name in ("out.csv", "out.TSV", "out.jsonl", "out.ndjson"):
        write_predictions(rows_of(path), tmp_path / name, None)
        if name.endswith(("jsonl", "ndjson")):
            lines = (tmp_path / name).read_text(encoding="utf-8").split("\n")[:-1]
            found.append([json.loads(line) for line in lines])
        else:
            found.append(read(tmp_path / name, "\t" if name == "out.TSV" else ","))
    plain = [[{key: str(value) for key, value in row.items()} for row in rows] for rows in found]
    assert all(rows == plain[0] for rows in plain) and len(plain[0]) == 6


def test_json_lines_give_json_lines_with_the_values_they_had(tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps(LINE) + "\n")
    stream = io.StringIO()
    write_predictions(rows_of(tmp_path / "a.jsonl"), None, stream, as_json=True)
    assert json.loads(stream.getvalue()) == LINE | {"probability": 0.25, "verdict": "negative"}
    write_predictions(rows_of(tmp_path / "a.jsonl"), tmp_path / "out.csv", None, as_json=True)
    [row] = read(tmp_path / "out.csv")
    assert row["tags"] == '["a", {"é": null}]' and row["none"] == ""
    assert [float(row[name]) for name in ("stars", "when")] == [LINE["stars"], LINE["when"]]
    assert int(row["id"]) == LINE["id"]


def test_nothing_in_a_row_prevents_it_from_being_written(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "half \\ud83d", "n": NaN, "s": "\\ud83d"}\n')
    for name in ("out.csv", "out.jsonl"):
        write_predictions(rows_of(tmp_path / "a.jsonl"), tmp_path / name, None)
    assert json.loads((tmp_path / "out.jsonl").read_text())["n"] is None
    assert read(tmp_path / "out.csv")[0]["text"].startswith("half ")


def test_columns_with_the_names_of_ours_are_kept(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("one", "1", "x"), ("two", "2", "y")],
                     ("text", "probability", "verdict"))  # fmt: skip
    write_predictions(rows_of(path), tmp_path / "b.csv", None)
    write_predictions(rows_of(tmp_path / "b.csv"), tmp_path / "c.csv", None)
    for row, mine in zip(read(tmp_path / "c.csv"), ("1", "2"), strict=True):
        assert row["probability"] == mine
        assert row["predicted_probability"] == row["predicted_predicted_probability"]
        assert row["predicted_verdict"] in ("negative", "positive")


@given(some.floats(0, 1, width=32))
def test_a_probability_has_all_digits_of_a_float32(probability):
    stream = io.StringIO()
    row = Scored("a", (float(np.float32(probability)),), "positive", True)
    write_predictions([({"text": "a"}, row)], None, stream, own_first=False)
    written = stream.getvalue().splitlines()[1].split(",")[0]
    assert np.float32(written) == np.float32(probability)
    assert len(written.split("e")[0].lstrip("0.").replace(".", "")) <= 9


def test_no_rows_give_a_header_or_nothing(tmp_path):
    for name, content in (("out.csv", "probability,verdict,text\n"), ("out.jsonl", "")):
        assert write_predictions([], tmp_path / name, None) == (0, 0)
        assert (tmp_path / name).read_text() == content


def test_without_a_file_predictions_go_to_the_stream():
    stream = io.StringIO()
    row = {"text": "Good, very."}, Scored("Good, very.", (0.75,), "positive", False)
    assert write_predictions([row], None, stream, own_first=False) == (1, 1)
    assert stream.getvalue() == 'probability,verdict,text\n0.75,positive,"Good, very."\n'


def test_few_rows_are_held_at_a_time():
    taken, held = [], []

    def rows():
        for number in range(100):
            taken.append(number)
            yield {"id": number}, f"text {number}"

    for values, row in predicted_rows(rows(), scored):
        assert row.text == f"text {values['id']}"
        held.append(len(taken) - values["id"])
    assert len(held) == 100 and max(held) == 1


def test_a_failure_halfway_leaves_the_older_file_and_nothing_else(tmp_path):
    def rows():
        yield {"text": "fine"}, Scored("fine", (0.7,), "positive", True)
        raise DataError("row 2 is odd")

    (tmp_path / "out.csv").write_text("older")
    with pytest.raises(DataError, match="row 2 is odd"):
        write_predictions(rows(), tmp_path / "out.csv", None)
    assert (tmp_path / "out.csv").read_text() == "older"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    for output in (tmp_path / "nope" / "out.csv", tmp_path):
        with pytest.raises(OutputError, match="cannot be written"):
            write_predictions([], output, None)
    assert os.listdir(tmp_path) == []


def test_rejects_list_what_could_not_be_read(tmp_path):
    bad = [BadRow("d/a.csv", 3, "3 fields, 2 expected", 'one,"two",three\n'),
           BadRow("d/b.csv", 9, "no text", "")]  # fmt: skip
    path = write_rejects(iter(bad), tmp_path / "out.rejects.csv")
    assert [tuple(row.values()) for row in read(path)] == [
        (each.path, str(each.line), each.reason, each.raw) for each in bad
    ]


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
    rows = input_rows(None, str(path), Config(), io.StringIO())
    write_predictions(
        predicted_rows(rows, lambda texts: score_texts(run, texts, device="cpu", rule=rule)),
        tmp_path / "out.csv", None,
    )  # fmt: skip
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
