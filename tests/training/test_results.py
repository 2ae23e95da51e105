"""What every training measures: the threshold of the verdict, and metrics that are of it."""

from dataclasses import replace

import numpy as np
import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.labels import SENTIMENT
from imdb_lstm.data.load import load_split
from imdb_lstm.evaluation.evaluate import evaluate
from imdb_lstm.metrics.classification import evaluate_logits
from imdb_lstm.metrics.decision_rule import best_threshold
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.validation import read_validation
from imdb_lstm.training.results import measured_run
from imdb_lstm.training.train import train


@pytest.fixture(scope="module")
def rare(tmp_path_factory):
    """Reviews of which one in ten is positive, of words that say little about the label."""
    random = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(40)])
    weights = np.array([[1.0] * 40, [1.0] * 25 + [2.5] * 15])
    weights /= weights.sum(axis=1, keepdims=True)
    rows = [(" ".join(random.choice(words, 12, p=weights[label])), label)
            for label in (random.random(600) < 0.1).astype(int).tolist()]  # fmt: skip
    path = write_csv(tmp_path_factory.mktemp("rare") / "a.csv", rows, ("text", "label"))
    return Config(
        data=str(path), encoder="ngrams-nb", minimum_count=1, device="cpu", ngrams=1,
        validation_fraction=0.3,
    )  # fmt: skip


@pytest.fixture(scope="module")
def runs(rare, tmp_path_factory):
    """A plain run, and runs whose options for rare labels differ."""
    folder = tmp_path_factory.mktemp("runs")
    options = {"plain": {}, "f1": {"threshold": "f1"}, "weighted": {"class_weights": True}}
    return {name: train(replace(rare, **more), folder, name) for name, more in options.items()}


def test_the_threshold_is_the_best_on_validation_reviews():
    random = np.random.default_rng(1)
    labels = (random.random(300) < 0.1).astype(np.int8)
    logits = (random.normal(size=300) + 2 * labels - 3).astype(np.float32)
    for measure in ("half", "f1", "balanced-accuracy"):
        found = measured_run(Config(threshold=measure), labels, logits, SENTIMENT)
        assert found["threshold"] == best_threshold(labels, logits, measure)
        assert found["validation"] == evaluate_logits(labels, logits, found["threshold"])
    assert measured_run(Config(), labels, logits, SENTIMENT)["threshold"] == 0.0


def test_a_threshold_changes_the_verdicts_of_a_run_and_none_of_its_logits(runs):
    plain, other = runs["plain"], runs["f1"]
    threshold = read_metrics(other)["threshold"]
    assert threshold < 0 == read_metrics(plain)["threshold"]
    known, same = read_validation(plain), read_validation(other)
    np.testing.assert_array_equal(known.logits, same.logits)
    assert load_run(other).threshold == threshold
    found, before = evaluate(other), evaluate(plain)
    np.testing.assert_array_equal(found.logits, before.logits)
    np.testing.assert_allclose(found.margins, found.logits - threshold, rtol=1e-6)
    assert found.metrics["threshold"] == threshold
    assert found.metrics["accuracy"] == np.mean((found.margins > 0) == found.reviews.labels)
    assert found.metrics["recall"] >= before.metrics["recall"]
    for measure in ("log_loss", "auc", "brier_score", "temperature"):
        assert found.metrics[measure] == before.metrics[measure]


def test_weights_by_class_find_more_of_the_rare_one(runs, rare):
    reviews = load_split(rare, "all")
    found = {name: load_run(runs[name]).predict_logits(reviews.texts) for name in runs}
    assert (found["weighted"] > 0).sum() > (found["plain"] > 0).sum()
    rare_ones = reviews.labels == 1
    assert (found["weighted"][rare_ones] > 0).mean() >= (found["plain"][rare_ones] > 0).mean()
