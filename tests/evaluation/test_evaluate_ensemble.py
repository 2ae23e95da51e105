"""Evaluation of ensembles, and McNemar's test between evaluations."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from imdb_lstm.errors import ConfigError
from imdb_lstm.evaluation.evaluate import (
    evaluate,
    evaluate_ensemble,
    mcnemar_tests,
)
from imdb_lstm.evaluation.writing import write_evaluation
from imdb_lstm.inference.ensemble import (
    ensemble_logits,
    ensemble_temperature,
    logit_deviations,
    temperatures,
)
from imdb_lstm.runs.find import find_run
from imdb_lstm.training.train import train


@pytest.fixture(scope="module")
def pair(tiny_run, tiny_ngrams):
    """Evaluations of a network and an n-gram run on the same reviews."""
    return [evaluate(run, device="cpu") for run in (tiny_run, tiny_ngrams)]


@pytest.mark.slow
def test_an_ensemble_has_the_metrics_of_its_joint_logits(pair, tmp_path):
    deviations = logit_deviations([member.run for member in pair])
    joint = evaluate_ensemble(pair, deviations)
    expected = ensemble_logits([member.logits for member in pair], deviations)
    np.testing.assert_array_equal(joint.logits, expected)
    right = (expected > 0) == joint.reviews.labels
    assert joint.metrics["accuracy"] == pytest.approx(right.mean())
    assert joint.metrics["members"] == ["tiny", "ngrams"]
    own = temperatures([member.run for member in pair])
    assert joint.metrics["temperature"] == ensemble_temperature(own, deviations)
    assert [(row["a"], row["b"]) for row in joint.metrics["comparisons"]] == [
        ("tiny", "ngrams"), ("tiny", "ensemble"), ("ngrams", "ensemble"),
    ]  # fmt: skip
    folder = write_evaluation(joint, tmp_path)
    assert json.loads((folder / "metrics.json").read_text())["members"] == ["tiny", "ngrams"]
    assert (folder / "figures" / "calibration.png").exists()
    assert not (folder / "figures" / "history.png").exists()


@pytest.mark.slow
def test_an_ensemble_is_written_beside_its_runs_and_is_not_found_as_a_run(home):
    runs = home / "saved_models"
    shutil.copytree(runs / "tiny", runs / "twin")
    members = [evaluate(runs / name, device="cpu") for name in ("tiny", "twin")]
    deviations = logit_deviations([member.run for member in members])
    folder = write_evaluation(evaluate_ensemble(members, deviations))
    assert folder == runs / "tiny+twin" / "evaluation" / "tiny-test"
    assert find_run(None, runs).name in ("tiny", "twin")


def test_mcnemar_compares_every_two_evaluations_of_the_same_reviews(pair):
    first, second = pair
    labels = first.reviews.labels
    wrong = replace(second, logits=np.where(labels, -1.0, 1.0))
    right = replace(first, logits=-wrong.logits)
    assert mcnemar_tests([right, wrong]) == [
        {"a": "tiny", "b": "ngrams", "only_a_right": 12, "only_b_right": 0,
         "p_value": pytest.approx(2 / 2**12)}
    ]  # fmt: skip
    fewer = replace(first, reviews=first.reviews.take(np.arange(5)), logits=first.logits[:5])
    assert mcnemar_tests([right, fewer]) == []
    assert len(mcnemar_tests([right, wrong, fewer, first])) == 3


@pytest.mark.slow
def test_runs_that_read_different_reviews_are_refused(tiny_config, pair, tmp_path):
    """One run may have been trained on the validation reviews of the other."""
    config = replace(tiny_config, encoder="ngrams-nb", seed=5)
    other = train(config, tmp_path, "other")
    for split in ("validation", "test"):
        found = [evaluate(run, split=split, device="cpu") for run in (pair[1].run, other)]
        with pytest.raises(ConfigError, match=f"ngrams and other read different {split} reviews"):
            evaluate_ensemble(found, [1.0, 1.0])
    both = [evaluate(run, "challenge", device="cpu") for run in (pair[1].run, other)]
    assert evaluate_ensemble(both, [1.0, 1.0]).metrics["reviews"] > 700
