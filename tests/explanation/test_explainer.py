"""Explanations of whole texts by saved runs: networks and n-grams."""

import keras
import numpy as np
import pytest
from saved_runs import keras_model
from tiny_world import random_runs, tiny_rows

from imdb_lstm.errors import ConfigError
from imdb_lstm.explanation.class_pair import MOST_CLASSES
from imdb_lstm.explanation.explainer import (
    CONTEXT,
    MOST_NGRAM_WORDS,
    NetworkExplainer,
    NgramExplainer,
    load_explainer,
)
from imdb_lstm.explanation.lstm_gates import trace_gates
from imdb_lstm.explanation.result import KNOWN, LEFT_OUT, UNKNOWN
from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.metrics.logits import probabilities
from imdb_lstm.text.tokenizer import tokenise

TEXT = "The Plot of Qwertyuiop <b>wasn't</b> good, it was DULL<br />and boring and awful &amp; bad."
ODD_TEXTS = ["", " \n", "★", "Qwertyuiop asdfgh", "The plot " * 40, "<script>x</script>"]


@pytest.fixture(scope="module")
def explainer(tiny_run):
    return load_explainer(tiny_run)


@pytest.fixture(scope="module")
def ngrams(tiny_ngrams):
    return load_explainer(tiny_ngrams)


@pytest.mark.slow
@pytest.mark.parametrize("text", [*ODD_TEXTS, *(row[0] for row in tiny_rows()[::13]), TEXT])
def test_logits_are_those_of_predict_and_contributions_are_complete(text, explainer, ngrams):
    for own in (explainer, ngrams):
        found = own.explain(text)
        assert found.logit == pytest.approx(own.run.predict_logits([text])[0], abs=1e-5)
        assert found.error <= 0.01
        change = found.logit - found.baseline
        near = pytest.approx(change, abs=max(0.01 * abs(change), 1e-4))
        assert sum(found.contributions()) == near
        read = [value for value in found.measures["prefix_logit"] if value is not None]
        assert not read or read[-1] == pytest.approx(found.logit, abs=1e-4)
        assert all(len(values) == len(found.words) for values in found.measures.values())
        assert "".join(piece for piece, _ in found.pieces()) == text


@pytest.mark.parametrize("kind", ["network", "ngrams"])
def test_probabilities_are_those_of_predict(kind, tiny_run, tiny_ngrams):
    folder = {"network": tiny_run, "ngrams": tiny_ngrams}[kind]
    classifier, own = load_classifier(folder, "cpu"), load_explainer(folder)
    assert classifier.temperature != 1 or kind == "ngrams"
    [wanted] = classifier.predict([TEXT])
    assert own.explain(TEXT).probability == pytest.approx(wanted, abs=1e-6)


def test_words_have_positions_in_the_text_and_kinds(explainer):
    found = explainer.explain(TEXT)
    tokens = tokenise(TEXT)
    assert [word.token for word in found.words] == tokens
    assert len(tokens) > 12  # the maximum length of the tiny run
    kinds = [word.kind for word in found.words]
    assert kinds[:6] == [KNOWN, KNOWN, UNKNOWN, UNKNOWN, KNOWN, KNOWN]
    assert kinds[6:-6] == [LEFT_OUT] * (len(tokens) - 12)
    assert TEXT[found.words[1].start : found.words[1].end] == "Plot"
    for values in found.measures.values():
        for word, value in zip(found.words, values, strict=True):
            assert (value is None) == (word.kind == LEFT_OUT)
    for name in ("integrated_gradients", "occlusion"):
        assert found.measures[name][2] == 0  # it equals the baseline


def test_an_explanation_does_not_depend_on_earlier_texts(explainer):
    first = explainer.explain("The plot is great")
    explainer.explain(TEXT)
    assert explainer.explain("The plot is great") == first


@pytest.mark.slow
def test_the_method_selects_the_measures(tiny_run, tiny_ngrams):
    for method, names in (
        ("integrated-gradients", ["integrated_gradients", "prefix_logit"]),
        ("occlusion", ["occlusion", "prefix_logit"]),
        ("both", ["integrated_gradients", "occlusion", "prefix_logit"]),
    ):
        found = load_explainer(tiny_run, method).explain("A good film")
        assert list(found.measures) == names
        assert (found.error is None) == (method == "occlusion")
    with pytest.raises(ConfigError, match="method must be one of"):
        load_explainer(tiny_run, "magic")
    with pytest.raises(ConfigError, match="has no embeddings"):
        load_explainer(tiny_ngrams, "integrated-gradients")


def test_an_ngram_run_is_explained_by_weights_and_occlusion(ngrams, tiny_ngrams):
    found = ngrams.explain("The plot is wonderful, zzz")
    assert list(found.measures) == ["ngram_weights", "occlusion", "prefix_logit"]
    assert [word.kind for word in found.words][-1] == UNKNOWN
    alone = load_explainer(tiny_ngrams, "occlusion").explain("The plot is wonderful, zzz")
    assert alone.measures["occlusion"] == found.measures["occlusion"]
    assert "ngram_weights" not in alone.measures


@pytest.mark.slow
def test_gates_of_every_layer_are_drawn_over_the_words_read(explainer, ngrams):
    figures = explainer.gate_figures(TEXT)
    assert list(figures) == ["encoder_1-forward", "encoder_1-forward-units"]
    heat = {axes.get_ylabel(): axes for axes in figures["encoder_1-forward"].axes}
    ids, kept = explainer._encode(TEXT)
    wanted = trace_gates(explainer.network, ids).forward.hidden
    np.testing.assert_array_equal(heat["hidden"].images[0].get_array(), wanted.T)
    shown = [label.get_text() for label in heat["hidden"].get_xticklabels()]
    assert shown == [tokenise(TEXT)[index] for index in kept]
    model = keras_model(explainer.run.folder)
    states = keras.Model(model.input, model.get_layer("encoder_1").output)(ids[None])
    np.testing.assert_allclose(wanted, states[0], atol=1e-5)
    with pytest.raises(ConfigError, match="no LSTM layer"):
        ngrams.gate_figures(TEXT)


@pytest.mark.parametrize("kind", ["explainer", "ngrams"])
def test_a_huge_text_has_a_small_explanation_with_the_same_logit(kind, request):
    own = request.getfixturevalue(kind)
    text = "The plot was awful. " * 20_000 + "The music was great."
    found = own.explain(text)
    assert found.logit == pytest.approx(own.run.predict_logits([text])[0], abs=1e-5)
    assert found.length == len(tokenise(text))
    most = max(MOST_NGRAM_WORDS, own.run.config.maximum_length + 2 * CONTEXT)
    assert len(found.words) <= most and len(found.text) < 10 * most
    assert len(found.text) + found.omitted.characters >= len(text)
    last = len(found.words) - 1
    assert found.text[found.words[last].start :] == "." and found.position(last) == found.length
    assert [word.token for word in found.words[:3]] == ["the", "plot", "was"]
    assert f"{found.omitted.words:,} words" in found.unread()
    change = found.logit - found.baseline
    total = sum(found.contributions()) + (found.omitted.contribution or 0.0)
    assert total == pytest.approx(change, abs=max(0.01 * abs(change), 1e-3))


def test_words_left_out_are_shown_near_those_that_are_read(explainer):
    found = explainer.explain("word " * 2_000)
    kinds = [word.kind for word in found.words]
    maximum = explainer.run.config.maximum_length
    assert kinds.count(LEFT_OUT) == 2 * CONTEXT and len(kinds) == maximum + 2 * CONTEXT
    assert f"too long: {2_000 - maximum:,};" in found.unread()


LETTERS = "a b zzz c d e a b j, i h"  # longer than the network reads


def explainers(names):
    network, ngrams = random_runs(names)
    return NetworkExplainer(network, "both"), NgramExplainer(ngrams, "both")


@pytest.fixture(scope="module", params=[2, 3, 8])
def class_explainers(request):
    return explainers([f"class {number}" for number in range(request.param)])


def test_each_class_is_explained_against_each_other_one(class_explainers):
    for own in class_explainers:
        names = own.run.classes.names
        logits = own.run.predict_logits([LETTERS])
        by_name = probabilities(logits)[0]
        for of, against in zip(names, names[1:] + names[:1], strict=True):
            found = own.explain(LETTERS, of, against)
            assert (found.of, found.against) == (of, against)
            places = names.index(of), names.index(against)
            wanted = np.log(by_name[places[0]]) - np.log(by_name[places[1]])
            assert found.logit == pytest.approx(wanted, abs=1e-4)
            change = found.logit - found.baseline
            assert sum(found.contributions()) == pytest.approx(change, rel=0.011, abs=1e-4)
            assert found.error <= (0.01 if own.run.folder.name == "network" else 1e-4)
            assert [found.probabilities[name] for name in names] == pytest.approx(by_name.tolist())
            assert found.verdict == names[by_name.argmax()]


def test_turning_the_classes_round_turns_every_sign_but_that_of_attention(class_explainers):
    for own in class_explainers:
        first, *_, last = own.run.classes.names
        there, back = own.explain(LETTERS, first, last), own.explain(LETTERS, last, first)
        assert (there.logit, there.baseline) == pytest.approx((-back.logit, -back.baseline))
        for name, values in there.measures.items():
            sign = 1 if name == "attention" else -1
            for one, other in zip(values, back.measures[name], strict=True):
                assert one == other is None or one == pytest.approx(sign * other, abs=1e-5)
        assert there.verdict == back.verdict and there.probabilities == back.probabilities
        assert there.probability == pytest.approx(back.probability)


def test_each_of_the_most_probable_classes_is_explained_as_if_alone(class_explainers):
    for own in class_explainers:
        found = own.explain_each(LETTERS)
        classes = len(own.run.classes)
        assert len(found.others) == (0 if classes == 2 else min(classes, MOST_CLASSES) - 1)
        for each in (found, *found.others):
            alone = own.explain(LETTERS, each.of, each.against)
            assert alone.measures == each.measures and alone.logit == each.logit
        assert found.of == (found.verdict if classes > 2 else "class 1")
        assert own.explain(LETTERS).pair == found.pair


def test_of_two_classes_the_second_is_explained_and_the_first_has_the_other_sign():
    for own in explainers(["negative", "positive"]):
        found = own.explain(LETTERS)
        assert found == own.explain(LETTERS, "positive", "negative") == own.explain_each(LETTERS)
        assert found.logit == pytest.approx(own.run.predict_logits([LETTERS])[0], rel=1e-6)
        turned = own.explain(LETTERS, of="negative")
        assert (turned.of, turned.against) == ("negative", "positive")
        assert turned.logit == -found.logit and turned.probability == found.probability
        with pytest.raises(ConfigError, match="no class 'neutral'"):
            own.explain(LETTERS, of="neutral")
