"""The threshold of a verdict, against a search through all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.metrics import balanced_accuracy_score, f1_score

from imdb_lstm.errors import ConfigError
from imdb_lstm.metrics.decision_rule import DecisionRule, best_threshold, decision_rule
from imdb_lstm.metrics.logits import probabilities

logits_and_labels = some.lists(
    some.tuples(some.integers(-40, 40).map(lambda n: n / 8), some.integers(0, 1)),
    min_size=1, max_size=30,
)  # fmt: skip


def score(labels, logits, threshold, measure):
    predicted = logits > threshold
    if measure == "f1":
        return f1_score(labels, predicted, zero_division=0.0)
    return balanced_accuracy_score(labels, predicted)


@settings(deadline=None)
@given(logits_and_labels, some.sampled_from(["f1", "balanced-accuracy"]))
def test_no_threshold_between_two_logits_is_better(rows, measure):
    logits, labels = (np.array(column) for column in zip(*rows, strict=True))
    labels[0], labels[-1] = 1, labels[-1] if len(labels) == 1 else 0
    if len(set(labels.tolist())) < 2:
        return
    values = np.unique(logits)
    candidates = [0.0, *((values[1:] + values[:-1]) / 2)]
    scores = [score(labels, logits, each, measure) for each in candidates]
    found = best_threshold(labels, logits, measure)
    assert score(labels, logits, found, measure) == pytest.approx(max(scores))
    best = [abs(c) for c, s in zip(candidates, scores, strict=True) if s > max(scores) - 1e-12]
    assert abs(found) == min(best)


def test_half_is_the_threshold_of_a_probability_of_one_half():
    assert best_threshold([1, 1, 0], [-3.0, -2.0, -4.0], "half") == 0.0


def test_a_rare_class_is_found_by_a_lower_threshold():
    random = np.random.default_rng(0)
    labels = (np.arange(400) < 20).astype(int)
    logits = random.normal(size=400) + 3 * labels - 4
    for measure in ("f1", "balanced-accuracy"):
        threshold = best_threshold(labels, logits, measure)
        assert threshold < -0.5
        assert score(labels, logits, threshold, measure) > score(labels, logits, 0.0, measure)


def test_a_rule_has_the_names_of_the_classes_and_keeps_a_given_threshold():
    names = ("schlecht", "gut")
    logits = np.array([-2.0, 0.25, 1.5, 3.0])
    for rate, unsure in ((0.0, 0), (0.25, 1), (0.5, 2)):
        rule = decision_rule([0, 0, 1, 1], logits, DecisionRule(1.0, names=names), rate)
        assert (rule.threshold, rule.names) == (1.0, names)
        verdicts = rule.verdicts(logits).tolist()
        assert verdicts.count("unsure") == unsure
        decided = [each for each in verdicts if each != "unsure"]
        assert decided == [names[int(x > 1)] for x, v in zip(logits, verdicts, strict=True)
                           if v != "unsure"]  # fmt: skip


def test_a_verdict_is_never_cut_to_a_shorter_name():
    for names in (("a", "by far the longest name"), ("by far the longest name", "b")):
        found = DecisionRule(unsure_below=0.1, names=names).verdicts([-1.0, 0.0, 1.0])
        assert found.tolist() == [names[0], "unsure", names[1]]


def test_a_precision_of_the_negative_class_is_reached_too():
    random = np.random.default_rng(3)
    labels = random.integers(2, size=500)
    logits = np.round(random.normal(size=500) + 2 * labels - 1, 1)  # with ties
    for wanted in (0.85, 0.9, 0.95):
        rule = decision_rule(labels, logits, precision=("negative", wanted))
        said = rule.verdicts(logits) == "negative"
        assert (labels[said] == 0).mean() >= wanted
        more = np.unique(logits[~said])[0]
        assert (labels[logits <= more] == 0).mean() < wanted


def several(classes: int, seed: int = 0, reviews: int = 400):
    """Return labels and logits of a fairly good model of several classes, with tied logits."""
    random = np.random.default_rng(seed)
    labels = random.integers(classes, size=reviews)
    logits = random.normal(size=(reviews, classes)) + 1.5 * np.eye(classes)[labels]
    return labels, np.round(logits, 1)


@pytest.mark.parametrize("classes", [3, 8])
def test_of_several_classes_the_least_probable_verdicts_are_unsure(classes):
    labels, logits = several(classes)
    names = tuple(f"class {number}" for number in range(classes))
    base = DecisionRule(names=names, temperature=1.7)
    assert base.verdicts(logits).tolist() == [names[k] for k in logits.argmax(axis=1)]
    rule = decision_rule(labels, logits, base, abstention_rate=0.3)
    unsure = rule.verdicts(logits) == "unsure"
    highest = probabilities(logits / 1.7).max(axis=1)
    assert 0 < unsure.sum() <= 120 and highest[unsure].max() < highest[~unsure].min()


@pytest.mark.parametrize("classes", [3, 8])
def test_a_class_is_given_only_above_its_precision_and_otherwise_the_best_of_the_others(classes):
    labels, logits = several(classes)
    names = tuple(f"class {number}" for number in range(classes))
    rule = decision_rule(labels, logits, DecisionRule(names=names), precision=("class 1", 0.9))
    verdicts = rule.verdicts(logits)
    assert (labels[verdicts == "class 1"] == 1).mean() >= 0.9
    others = np.delete(np.arange(classes), 1)
    best = others[logits[:, others].argmax(axis=1)]
    rest = verdicts != "class 1"
    assert verdicts[rest].tolist() == [names[k] for k in best[rest]]
    with pytest.raises(ConfigError, match="no class 'none'; the classes are class 0, class 1"):
        decision_rule(labels, logits, DecisionRule(names=names), precision=("none", 0.9))
