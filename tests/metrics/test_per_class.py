"""Tests of the metrics of three and more classes: against scikit-learn, on random data."""

import json

import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics
from sklearn.calibration import calibration_curve

from imdb_lstm.metrics.calibration import (
    accuracy_by_coverage,
    fit_temperature,
    fit_vector_scaling,
    temperature_scaled_metrics,
)
from imdb_lstm.metrics.classification import (
    class_calibration_error,
    commonest_share,
    evaluate_logits,
    log_loss,
    mcnemar,
)
from imdb_lstm.metrics.contrast_pairs import pair_consistency
from imdb_lstm.metrics.label_errors import likely_label_errors
from imdb_lstm.metrics.per_class import average_metrics, most_confused
from imdb_lstm.metrics.subgroups import accuracy_by_group

CLASSES = (3, 8, 20)


def several(classes: int, seed: int = 0, reviews: int = 600):
    """Return labels, not equally frequent, and logits of a fairly good model."""
    random = np.random.default_rng(seed)
    labels = random.choice(classes, size=reviews, p=softmax(np.arange(classes) / classes))
    labels[:classes] = np.arange(classes)
    return labels, 2 * random.normal(size=(reviews, classes)) + 2 * np.eye(classes)[labels]


@pytest.mark.parametrize("classes", CLASSES)
def test_metrics_of_several_classes_equal_those_of_scikit_learn(classes):
    labels, logits = several(classes)
    shares, said = softmax(logits, axis=1), logits.argmax(axis=1)
    found = evaluate_logits(labels, logits, scale=list(range(classes)))
    one = np.eye(classes)[labels]
    expected = {
        "accuracy": metrics.accuracy_score(labels, said),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, said),
        "macro_f1": metrics.f1_score(labels, said, average="macro"),
        "weighted_f1": metrics.f1_score(labels, said, average="weighted"),
        "log_loss": metrics.log_loss(labels, shares),
        "brier_score": metrics.brier_score_loss(labels, shares),
        "auc": metrics.roc_auc_score(labels, shares, multi_class="ovr"),
        "mean_absolute_error": metrics.mean_absolute_error(labels, said),
        "quadratic_kappa": metrics.cohen_kappa_score(labels, said, weights="quadratic"),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-12), name
    assert found["brier_score"] == pytest.approx(((shares - one) ** 2).sum(axis=1).mean())
    assert found["confusion_matrix"] == metrics.confusion_matrix(labels, said).tolist()
    columns = metrics.precision_recall_fscore_support(labels, said, zero_division=0.0)
    for row, *values in zip(found["by_class"], *columns, strict=True):
        assert [row[n] for n in ("precision", "recall", "f1", "reviews")] == pytest.approx(values)
    areas = [metrics.roc_auc_score(labels == k, shares[:, k]) for k in range(classes)]
    assert [row["auc"] for row in found["by_class"]] == pytest.approx(areas)
    assert json.loads(json.dumps(found)) == found


def test_every_interval_holds_its_value():
    labels, logits = several(5, reviews=200)
    found = evaluate_logits(labels, logits, scale=[1, 2, 3, 7, 8])
    rows = [found, *found["by_class"]]
    ends = [(row, name) for row in rows for name in row if f"{name}_low" in row]
    assert len(ends) == 6 + 5 * 3
    for row, name in ends:
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"], name


def test_the_distance_of_ordered_classes_is_that_of_their_numbers():
    labels, logits = several(4)
    scale = [1.0, 2.0, 7.0, 10.0]
    found = evaluate_logits(labels, logits, scale=scale)["mean_absolute_error"]
    values = np.array(scale)
    expected = np.abs(values[labels] - values[logits.argmax(axis=1)]).mean()
    assert found == pytest.approx(expected)


def test_independent_predictions_have_a_kappa_of_zero():
    assert average_metrics([[5, 0, 0]] * 3, [0, 1, 2])["quadratic_kappa"] == 0.0
    assert average_metrics([[9, 0, 0], [0, 0, 0], [0, 0, 0]], [0, 1, 2])["quadratic_kappa"] == 0.0


@pytest.mark.parametrize("said", [[0, 1, 0], [0, 1, 2]])
@pytest.mark.parametrize("labels", [[0, 1, 1], [0, 2, 1], [1, 1, 1]])
def test_the_mean_f1_is_of_the_classes_that_occur_in_either(labels, said):
    matrix = metrics.confusion_matrix(labels, said, labels=[0, 1, 2])
    expected = metrics.f1_score(labels, said, average="macro", zero_division=0.0)
    assert average_metrics(matrix)["macro_f1"] == pytest.approx(expected)


@pytest.mark.filterwarnings("error")
def test_a_class_that_does_not_occur_is_no_error():
    found = evaluate_logits([0, 1, 1], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [2.0, 0.0, 0.0]])
    assert found["auc"] is None and found["by_class"][2]["auc"] is None
    assert found["by_class"][2]["reviews"] == 0 and found["by_class"][2]["recall_low"] is None
    assert found["balanced_accuracy"] == 0.75
    assert found["macro_f1"] == pytest.approx(
        metrics.f1_score([0, 1, 1], [0, 1, 0], average="macro")
    )
    assert commonest_share(found) == pytest.approx(2 / 3)


def test_the_class_calibration_error_is_the_mean_over_classes():
    labels, logits = several(3, reviews=2_000)
    errors = []
    for k in range(3):
        shares = softmax(logits, axis=1)[:, k]
        real, mean = calibration_curve(labels == k, shares, n_bins=15)
        counts = np.histogram(shares, np.linspace(0, 1, 16))[0]
        errors.append((np.abs(real - mean) * counts[counts > 0]).sum() / len(labels))
    assert class_calibration_error(labels, logits) == pytest.approx(np.mean(errors))


def test_a_temperature_and_a_vector_undo_what_was_done_to_the_logits():
    labels, logits = several(4, reviews=4_000)
    plain = fit_temperature(labels, logits)
    assert fit_temperature(labels, 3 * logits) == pytest.approx(3 * plain, rel=1e-4)
    assert temperature_scaled_metrics(labels, logits, plain)["log_loss"] < log_loss(labels, logits)
    factors, biases = fit_vector_scaling(labels, logits)
    scaled = log_loss(labels, logits * factors + biases)
    assert scaled <= temperature_scaled_metrics(labels, logits, plain)["log_loss"]
    moved = np.array([0.0, 3.0, 0.0, -3.0])
    factors, biases = fit_vector_scaling(labels, logits + moved)
    again = log_loss(labels, (logits + moved) * factors + biases)
    assert again == pytest.approx(scaled, rel=1e-2)
    assert fit_temperature([0, 1, 2], 5 * np.eye(3)) == 1.0


def test_selective_accuracy_and_mcnemar_go_by_the_predicted_class():
    labels, logits = several(3)
    rows = accuracy_by_coverage(labels, logits)
    assert rows[0]["accuracy"] == pytest.approx((logits.argmax(axis=1) == labels).mean())
    assert rows[-1]["accuracy"] > rows[0]["accuracy"]
    other = np.roll(logits, 1, axis=1)
    found = mcnemar(labels, logits, other)
    right, also = logits.argmax(axis=1) == labels, other.argmax(axis=1) == labels
    assert found["only_a_right"] == (right & ~also).sum()
    assert found["only_b_right"] == (also & ~right).sum()
    groups = accuracy_by_group(labels, logits, ["a", "b"] * 300)
    assert sum(row["accuracy"] * 300 for row in groups) == pytest.approx(right.sum())


def test_pairs_have_two_different_labels_of_any_classes():
    logits = 4 * np.eye(3)[[0, 2, 1, 1]]
    found = pair_consistency([0, 2, 0, 1], logits, ["a", "a", "b", "b"])
    assert (found["pairs"], found["both_right"], found["same_verdict"]) == (2, 0.5, 0.5)


def test_a_swapped_label_is_found_among_several_classes():
    labels, logits = several(4, reviews=300)
    labels = logits.argmax(axis=1)
    wrong = labels.copy()
    wrong[7] = (labels[7] + 1) % 4
    sure = logits * 4
    assert 7 in likely_label_errors(wrong, sure).tolist()[:3]


def test_the_most_confused_pairs_come_first_and_those_never_confused_not_at_all():
    labels, logits = several(8)
    matrix = metrics.confusion_matrix(labels, logits.argmax(axis=1))
    found = most_confused(matrix.tolist())
    counts = [count for _, _, count in found]
    assert counts == sorted(counts, reverse=True) and len(found) == 10
    off = matrix[~np.eye(8, dtype=bool)]
    assert counts == sorted(off.tolist(), reverse=True)[:10]
    assert most_confused([[3, 0, 0], [0, 1, 0], [0, 0, 2]]) == []
