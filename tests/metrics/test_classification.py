"""Metrics against scikit-learn, against values computed by hand, and on invalid input."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as reference

from imdb_lstm.metrics.classification import (
    brier_score,
    calibration_bins,
    evaluate_logits,
    expected_calibration_error,
    log_loss,
    mcnemar,
    top_label_bins,
)
from imdb_lstm.metrics.intervals import accuracy_interval
from imdb_lstm.metrics.logits import sigmoid
from imdb_lstm.metrics.subgroups import LENGTH_NAMES, accuracy_by_group, length_group

SEEDS = range(5)


def make_predictions(seed, reviews=237):
    """Return labels and logits of a fairly good model, with tied logits among them."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, reviews)
    logits = random.normal((2 * labels - 1) * 1.3, 2.0).round(1)
    return labels, logits


def make_calibrated(reviews=200_000):
    """Return labels drawn with the probabilities of the logits."""
    random = np.random.default_rng(7)
    logits = random.normal(0.0, 2.0, reviews)
    return (random.random(reviews) < sigmoid(logits)).astype(int), logits


@pytest.mark.slow
def test_importing_light_modules_imports_neither_keras_nor_scikit_learn():
    package = Path(__file__).parents[2] / "imdb_lstm"
    names = [
        f"imdb_lstm.{room}.{path.stem}"
        for room in ("metrics", "text", "config")
        for path in (package / room).glob("[!_]*.py")
    ] + [f"imdb_lstm.runs.{name}" for name in ("find", "manifest", "files")]
    heavy = {"keras", "tensorflow", "torch", "sklearn", "scipy"}
    code = f"import sys, {', '.join(names)}; print({heavy} & set(sys.modules))"
    printed = subprocess.check_output([sys.executable, "-c", code], cwd=package.parent, text=True)
    assert printed.strip() == "set()"


@pytest.mark.filterwarnings("error")
def test_sigmoid_is_accurate_and_quiet_on_both_sides():
    logits = np.array([-800.0, -700.0, -30.0, -1.0, 0.0, 1.0, 30.0, 800.0])
    values = sigmoid(logits)
    small = [math.exp(x) / (1.0 + math.exp(x)) for x in logits[:4]]
    np.testing.assert_allclose(values[:4], small, rtol=1e-14)
    np.testing.assert_array_equal(values[4:], [0.5, *(1.0 / (1.0 + np.exp(-logits[5:7]))), 1.0])
    np.testing.assert_allclose(values + sigmoid(-logits), 1.0, rtol=1e-15)


def test_sigmoid_keeps_the_shape_and_returns_float64():
    values = sigmoid(np.zeros((2, 3), dtype=np.float32))
    assert values.shape == (2, 3)
    assert values.dtype == np.float64


def test_wilson_interval_hand_values():
    assert accuracy_interval(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=5e-8)
    assert accuracy_interval(0, 10) == pytest.approx((0.0, 0.2775328), abs=5e-8)
    assert accuracy_interval(10, 10) == pytest.approx((0.7224672, 1.0), abs=5e-8)


def test_wilson_interval_solves_its_defining_equation():
    """The ends are the accuracies p with |share - p| = z * sqrt(p * (1 - p) / n)."""
    z = 1.959963984540054  # 95 %, two-sided
    for end in accuracy_interval(37, 41):
        assert abs(37 / 41 - end) == pytest.approx(z * math.sqrt(end * (1 - end) / 41))


def test_wilson_interval_contains_the_accuracy_inside_zero_and_one():
    for total in (1, 2, 17, 25_000):
        for correct in (0, 1, total // 2, total - 1, total):
            low, high = accuracy_interval(correct, total)
            assert 0.0 <= low <= correct / total <= high <= 1.0


def test_wilson_interval_refuses_impossible_counts():
    for correct, total in ((0, 0), (-1, 5), (6, 5)):
        with pytest.raises(ValueError, match=f"{correct} of {total} reviews have no interval"):
            accuracy_interval(correct, total)


@pytest.mark.parametrize("seed", SEEDS)
def test_evaluate_logits_agrees_with_scikit_learn(seed):
    labels, logits = make_predictions(seed)
    report = evaluate_logits(labels, logits)
    probability, predicted = sigmoid(logits), logits > 0
    expected = {
        "accuracy": reference.accuracy_score(labels, predicted),
        "log_loss": reference.log_loss(labels, probability),
        "auc": reference.roc_auc_score(labels, logits),
        "f1": reference.f1_score(labels, predicted),
        "precision": reference.precision_score(labels, predicted),
        "recall": reference.recall_score(labels, predicted),
        "brier_score": reference.brier_score_loss(labels, probability),
        "positive_fraction": labels.mean(),
    }
    assert {name: report[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    assert report["confusion_matrix"] == reference.confusion_matrix(labels, predicted).tolist()


def test_the_area_under_the_curve_counts_a_tie_half():
    """Against the definition: P(a positive review scores above a negative one)."""
    labels, logits = make_predictions(6)
    difference = logits[labels == 1][:, None] - logits[labels == 0]
    area = np.mean((difference > 0) + 0.5 * (difference == 0))
    assert evaluate_logits(labels, logits)["auc"] == pytest.approx(area, rel=1e-12)


def test_a_threshold_moves_the_verdicts_and_nothing_else():
    labels, logits = make_predictions(3)
    plain = evaluate_logits(labels, logits)
    independent = ("log_loss", "auc", "brier_score", "expected_calibration_error")
    for threshold in (-1.5, 0.25, 2.0):
        found = evaluate_logits(labels, logits, threshold)
        assert {name: found[name] for name in independent} == {
            name: plain[name] for name in independent
        }
        moved = evaluate_logits(labels, logits - threshold)
        for name in set(found) - set(independent):
            assert found[name] == moved[name]
        predicted = logits > threshold
        wanted = reference.balanced_accuracy_score(labels, predicted)
        assert found["balanced_accuracy"] == pytest.approx(wanted, rel=1e-12)


def test_the_balanced_accuracy_of_one_label_is_its_recall():
    assert evaluate_logits([1, 1, 1, 1], [1.0, 1.0, 1.0, -1.0])["balanced_accuracy"] == 0.75


def test_the_metrics_have_fixed_keys_and_survive_json():
    labels, logits = make_predictions(0)
    report = evaluate_logits(labels, logits.astype(np.float32))
    assert list(report) == [
        "reviews", "accuracy", "accuracy_low", "accuracy_high", "log_loss", "brier_score",
        "expected_calibration_error", "confusion_matrix", "balanced_accuracy", "auc", "f1",
        "precision", "recall", "positive_fraction",
    ]  # fmt: skip
    assert json.loads(json.dumps(report)) == report


@pytest.mark.filterwarnings("error")
def test_one_class_only_has_no_auc_and_no_warning():
    report = evaluate_logits([0, 0, 0], [-1.0, -2.0, -3.0])
    assert report["auc"] is None
    assert (report["precision"], report["recall"], report["f1"]) == (0.0, 0.0, 0.0)
    assert (report["accuracy"], report["confusion_matrix"]) == (1.0, [[3, 0], [0, 0]])


def test_logit_of_zero_is_predicted_negative_everywhere():
    assert evaluate_logits([0], [0.0])["accuracy"] == 1.0
    assert accuracy_by_group([0], [0.0], ["a"])[0]["accuracy"] == 1.0
    assert mcnemar([0], [0.0], [1.0])["only_a_right"] == 1


def test_log_loss_of_a_confident_error_is_the_logit_itself():
    assert log_loss([0, 1], [5000.0, -3000.0]) == 4000.0


def test_calibration_bins_against_a_plain_loop():
    labels, logits = make_predictions(3)
    found = calibration_bins(labels, logits, bins=7)
    probability = sigmoid(logits)
    for index in range(7):
        inside = (probability > found.edges[index]) & (probability <= found.edges[index + 1])
        assert found.count[index] == inside.sum()
        means = found.mean_probability[index], found.fraction_positive[index]
        assert means == pytest.approx((probability[inside].mean(), labels[inside].mean()))


@pytest.mark.filterwarnings("error")
def test_calibration_bins_keep_extremes_edges_and_empty_bins():
    found = calibration_bins([0, 0, 1], [-1e9, 0.0, 1e9], bins=4)  # P = 0, 0.5 and 1
    assert found.count.tolist() == [1, 1, 0, 1]
    assert found.fraction_positive[[0, 1, 3]].tolist() == [0.0, 0.0, 1.0]
    assert np.isnan(found.mean_probability[2])
    assert np.isnan(found.fraction_positive[2])


def test_expected_calibration_error_by_hand():
    """Four bins; confidences 0.6, 0.6 (one right) and 0.9, 0.8, 0.8 (two right)."""
    confidence = np.array([0.6, 0.6, 0.9, 0.8, 0.8])
    sign = np.array([1, -1, 1, -1, -1])
    logits = sign * np.log(confidence / (1 - confidence))
    labels = [1, 1, 1, 0, 1]
    by_hand = 2 / 5 * abs(1 / 2 - 0.6) + 3 / 5 * abs(2 / 3 - 2.5 / 3)
    assert expected_calibration_error(labels, logits, bins=4) == pytest.approx(by_hand)


def test_expected_calibration_error_is_small_only_when_calibrated():
    labels, logits = make_calibrated()
    assert expected_calibration_error(labels, logits) < 0.005
    assert expected_calibration_error(labels, 3 * logits) > 0.05


def test_swapping_the_classes_changes_no_symmetric_metric():
    labels, logits = make_predictions(2)
    logits += 0.05  # no logit of exactly 0
    one = evaluate_logits(labels, logits)
    other = evaluate_logits(1 - labels, -logits)
    for name in ("accuracy", "log_loss", "auc", "brier_score", "expected_calibration_error"):
        assert one[name] == pytest.approx(other[name], rel=1e-12)


def test_bins_must_be_positive():
    for function in (calibration_bins, expected_calibration_error):
        with pytest.raises(ValueError, match="bins"):
            function([0, 1], [0.0, 1.0], bins=0)


def test_accuracy_by_group_adds_up_to_the_whole():
    labels, logits = make_predictions(4)
    groups = np.random.default_rng(0).integers(1, 11, len(labels))
    rows = accuracy_by_group(labels, logits, groups)
    assert [row["group"] for row in rows] == list(range(1, 11))
    assert sum(row["reviews"] for row in rows) == len(labels)
    correct = sum(row["reviews"] * row["accuracy"] for row in rows)
    assert correct == pytest.approx(np.sum((logits > 0) == labels))
    for row in rows:
        inside = groups == row["group"]
        whole = evaluate_logits(labels[inside], logits[inside])
        assert all(row[key] == whole[key] for key in ("accuracy", "accuracy_low", "accuracy_high"))
    assert json.loads(json.dumps(rows)) == rows


def test_accuracy_by_group_keeps_length_groups_in_natural_order():
    tokens = np.array([900, 1, 100, 101, 200, 201, 400, 401, 800, 801])
    names = length_group(tokens)
    assert names[1:].tolist() == [
        "1-100", "1-100", "101-200", "101-200", "201-400", "201-400", "401-800", "401-800", "801+",
    ]  # fmt: skip
    rows = accuracy_by_group(np.ones(10, int), np.ones(10), names)
    assert tuple(row["group"] for row in rows) == LENGTH_NAMES
    more = accuracy_by_group([1, 1, 1], [1.0, 1.0, 1.0], ["1000+", "99", "part 10"])
    assert [row["group"] for row in more] == ["99", "1000+", "part 10"]


def test_accuracy_by_group_refuses_a_wrong_number_of_groups():
    with pytest.raises(ValueError, match="one group per review"):
        accuracy_by_group([0, 1], [0.0, 1.0], ["a"])


def test_length_group_refuses_invalid_lengths():
    for tokens in ([0], [-3, 5], [1.5]):
        with pytest.raises(ValueError, match="tokens"):
            length_group(np.array(tokens))


def test_mcnemar_by_hand():
    """Model a alone is right 1 time, b alone 9 times: p = 2 * (1 + 10) / 2 ** 10."""
    labels = np.ones(15, dtype=int)
    a_right = np.array([1] + [0] * 9 + [1] * 3 + [0] * 2)
    b_right = np.array([0] + [1] * 9 + [1] * 3 + [0] * 2)
    result = mcnemar(labels, 2.0 * a_right - 1.0, 2.0 * b_right - 1.0)
    assert result == {"only_a_right": 1, "only_b_right": 9, "p_value": pytest.approx(22 / 1024)}


def test_mcnemar_is_symmetric_and_one_without_difference():
    labels, logits = make_predictions(0)
    _, other = make_predictions(1)
    assert mcnemar(labels, logits, logits)["p_value"] == 1.0
    forward, backward = (
        mcnemar(labels, logits, other),
        mcnemar(labels, other, logits),
    )
    assert forward["p_value"] == backward["p_value"]
    assert forward["only_a_right"] == backward["only_b_right"]


BAD_INPUT = {
    "different shapes": ([0, 1], [0.0], "same shape"),
    "a column of logits": ([0, 1], [[0.0], [1.0]], "same shape"),
    "empty": ([], [], "empty"),
    "not a number": ([0, 1], [0.0, math.nan], "1 of 2 logits are not finite"),
    "infinite": ([0, 1], [math.inf, -math.inf], "2 of 2 logits are not finite"),
    "label of 2": ([0, 2], [0.0, 1.0], "labels must be 0 or 1"),
    "label of -1": ([-1, 1], [0.0, 1.0], "labels must be 0 or 1"),
    "half a label": ([0.5, 1.0], [0.0, 1.0], "labels must be 0 or 1"),
    "label as text": (["neg", "pos"], [0.0, 1.0], "labels must be 0 or 1"),
}
FUNCTIONS = {
    "log_loss": log_loss,
    "brier_score": brier_score,
    "calibration_bins": calibration_bins,
    "expected_calibration_error": expected_calibration_error,
    "evaluate_logits": evaluate_logits,
    "accuracy_by_group": lambda labels, logits: accuracy_by_group(
        labels, logits, ["a"] * len(labels)
    ),
    "mcnemar": lambda labels, logits: mcnemar(labels, logits, logits),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_invalid_input_raises_an_error_of_one_line(name):
    for labels, logits, message in BAD_INPUT.values():
        with pytest.raises(ValueError, match=message) as caught:
            FUNCTIONS[name](np.array(labels), np.array(logits))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("classes", [2, 4])
def test_bins_of_the_top_label_hold_every_review_and_give_the_calibration_error(classes):
    random = np.random.default_rng(7)
    logits = random.normal(size=(300, classes) if classes > 2 else 300) * 2
    labels = random.integers(classes, size=300)
    found = top_label_bins(labels, logits, 10)
    gaps = np.nan_to_num(np.abs(found.fraction_positive - found.mean_probability))
    assert found.count.sum() == 300
    error = (gaps * found.count).sum() / 300
    assert error == pytest.approx(expected_calibration_error(labels, logits, 10))
