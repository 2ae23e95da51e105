"""Runs of three and eight classes, from a file to their predictions: every part, on one world."""

import csv
import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from saved_runs import keras_model
from tiny_world import SUBJECTS, write_csv

from imdb_lstm import api
from imdb_lstm.cli import main
from imdb_lstm.config.options import Config
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import ConfigError, DataError, RunError
from imdb_lstm.evaluation.cross_validation import cross_validate, cross_validation_metrics
from imdb_lstm.evaluation.evaluate import evaluate, evaluate_ensemble
from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.inference.ensemble import logit_deviations
from imdb_lstm.inference.export.quantize import quantize
from imdb_lstm.inference.score import decision_rule_of, score_texts
from imdb_lstm.metrics.logits import probabilities
from imdb_lstm.runs.files import read_json, read_metrics
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.validation import read_validation
from imdb_lstm.training.losses import ordinal_targets
from imdb_lstm.training.pseudo_labels import Predictions, soft_labels
from imdb_lstm.training.reporter import Reporter
from imdb_lstm.training.train import train

WORDS = ("red", "blue", "green", "old", "young", "loud", "calm", "sweet")
TEXTS = ["The plot is red.", "All of it blue, blue!", "", "Every green scene", "Zyx."]


def skip_all_but(number, classes):
    """Skip a slow test whose parts other tests run with every number of classes."""
    if classes != number:
        pytest.skip("one number of classes shows it")


def rows_of(classes):
    """Rows (text, label): fifteen of each class, which a word tells."""
    return [
        (f"{subject} is {word} in part {number}.", f"class {k}")
        for k, word in enumerate(WORDS[:classes])
        for number, subject in enumerate((*SUBJECTS, *SUBJECTS[:5]))
    ]


@pytest.fixture(scope="module", params=[3, pytest.param(8, marks=pytest.mark.slow)])
def classes(request):
    """The number of classes."""
    return request.param


@pytest.fixture(scope="module")
def file(classes, tmp_path_factory):
    """A file of that many classes."""
    return write_csv(
        tmp_path_factory.mktemp("rows") / "rows.csv", rows_of(classes), ("text", "label")
    )


@pytest.fixture(scope="module")
def config(file):
    """A small network that learns them in a few steps."""
    return Config(
        data=str(file), encoder="bag", units=6, embedding_dim=7, minimum_count=1, chunk_length=0,
        maximum_length=12, batch_size=4, epochs=6, learning_rate=0.05, word_dropout=0.0,
        embedding_dropout=0.0, output_dropout=0.0, word_vectors=False, validation_fraction=0.2,
        device="cpu",
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(config, tmp_path_factory):
    """A folder with two finished runs: a network and n-grams. Do not change it."""
    place = tmp_path_factory.mktemp("runs")
    train(config, place, "network")
    train(replace(config, encoder="ngrams-nb", ngrams=1), place, "ngrams")
    return place


def test_a_run_keeps_its_classes_and_predicts_a_probability_of_each(folder, classes):
    names = tuple(f"class {k}" for k in range(classes))
    for name in ("network", "ngrams"):
        classifier = load_classifier(folder / name, "cpu")
        assert classifier.classes == names
        assert read_json(folder / name / "classes.json")["names"] == list(names)
        found, logits = classifier.predict(TEXTS), classifier.predict_logits(TEXTS)
        assert found.shape == logits.shape == (len(TEXTS), classes)
        assert found.dtype == logits.dtype == np.float32
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
        np.testing.assert_allclose(found, probabilities(logits / classifier.temperature), rtol=1e-5)
        labels = classifier.predict_labels(TEXTS)
        assert labels == [names[k] for k in found.argmax(axis=1)]
        assert labels[:2] == ["class 0", "class 1"] and labels[3] == "class 2"
        assert classifier.predict([]).shape == (0, classes)
    metrics = read_metrics(folder / "network")
    assert metrics["validation"]["accuracy"] > 0.8
    counts = np.array(metrics["validation"]["confusion_matrix"]).sum(axis=1)
    assert counts.tolist() == [2] * classes


def test_a_run_is_evaluated_and_joined_to_an_ensemble(folder, classes):
    found = [evaluate(folder / name, device="cpu") for name in ("network", "ngrams")]
    metrics = found[0].metrics
    assert metrics["classes"] == [f"class {k}" for k in range(classes)]
    assert len(metrics["by_class"]) == classes and "positive_fraction" not in metrics
    folders = [folder / "network", folder / "ngrams"]
    joint = evaluate_ensemble(found, logit_deviations(folders))
    both = load_classifier(folders, "cpu")
    np.testing.assert_allclose(both.predict_logits(found[0].reviews.texts), joint.logits, atol=1e-4)
    assert joint.metrics["accuracy"] >= 0.8
    validation = read_validation(folder / "network")
    assert validation.logits.shape == (2 * classes, classes)


def test_a_decision_rule_abstains_and_asks_for_a_precision_of_one_class(folder):
    rule, effect = decision_rule_of(folder / "network", 0.2)
    assert "unsure" in effect and rule.unsure_below > -np.inf
    rule, effect = decision_rule_of(folder / "ngrams", precision=("class 1", 0.9))
    assert "class 1 is a probability above" in effect
    scored = list(score_texts(folder / "ngrams", TEXTS, device="cpu", rule=rule))
    assert scored[1].verdict == "class 1" and len(scored[1].probabilities) == len(rule.names)
    with pytest.raises(ConfigError, match="no class 'positive'; the classes are class 0, class 1"):
        decision_rule_of(folder / "network", precision=("positive", 0.9))


@pytest.mark.slow
def test_an_interrupted_run_resumes_with_the_same_weights(config, folder, tmp_path, classes):
    skip_all_but(3, classes)

    def interrupt(*_):
        raise KeyboardInterrupt

    import keras

    stop = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, _: epoch == 3 and interrupt()
    )
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path, "network", reporter=Reporter(callbacks=lambda: [stop]))
    again = train(config, tmp_path, "network", resume=True)
    found, whole = (keras_model(each).get_weights() for each in (again, folder / "network"))
    for a, b in zip(found, whole, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
def test_a_run_is_quantized_and_trained_from_a_prepared_file(config, folder, tmp_path, classes):
    skip_all_but(8, classes)
    done = quantize(folder / "network", tmp_path / "small", device="cpu")
    found, before = (
        load_run(each).predict_logits(TEXTS) for each in (done.folder, folder / "network")
    )
    assert found.shape == before.shape
    assert np.abs(found - before).max() < 0.1 * before.std() + 0.05
    train(config, tmp_path, "network", prepare_only=True)
    again = train(config, tmp_path, "network", resume=True)
    np.testing.assert_array_equal(load_run(again).predict_logits(TEXTS), before)
    assert load_run(again).classes == load_run(folder / "network").classes


@pytest.mark.slow
def test_networks_learn_the_pseudo_labels_of_others_and_are_distilled(
    config, folder, tmp_path, classes
):
    skip_all_but(8, classes)
    unlabelled = tmp_path / "more.txt"
    unlabelled.write_text("\n".join(f"Part {n} was {word}." for n in range(6) for word in WORDS))
    taught = replace(
        config, encoder="bag", unlabelled=str(unlabelled), epochs=2, excerpts=1.0, ngrams=1,
        pseudo_labels_from="ngrams-nb+ngrams-embedded", recombined_texts=0.5, label_smoothing=0.1,
    )  # fmt: skip
    run = train(taught, tmp_path, "taught")
    metrics = read_metrics(run)
    assert metrics["pseudo_labelled_reviews"] == 6 * len(WORDS) and metrics["excerpts"] > 0
    distilled = replace(
        config, distilled_from=f"{folder / 'network'}+{folder / 'ngrams'}", epochs=6, units=4
    )
    assert read_metrics(train(distilled, tmp_path, "student"))["validation"]["accuracy"] > 0.6


def test_soft_labels_are_probabilities_that_fit_the_validation_labels(classes):
    random = np.random.default_rng(0)
    labels = random.integers(classes, size=2_000)
    good = np.eye(classes)[labels] * 3 + random.normal(size=(2_000, classes))
    guess = random.normal(size=(2_000, classes))
    found = soft_labels([Predictions(100 * good, 100 * good), Predictions(guess, guess)], labels)
    assert found.shape == (2_000, classes) and found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    right = found.argmax(axis=1) == labels
    assert found.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.02)  # calibrated
    alone = soft_labels([Predictions(good, good)], labels)
    assert np.abs(found - alone).mean() < 0.01


@pytest.mark.slow
def test_rare_classes_count_as_much_with_class_weights_and_near_ones_with_ordinal(
    config, tmp_path, classes
):
    skip_all_but(3, classes)
    rows = [row for row in rows_of(3) if row[1] != "class 2" or " 1" not in row[0]]
    few = write_csv(tmp_path / "few.csv", rows, ("text", "label"))
    options = replace(config, data=str(few), class_weights=True, ordinal=True)
    run = train(options, tmp_path, "weighted")
    metrics = read_metrics(run)["validation"]
    assert metrics["balanced_accuracy"] > 0.8
    assert metrics["mean_absolute_error"] <= 0.4 and "quadratic_kappa" in metrics
    assert load_run(run).classes.scale == [0.0, 1.0, 2.0]
    soft = ordinal_targets(load_run(run).classes)
    assert (np.diff(soft[0]) < 0).all() and soft[1, 0] == soft[1, 2]
    ngrams = train(replace(options, encoder="ngrams-embedded"), tmp_path, "ngrams")
    assert read_metrics(ngrams)["validation"]["balanced_accuracy"] > 0.8


@pytest.mark.slow
def test_folds_are_tested_on_every_review_once(config, tmp_path, classes):
    skip_all_but(3, classes)
    found = cross_validate(replace(config, folds=3, encoder="ngrams-nb"), tmp_path, "cv")
    metrics = cross_validation_metrics(found)
    assert metrics["reviews"] == 15 * classes and metrics["pooled"]["accuracy"] > 0.9
    counts = [Counter(each.reviews.labels.tolist()) for each in found]
    assert all(set(count.values()) == {5} for count in counts)


def test_every_command_answers_in_the_names_of_the_classes(folder, file, tmp_path, capsys, classes):
    run = str(folder / "ngrams")
    assert main(["data", "describe", str(file)]) == 0
    assert "class 2" in capsys.readouterr().out
    assert main(["predict", *TEXTS[:2], "--run", run]) == 0
    [first, _] = csv.DictReader(capsys.readouterr().out.splitlines())
    assert first["verdict"] == "class 0" and float(first["probability_class 0"]) > 0.5
    assert list(first)[:classes] == [f"probability_class {k}" for k in range(classes)]
    target = tmp_path / "out.jsonl"
    assert main(["predict", "--file", str(file), "--run", run, "--output", str(target)]) == 0
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert all(line["verdict"] == line["label"] for line in lines)
    assert list(lines[0])[:2] == ["text", "label"]
    assert main(["evaluate", run, "--output", str(tmp_path / "evaluation")]) == 0
    assert "macro F1" in capsys.readouterr().out
    written = (tmp_path / "evaluation" / "predictions.csv").read_text().splitlines()
    assert "logit of class 1" in written[0]


def test_what_is_for_two_classes_is_refused_with_a_reason(config, folder, tmp_path):
    with pytest.raises(ConfigError, match=r"--threshold f1 is for two classes, and .* has"):
        train(replace(config, threshold="f1"), tmp_path, "threshold")
    with pytest.raises((ConfigError, DataError), match=r"negative.*positive|classes"):
        evaluate(folder / "ngrams", "sample", device="cpu")
    classes_file = folder / "network" / "classes.json"
    kept = classes_file.read_text()
    try:
        classes_file.write_text(json.dumps({"names": ["a", "b"], "values": {"a": 0, "b": 1}}))
        with pytest.raises(RunError):
            load_run(folder / "network")
    finally:
        classes_file.write_text(kept)


def test_a_class_without_a_train_review_is_refused_by_name(tmp_path):
    rows = [(text, label, "test" if label == "class 2" else "train") for text, label in rows_of(3)]
    file = write_csv(tmp_path / "rows.csv", rows, ("text", "label", "split"))
    with pytest.raises(DataError, match=r"no train review of .* has the label class 2"):
        read_training_data(Config(data=str(file)))


def test_twenty_classes_with_long_names_and_one_of_two_rows(tmp_path, capsys):
    names = [f"{number} {'a very long name ' * 8}" for number in range(20)]
    rows = [
        (f"word{k} number {n}", name)
        for k, name in enumerate(names)
        for n in range(2 if k == 7 else 12)
    ]
    file = write_csv(tmp_path / "rows.csv", rows, ("text", "label"))
    assert main(["data", "describe", str(file), "--html", str(tmp_path / "page.html")]) == 0
    assert "too few reviews to learn from" in " ".join(capsys.readouterr().out.split())
    data = read_training_data(Config(data=str(file)))
    assert len(data.train.classes) == 20
    assert set(data.train.labels.tolist()) == set(range(20))
    kept = data.train.classes.names.index(names[7].strip())
    assert (data.train.labels == kept).sum() == 2
    run = api.train(str(file), "many", output=tmp_path, encoder="ngrams-nb", quiet=True)
    found = api.evaluate(run)
    assert len(found.metrics["by_class"]) == 20 and found.metrics["by_class"][kept]["reviews"] == 0
