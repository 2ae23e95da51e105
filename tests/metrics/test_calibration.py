"""Calibration: what a temperature changes and what it does not, thresholds that keep their word."""

import numpy as np
import pytest

from imdb_lstm.errors import ConfigError
from imdb_lstm.metrics.calibration import accuracy_by_coverage, coverage_curve, fit_temperature, temperature_scaled_metrics
from imdb_lstm.metrics.classification import evaluate_logits, log_loss, sigmoid
from imdb_lstm.metrics.decision_rule import DecisionRule, decision_rule, precision_threshold

RANDOM = np.random.default_rng(11)


def drawn(temperature, reviews, seed=0):
    """Labels, and logits that are right about them once divided by the temperature."""
    random = np.random.default_rng(seed)
    logits = random.normal(0.0, 2.5, reviews)
    return (random.random(reviews) < sigmoid(logits)).astype(int), logits * temperature


LABELS, LOGITS = drawn(1.7, 1_500)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5, 9.0])
def test_the_temperature_that_made_the_logits_is_found_again(temperature):
    labels, logits = drawn(temperature, 60_000)
    assert fit_temperature(labels, logits) == pytest.approx(temperature, rel=0.03)


@pytest.mark.parametrize("seed", range(8))
def test_no_temperature_has_a_lower_log_loss_least_of_all_none(seed):
    labels, logits = drawn(0.2 + seed, 30, seed)
    fitted = fit_temperature(labels, logits)
    found = log_loss(labels, logits / fitted)
    assert found <= log_loss(labels, logits)
    for other in np.geomspace(1 / 20, 20, 50):
        assert found <= log_loss(labels, logits / other) + 1e-9


def test_it_does_not_depend_on_what_is_called_positive_and_follows_the_scale():
    fitted = fit_temperature(LABELS, LOGITS)
    assert fit_temperature(1 - LABELS, -LOGITS) == pytest.approx(fitted, rel=1e-5)
    assert fit_temperature(LABELS, 3 * LOGITS) == pytest.approx(3 * fitted, rel=1e-5)


def test_accuracy_and_ranking_stay_as_they_are():
    tempered = evaluate_logits(LABELS, LOGITS / fit_temperature(LABELS, LOGITS))
    before = evaluate_logits(LABELS, LOGITS)
    for key in ("accuracy", "confusion_matrix"):
        assert tempered[key] == before[key]
    assert tempered["auc"] == pytest.approx(before["auc"], abs=1e-12)
    for key, value in temperature_scaled_metrics(LABELS, LOGITS, 1.0).items():
        assert value == before[key]
    assert tempered["expected_calibration_error"] < before["expected_calibration_error"]


@pytest.mark.parametrize(
    ("labels", "logits", "expected"),
    [
        ([1, 0], [3.0, -0.1], 1.0),  # all right: the colder the better, without end
        ([1, 0], [0.0, 0.0], 1.0),  # no temperature changes anything
        ([0, 1], [3.0, -0.1], 20.0),  # all wrong: nothing to be sure of
        ([1] * 999 + [0], [0.5] * 999 + [1e-9], 1 / 20),
    ],
)
def test_where_no_finite_temperature_is_best_it_stays_within_bounds(labels, logits, expected):
    assert fit_temperature(labels, logits) == pytest.approx(expected, rel=0.5)
    assert 1 / 20 <= fit_temperature(labels, logits) <= 20


@pytest.mark.parametrize("precision", [0.3, 0.5, 0.8, 0.95, 0.99])
def test_the_threshold_is_the_lowest_with_the_precision(precision):
    rule = decision_rule(LABELS, LOGITS, positive_precision=precision)
    positive = rule.verdicts(LOGITS) == "positive"
    assert LABELS[positive].mean() >= precision
    for lower in np.sort(LOGITS[~positive])[::-7]:
        assert LABELS[lower <= LOGITS].mean() < precision


def test_a_precision_out_of_reach_is_refused_with_what_is_within():
    with pytest.raises(ConfigError, match=r"0\.9 on the 4 validation reviews, 0\.6667 at most"):
        decision_rule([0, 1, 1, 0], [3.0, 2.0, 1.0, -1.0], positive_precision=0.9)


def test_reviews_that_tie_are_above_a_threshold_together():
    labels, logits = [1, 1, 0, 0], [2.0, 1.0, 1.0, 0.0]
    assert precision_threshold(labels, logits, 1.0) == 1.0
    assert precision_threshold(labels, logits, 0.6) == 0.0


@pytest.mark.parametrize("precision", [None, 0.9])
@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.99])
def test_the_share_asked_for_is_unsure_and_is_the_least_certain(share, precision):
    rule = decision_rule(LABELS, LOGITS, share, precision)
    unsure = rule.verdicts(LOGITS) == "unsure"
    assert unsure.sum() == int(share * len(LOGITS))
    distance = np.abs(LOGITS - rule.threshold)
    assert distance[unsure].max(initial=0.0) < distance[~unsure].min()
    without = decision_rule(LABELS, LOGITS, 0.0, precision).verdicts(LOGITS)
    np.testing.assert_array_equal(rule.verdicts(LOGITS)[~unsure], without[~unsure])


def test_without_a_wish_a_verdict_is_the_sign_of_the_logit():
    assert decision_rule(LABELS, LOGITS) == DecisionRule()
    assert DecisionRule().verdicts([-1e-9, 0.0, 1e-9]).tolist() == [
        "negative", "negative", "positive",
    ]  # fmt: skip
    assert DecisionRule().verdicts([]).shape == (0,)
    with pytest.raises(ConfigError, match="below 1, not 1"):
        decision_rule(LABELS, LOGITS, abstention_rate=1.0)


def test_the_coverage_curve_ends_at_the_accuracy_and_begins_with_the_surest():
    coverage, accuracy = coverage_curve(LABELS, LOGITS)
    right = (LOGITS > 0) == LABELS
    assert coverage[-1] == 1.0 and accuracy[-1] == pytest.approx(right.mean())
    assert accuracy[0] == right[np.argmax(np.abs(LOGITS))]
    surest = np.argsort(-np.abs(LOGITS))[:150]
    assert accuracy[149] == pytest.approx(right[surest].mean())
    assert (np.diff(coverage) > 0).all()


def test_the_coverage_curve_knows_neither_the_order_nor_the_temperature():
    logits = np.round(LOGITS)  # many tie
    expected = coverage_curve(LABELS, logits)
    order = RANDOM.permutation(len(LABELS))
    for labels, same in ((LABELS[order], logits[order]), (LABELS, logits / 3)):
        np.testing.assert_allclose(coverage_curve(labels, same), expected)
    assert set(coverage_curve([0, 1, 1], [2.0, 2.0, 2.0])[1]) == {2 / 3}


def test_accuracy_by_coverage_has_the_rows_asked_for_with_intervals_around_them():
    rows = accuracy_by_coverage(LABELS, LOGITS)
    assert [row["coverage"] for row in rows] == [1.0, 0.95, 0.9, 0.8, 0.7, 0.5]
    assert [row["reviews"] for row in rows] == [1500, 1425, 1350, 1200, 1050, 750]
    assert rows[0]["accuracy"] == pytest.approx(evaluate_logits(LABELS, LOGITS)["accuracy"])
    for row in rows:
        assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]
    (one,) = accuracy_by_coverage([1], [2.0], coverages=[0.01])
    assert (one["reviews"], one["accuracy"]) == (1, 1.0)
