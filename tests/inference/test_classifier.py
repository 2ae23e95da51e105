"""Prediction: the logit of a text does not depend on the other texts, and runs form ensembles."""

import os
import shutil

import numpy as np
import pytest
from saved_runs import keras_model
from tiny_world import tiny_rows

import imdb_lstm
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.inference import score as module
from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.inference.score import score_texts
from imdb_lstm.metrics.logits import sigmoid
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.find import SHIPPED
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
    (loaded,) = classifier.loaded
    ids = encode_texts(texts, loaded.vocabulary, 12)
    assert [len(row) for row in ids] == [12, 2]
    model = keras_model(classifier.run)
    by_hand = [float(model(row[None])[0, 0]) for row in ids]
    np.testing.assert_allclose(classifier.predict_logits(texts), by_hand, rtol=1e-5, atol=1e-6)


def test_probabilities_are_the_sigmoid_of_the_scaled_logits(classifier, monkeypatch):
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
    for run in (None, "tiny", "saved_models/tiny", home / "saved_models" / "tiny"):
        assert imdb_lstm.load(run).run.resolve() == home / "saved_models" / "tiny"
    os.utime(home / "saved_models" / "tiny" / "manifest.json", (0, 0))
    assert imdb_lstm.load().run.name == "other"


def test_a_missing_run_is_refused_and_without_any_the_shipped_one_answers(home):
    with pytest.raises(RunError, match="no run named nonesuch; there are: tiny"):
        load_classifier("nonesuch")
    shutil.rmtree("saved_models")
    assert load_classifier().run.name == SHIPPED


@pytest.mark.slow
def test_an_empty_list_of_runs_is_not_the_newest(home):
    with pytest.raises(ConfigError, match="the list of runs is empty"):
        load_classifier([])


def test_several_runs_predict_as_one(home, monkeypatch):
    folder = home / "saved_models"
    shutil.copytree(folder / "tiny", folder / "same")
    texts = [text for text, _, _ in tiny_rows()[::9]] + ODD_TEXTS
    alone = imdb_lstm.load("tiny").predict(texts)
    both = imdb_lstm.load(["tiny", folder / "same"])
    assert [run.name for run in both.runs] == ["tiny", "same"]
    np.testing.assert_allclose(both.predict(texts), alone, rtol=1e-5)
    monkeypatch.setattr(module, "CHUNK", 5)
    scored = list(score_texts(["tiny", "same"], texts, device="cpu"))
    np.testing.assert_allclose([each.probabilities[0] for each in scored], alone, rtol=1e-5)


def test_what_is_read_goes_with_the_logits(tiny_run, tiny_ngrams):
    texts = ["The plot is wonderful!", "qwertyuiop 7/10", "", "The plot is dull. " * 9]
    for runs in (tiny_run, tiny_ngrams, [tiny_run, tiny_ngrams]):
        classifier = load_classifier(runs)
        logits, read = classifier.read(texts)
        np.testing.assert_array_equal(logits, classifier.predict_logits(texts))
        assert read[1].unknown_share == read[2].unknown_share == 1 > read[0].unknown_share
        assert [each.cut for each in read] == [False, False, False, runs != tiny_ngrams]
