"""Prediction: the same logit whatever the company, texts from anywhere, files whole or absent."""

import csv
import gzip
import io
import os
import shutil

import numpy as np
import pytest
from tiny_world import make_earlier, tiny_rows, write_csv

import imdb_lstm
from imdb_lstm.data.load import load_split
from imdb_lstm.data.readers import input_texts
from imdb_lstm.errors import DataError, OutputError, RunError
from imdb_lstm.inference import classifier as predict
from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.inference.score import decision_rule_of, score_texts, write_predictions
from imdb_lstm.metrics.classification import sigmoid
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.find import SHIPPED
from imdb_lstm.runs.manifest import finalize
from imdb_lstm.runs.run import json
from imdb_lstm.runs.validation import read_validation, write_validation
from imdb_lstm.text.vocabulary import encode_texts

ODD_TEXTS = ["", " \n", "★", "Qwertyuiop asdfgh", "The plot " * 4000, '"quoted", with\nnew line']


@pytest.fixture(scope="module")
def classifier(tiny_run):
    return load_classifier(tiny_run, "cpu")


def test_logits_do_not_depend_on_the_other_texts_or_their_order(classifier):
    texts = [text for text, _, _ in tiny_rows()[::7]] + ODD_TEXTS
    logits = classifier.predict_logits(texts)
    order = np.random.default_rng(0).permutation(len(texts))
    shuffled = classifier.predict_logits([texts[i] for i in order])
    np.testing.assert_allclose(shuffled, logits[order], rtol=1e-5, atol=1e-6)
    alone = [classifier.predict_logits([text])[0] for text in texts[::3]]
    np.testing.assert_allclose(alone, logits[::3], rtol=1e-5, atol=1e-6)


def test_the_texts_reach_the_network_by_the_runs_own_words_and_length(classifier):
    texts = ["The plot is great. " * 9, "wasn't dull"]
    (loaded,) = classifier._loaded
    ids = encode_texts(texts, loaded.vocabulary, 12)
    assert [len(row) for row in ids] == [12, 2]
    by_hand = [float(loaded.model(row[None])[0, 0]) for row in ids]
    np.testing.assert_allclose(classifier.predict_logits(texts), by_hand, rtol=1e-5, atol=1e-6)


def test_probabilities_are_the_sigmoid_of_the_tempered_logits(classifier, monkeypatch):
    fitted = read_metrics(classifier.run)["temperature"]
    assert classifier.temperature == pytest.approx(fitted)
    monkeypatch.setattr(classifier, "temperature", 2.5)
    probabilities = classifier.predict(ODD_TEXTS)
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (len(ODD_TEXTS),)
    np.testing.assert_allclose(
        probabilities, sigmoid(classifier.predict_logits(ODD_TEXTS) / 2.5), rtol=1e-6
    )
    assert ((probabilities > 0) & (probabilities < 1)).all()


def test_texts_without_a_known_word_are_all_alike(classifier):
    logits = classifier.predict_logits(["", "  ", "★", "qwertyuiop"])
    np.testing.assert_allclose(logits, logits[0], rtol=1e-5, atol=1e-6)


def test_no_texts_give_no_probabilities(classifier):
    assert classifier.predict([]).shape == (0,)


def test_one_bare_string_is_refused(classifier):
    with pytest.raises(TypeError, match="a list of texts"):
        classifier.predict("Good film")


def test_a_run_is_found_by_folder_by_name_or_as_the_newest(home):
    other = home / "saved_models" / "other"
    shutil.copytree(home / "saved_models" / "tiny", other)
    os.utime(other / "manifest.json", (1, 1))
    for run in (None, [], "tiny", "saved_models/tiny", home / "saved_models" / "tiny"):
        assert imdb_lstm.load(run).run.resolve() == home / "saved_models" / "tiny"
    os.utime(home / "saved_models" / "tiny" / "manifest.json", (0, 0))
    assert imdb_lstm.load().run.name == "other"


def test_a_missing_run_is_refused_and_without_any_the_shipped_one_answers(home):
    with pytest.raises(RunError, match="nonesuch is no finished run"):
        load_classifier("nonesuch")
    shutil.rmtree("saved_models")
    assert load_classifier().run.name == SHIPPED


def test_several_runs_predict_as_one(home, monkeypatch):
    folder = home / "saved_models"
    shutil.copytree(folder / "tiny", folder / "same")
    texts = [text for text, _, _ in tiny_rows()[::9]] + ODD_TEXTS
    alone = imdb_lstm.load("tiny").predict(texts)
    both = imdb_lstm.load(["tiny", folder / "same"])
    assert [run.name for run in both.runs] == ["tiny", "same"]
    np.testing.assert_allclose(both.predict(texts), alone, rtol=1e-5)
    monkeypatch.setattr(predict, "CHUNK", 5)
    scored = list(score_texts(["tiny", "same"], texts, workers=2))
    np.testing.assert_allclose([found for _, found, _ in scored], alone, rtol=1e-5)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_tells_no_spread_predicts_alone_and_in_no_company(home, workers):
    run = home / "saved_models" / "tiny"
    make_earlier(run, "logit_std")
    assert len(list(score_texts("tiny", ["fine"]))) == 1
    with pytest.raises(RunError, match="tiny cannot be one of several"):
        list(score_texts(["tiny", "tiny"], ["fine"], workers))


def read(file=None, texts=None, column="text", stream=""):
    return list(input_texts(texts, file, column, io.StringIO(stream)))


def test_texts_come_from_arguments_or_else_from_lines_of_the_stream():
    assert read(texts=["one", "two"], stream="three") == ["one", "two"]
    assert read(stream="one\n\n two\nthree") == ["one", "", " two", "three"]
    assert read(stream="") == []


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_every_line_of_a_text_file_is_a_text(name, tmp_path):
    content = b"one, two\n\nthree\r\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert read(tmp_path / name) == ["one, two", "", "three"]


def test_a_column_of_a_table_holds_the_texts_and_needs_no_labels(tmp_path):
    path = write_csv(tmp_path / "a.csv", [("x", "one\ntwo"), ("y", "")], ("id", "review"))
    assert read(path, column="review") == ["one\ntwo", ""]
    with pytest.raises(DataError, match=r"a\.csv, row 2: no column 'text'; there are id, review"):
        read(path)


def test_a_stream_that_is_not_utf_8_is_refused():
    stream = io.TextIOWrapper(io.BytesIO(b"fine\ncaf\xe9\n"), encoding="utf-8")
    with pytest.raises(DataError, match="not UTF-8"):
        list(input_texts(None, None, "text", stream))


def test_scores_are_the_probabilities_in_order_and_lazy(classifier, monkeypatch):
    taken = []
    texts = (taken.append(text) or text for text in ODD_TEXTS)
    monkeypatch.setattr(predict, "CHUNK", 2)
    scored = score_texts(classifier.run, texts, device="cpu")
    first = next(scored)
    assert taken == ODD_TEXTS[:2]
    found = [first, *scored]
    assert [text for text, _, _ in found] == ODD_TEXTS
    probabilities = [probability for _, probability, _ in found]
    np.testing.assert_allclose(probabilities, classifier.predict(ODD_TEXTS), rtol=1e-5)


def test_workers_score_as_one_process_does(classifier, monkeypatch):
    texts = [text for text, _, _ in tiny_rows()[:21]]
    rule = decision_rule_of(classifier.run, 0.3, None)[0]
    monkeypatch.setattr(predict, "CHUNK", 2)  # eleven chunks, of which eight go out at a time
    found = list(score_texts(classifier.run, texts, workers=2, rule=rule))
    alone = list(score_texts(classifier.run, texts, device="cpu", rule=rule))
    for column in ("text", "verdict"):
        assert [getattr(each, column) for each in found] == [getattr(e, column) for e in alone]
    assert {each.verdict for each in found} > {"unsure"}
    probabilities = [each.probability for each in found]
    np.testing.assert_allclose(probabilities, classifier.predict(texts), rtol=1e-5)


def test_verdicts_are_drawn_as_the_validation_reviews_say(home, tiny_config):
    known = read_validation(home / "saved_models" / "tiny")
    texts = load_split(tiny_config, "validation").texts
    rule, told = decision_rule_of("tiny", 0.25, None)
    verdicts = [each.verdict for each in score_texts("tiny", texts, rule=rule)]
    assert verdicts == rule.verdicts(known.logits).tolist()
    assert verdicts.count("unsure") == 3 == int(0.25 * len(texts))
    assert told.startswith("of 12 validation reviews ") and "; 3 unsure; " in told
    plain = [each.verdict for each in score_texts("tiny", texts)]
    assert [v for v, sure in zip(plain, verdicts, strict=True) if sure != "unsure"] == [
        verdict for verdict in verdicts if verdict != "unsure"
    ]


def test_a_precision_of_positive_is_kept_on_validation(home):
    run = home / "saved_models" / "tiny"
    known = read_validation(run)
    logits = np.linspace(-3, 3, 12, dtype=np.float32)
    labels = np.array([0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 1, 1])
    write_validation(run, known.names, labels, logits)
    finalize(run, run, json.loads((run / "manifest.json").read_text())["reviews"])
    for precision, positive in ((0.5, 10), (0.8, 5), (1.0, 4)):
        rule, told = decision_rule_of("tiny", 0.0, precision)
        assert (rule.verdicts(logits) == "positive").sum() == positive
        assert f"{positive} positive, " in told and "unsure" not in told
    temperature = read_metrics(run)["temperature"]
    assert f"above {float(sigmoid(rule.threshold / temperature)):.4f}" in told


def test_an_earlier_run_predicts_as_it_did_but_has_no_rule_to_give(home):
    run = home / "saved_models" / "tiny"
    logits = load_classifier("tiny").predict_logits(ODD_TEXTS)
    make_earlier(run)
    np.testing.assert_allclose(load_classifier("tiny").predict(ODD_TEXTS), sigmoid(logits), rtol=1e-5)
    with pytest.raises(RunError, match=r"keeps no validation\.csv"):
        decision_rule_of("tiny", 0.1, None)


def test_a_csv_of_predictions_reads_back_with_the_texts_as_they_were(tmp_path):
    verdicts = ["negative", "negative", "unsure", "positive", "positive", "positive"]
    scored = list(zip(ODD_TEXTS, (0.0, 0.25, 0.5, 0.51, 0.99999, 1.0), verdicts, strict=True))
    write_predictions(iter(scored), tmp_path / "out.csv", None)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["text"], float(row["probability"])) for row in rows] == [
        (text, round(probability, 4)) for text, probability, _ in scored
    ]
    assert [row["verdict"] for row in rows] == verdicts


def test_without_a_file_predictions_go_to_the_stream():
    stream = io.StringIO()
    write_predictions([("Good, very.", 0.75, "positive")], None, stream)
    assert stream.getvalue() == 'probability,verdict,text\n0.7500,positive,"Good, very."\n'


def test_a_failure_halfway_leaves_the_older_file_and_nothing_else(tmp_path):
    def scored():
        yield "fine", 0.7, "positive"
        raise DataError("row 2 is odd")

    (tmp_path / "out.csv").write_text("older")
    with pytest.raises(DataError, match="row 2 is odd"):
        write_predictions(scored(), tmp_path / "out.csv", None)
    assert (tmp_path / "out.csv").read_text() == "older"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"nope/out\.csv cannot be written"):
        write_predictions([("fine", 0.7, "positive")], tmp_path / "nope" / "out.csv", None)
    with pytest.raises(OutputError, match="cannot be written"):
        write_predictions([("fine", 0.7, "positive")], tmp_path, None)
    assert os.listdir(tmp_path) == []
