"""Scoring: probabilities and verdicts in order, by one process or several."""

import json
from concurrent.futures import Future

import numpy as np
import pytest
from tiny_world import tiny_rows

from imdb_lstm.data.load import load_split
from imdb_lstm.inference import score as module
from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.inference.score import decision_rule_of, score_texts
from imdb_lstm.metrics.logits import sigmoid
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.manifest import finalize
from imdb_lstm.runs.validation import read_validation, write_validation

ODD_TEXTS = ["", " \n", "★", "Qwertyuiop asdfgh", "The plot " * 4000, '"quoted", with\nnew line']


@pytest.fixture(scope="module")
def classifier(tiny_run):
    return load_classifier(tiny_run, "cpu")


def test_scores_are_the_probabilities_in_order_and_lazy(classifier, monkeypatch):
    taken = []
    texts = (taken.append(text) or text for text in ODD_TEXTS)
    monkeypatch.setattr(module, "CHUNK", 2)
    scored = score_texts(classifier.run, texts, device="cpu")
    first = next(scored)
    assert taken == ODD_TEXTS[:2]
    found = [first, *scored]
    assert [each.text for each in found] == ODD_TEXTS
    probabilities = [each.probabilities[0] for each in found]
    np.testing.assert_allclose(probabilities, classifier.predict(ODD_TEXTS), rtol=1e-5)


def test_few_chunks_wait_for_workers(classifier, monkeypatch):
    class Pool:
        def __init__(self, *_):
            module._worker = classifier

        def submit(self, function, *arguments):
            future = Future()
            future.set_result(function(*arguments))
            return future

        def shutdown(self, cancel_futures):
            ended.append(cancel_futures)

    taken, ended = [], []
    monkeypatch.setattr(module, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(module, "_worker", None, raising=False)
    chunks = (taken.append(number) or [f"text {number}", "A joy."] for number in range(40))
    for number, chunk in enumerate(module.score_chunks(classifier.run, chunks, workers=2)):
        assert chunk[0].text == f"text {number}"
        assert len(taken) - number <= 2 * module.PER_WORKER
    assert len(taken) == 40 and ended == [True]


def test_what_a_run_does_not_read_of_a_text_is_told(classifier):
    texts = ["The plot is great", "qwertyuiop zxcvb great", "", "The plot " * 4000]
    found = list(score_texts(classifier.run, texts, device="cpu"))
    assert [each.unknown_share for each in found] == [0, pytest.approx(2 / 3), 1, 0]
    assert [each.cut for each in found] == [False, False, False, True]
    assert [each.known for each in found] == [True, True, False, True]


@pytest.mark.slow
def test_workers_score_as_one_process_does(classifier, monkeypatch):
    texts = [text for text, _, _ in tiny_rows()[:21]]
    rule = decision_rule_of(classifier.run, 0.3, None)[0]
    monkeypatch.setattr(module, "CHUNK", 2)  # eleven chunks, of which eight go out at a time
    found = list(score_texts(classifier.run, texts, workers=2, rule=rule))
    alone = list(score_texts(classifier.run, texts, device="cpu", rule=rule))
    for column in ("text", "verdict"):
        assert [getattr(each, column) for each in found] == [getattr(e, column) for e in alone]
    assert {each.verdict for each in found} > {"unsure"}
    probabilities = [each.probabilities[0] for each in found]
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
        rule, told = decision_rule_of("tiny", 0.0, ("positive", precision))
        assert (rule.verdicts(logits) == "positive").sum() == positive
        assert f"{positive} positive (" in told and "unsure" not in told
    temperature = read_metrics(run)["temperature"]
    assert f"above {float(sigmoid(rule.threshold / temperature)):.4f}" in told
