"""Calibration: temperature scaling, decision rules and selective accuracy."""

from itertools import product

import numpy as np
import pytest

from imdb_lstm.errors import ConfigError
from imdb_lstm.metrics.calibration import (
    accuracy_by_coverage,
    coverage_curve,
    fit_temperature,
    temperature_scaled_metrics,
)
from imdb_lstm.metrics.classification import evaluate_logits, log_loss
from imdb_lstm.metrics.decision_rule import DecisionRule, decision_rule, precision_threshold
from imdb_lstm.metrics.logits import sigmoid

RANDOM = np.random.default_rng(11)


def drawn(temperature, reviews, seed=0):
    """Labels, and logits that are calibrated once divided by the temperature."""
    random = np.random.default_rng(seed)
    logits = random.normal(0.0, 2.5, reviews)
    return (random.random(reviews) < sigmoid(logits)).astype(int), logits * temperature


LABELS, LOGITS = drawn(1.7, 1_500)


def test_the_temperature_of_the_logits_is_found():
    for temperature in (0.3, 1.0, 2.5, 9.0):
        labels, logits = drawn(temperature, 60_000)
        assert fit_temperature(labels, logits) == pytest.approx(temperature, rel=0.03)


def test_no_temperature_has_a_lower_log_loss():
    for seed in range(8):
        labels, logits = drawn(0.2 + seed, 30, seed)
        found = log_loss(labels, logits / fit_temperature(labels, logits))
        assert found <= log_loss(labels, logits)
        for other in np.geomspace(1 / 20, 20, 50):
            assert found <= log_loss(labels, logits / other) + 1e-9


def test_the_temperature_is_symmetric_in_the_classes_and_scales_with_the_logits():
    fitted = fit_temperature(LABELS, LOGITS)
    assert fit_temperature(1 - LABELS, -LOGITS) == pytest.approx(fitted, rel=1e-5)
    assert fit_temperature(LABELS, 3 * LOGITS) == pytest.approx(3 * fitted, rel=1e-5)


def test_temperature_scaling_does_not_change_accuracy_and_auc():
    scaled = evaluate_logits(LABELS, LOGITS / fit_temperature(LABELS, LOGITS))
    before = evaluate_logits(LABELS, LOGITS)
    for key in ("accuracy", "confusion_matrix"):
        assert scaled[key] == before[key]
    assert scaled["auc"] == pytest.approx(before["auc"], abs=1e-12)
    for key, value in temperature_scaled_metrics(LABELS, LOGITS, 1.0).items():
        assert value == before[key]
    assert scaled["expected_calibration_error"] < before["expected_calibration_error"]


def test_without_a_finite_best_temperature_it_stays_within_bounds():
    for labels, logits, expected in (
        ([1, 0], [3.0, -0.1], 1.0),  # all right: the loss has no minimum
        ([1, 0], [0.0, 0.0], 1.0),  # no temperature changes anything
        ([0, 1], [3.0, -0.1], 20.0),  # all wrong
        ([1] * 999 + [0], [0.5] * 999 + [1e-9], 1 / 20),
    ):
        assert fit_temperature(labels, logits) == pytest.approx(expected, rel=0.5)
        assert 1 / 20 <= fit_temperature(labels, logits) <= 20


def test_several_classes_without_a_mistake_keep_their_temperature():
    """However different the largest logits of the reviews are: there is no best one."""
    assert fit_temperature([0, 1], [[9.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) == 1.0
    assert fit_temperature([0, 1, 2], [[9.0, 0.0, 0.0], [0.0, 1.0, 0.0], [2.0, 0.0, 1.0]]) != 1.0


def test_the_threshold_is_the_lowest_with_the_precision():
    for precision in (0.3, 0.5, 0.8, 0.95, 0.99):
        rule = decision_rule(LABELS, LOGITS, precision=("positive", precision))
        positive = rule.verdicts(LOGITS) == "positive"
        assert LABELS[positive].mean() >= precision
        for lower in np.sort(LOGITS[~positive])[::-7]:
            assert LABELS[lower <= LOGITS].mean() < precision


def test_an_unreachable_precision_is_refused_and_the_highest_one_named():
    with pytest.raises(ConfigError, match=r"0\.9 on the 4 validation reviews, 0\.6667 at most"):
        decision_rule([0, 1, 1, 0], [3.0, 2.0, 1.0, -1.0], precision=("positive", 0.9))


def test_tied_reviews_are_on_the_same_side_of_a_threshold():
    labels, logits = [1, 1, 0, 0], [2.0, 1.0, 1.0, 0.0]
    assert precision_threshold(labels, logits, 1.0) == 1.0
    assert precision_threshold(labels, logits, 0.6) == 0.0


def test_the_abstention_rate_is_reached_by_the_least_confident_reviews():
    for rate, precision in product((0.001, 0.1, 0.5, 0.99), (None, ("positive", 0.9))):
        rule = decision_rule(LABELS, LOGITS, DecisionRule(), rate, precision)
        unsure = rule.verdicts(LOGITS) == "unsure"
        assert unsure.sum() == int(rate * len(LOGITS))
        distance = np.abs(LOGITS - (rule.threshold or 0.0))
        assert distance[unsure].max(initial=0.0) < distance[~unsure].min()
        without = decision_rule(LABELS, LOGITS, DecisionRule(), 0.0, precision).verdicts(LOGITS)
        np.testing.assert_array_equal(rule.verdicts(LOGITS)[~unsure], without[~unsure])


def test_by_default_a_verdict_is_the_sign_of_the_logit():
    assert decision_rule(LABELS, LOGITS) == DecisionRule()
    assert DecisionRule().verdicts([-1e-9, 0.0, 1e-9]).tolist() == [
        "negative", "negative", "positive",
    ]  # fmt: skip
    assert DecisionRule().verdicts([]).shape == (0,)
    with pytest.raises(ConfigError, match="below 1, not 1"):
        decision_rule(LABELS, LOGITS, abstention_rate=1.0)


def test_the_coverage_curve_starts_with_the_most_confident_and_ends_at_the_accuracy():
    coverage, accuracy = coverage_curve(LABELS, LOGITS)
    right = (LOGITS > 0) == LABELS
    assert coverage[-1] == 1.0 and accuracy[-1] == pytest.approx(right.mean())
    assert accuracy[0] == right[np.argmax(np.abs(LOGITS))]
    confident = np.argsort(-np.abs(LOGITS))[:150]
    assert accuracy[149] == pytest.approx(right[confident].mean())
    assert (np.diff(coverage) > 0).all()


def test_the_coverage_curve_depends_neither_on_the_order_nor_on_the_temperature():
    logits = np.round(LOGITS)  # many tie
    expected = coverage_curve(LABELS, logits)
    order = RANDOM.permutation(len(LABELS))
    for labels, same in ((LABELS[order], logits[order]), (LABELS, logits / 3)):
        np.testing.assert_allclose(coverage_curve(labels, same), expected)
    assert set(coverage_curve([0, 1, 1], [2.0, 2.0, 2.0])[1]) == {2 / 3}


def test_accuracy_by_coverage_has_a_row_with_an_interval_for_each_coverage():
    rows = accuracy_by_coverage(LABELS, LOGITS)
    assert [row["coverage"] for row in rows] == [1.0, 0.95, 0.9, 0.8, 0.7, 0.5]
    assert [row["reviews"] for row in rows] == [1500, 1425, 1350, 1200, 1050, 750]
    assert rows[0]["accuracy"] == pytest.approx(evaluate_logits(LABELS, LOGITS)["accuracy"])
    for row in rows:
        assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]
    (one,) = accuracy_by_coverage([1], [2.0], coverages=[0.01])
    assert (one["reviews"], one["accuracy"]) == (1, 1.0)
