"""Ensembles: no run dominates another, and an ensemble of equal runs is that run."""

import json

import numpy as np
import pytest

from imdb_lstm.cli import main
from imdb_lstm.data.load import load_split
from imdb_lstm.errors import RunError
from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.inference.ensemble import (
    ensemble_logits,
    ensemble_temperature,
    logit_deviations,
    temperatures,
)
from imdb_lstm.metrics.logits import sigmoid
from imdb_lstm.runs.files import read_metrics, write_json
from imdb_lstm.runs.manifest import finalize


def verify_reviews(run):
    """The data fingerprints in a run's manifest, whatever its checksums."""
    return json.loads((run / "manifest.json").read_text())["reviews"]


LOGITS = np.random.default_rng(4).normal(size=(3, 50)) * [[1.0], [4.0], [0.3]]
DEVIATIONS = [1.0, 4.0, 0.3]


def test_copies_of_one_run_are_that_run():
    np.testing.assert_allclose(ensemble_logits([LOGITS[1]] * 3, [4.0] * 3), LOGITS[1], rtol=1e-6)


def test_verdicts_do_not_depend_on_how_large_a_member_makes_its_logits():
    verdicts = ensemble_logits(LOGITS, DEVIATIONS) > 0
    louder, deviations = [LOGITS[0] * 50, *LOGITS[1:]], [50.0, *DEVIATIONS[1:]]
    np.testing.assert_array_equal(ensemble_logits(louder, deviations) > 0, verdicts)
    assert (np.mean(louder, axis=0) > 0).tolist() != verdicts.tolist()


def test_the_order_of_the_members_does_not_matter():
    one, other = (
        ensemble_logits(LOGITS, DEVIATIONS),
        ensemble_logits(LOGITS[::-1], DEVIATIONS[::-1]),
    )
    assert one.dtype == np.float32
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_the_deviation_is_that_of_the_runs_own_validation_logits(tiny_run, tiny_config):
    texts = load_split(tiny_config, "validation").texts
    deviation = np.std(load_classifier(tiny_run, "cpu").predict_logits(texts))
    assert logit_deviations([tiny_run] * 2) == pytest.approx([deviation] * 2, rel=1e-4)


def test_an_ensemble_is_scaled_as_its_temperature_scaled_runs_would_be():
    temperatures = np.array([1.4, 0.8, 2.0])
    joint = ensemble_temperature(temperatures, DEVIATIONS)
    cooled = ensemble_logits(LOGITS / temperatures[:, None], DEVIATIONS / temperatures)
    np.testing.assert_allclose(ensemble_logits(LOGITS, DEVIATIONS) / joint, cooled, rtol=1e-5)
    assert ensemble_temperature([1.4], [3.0]) == pytest.approx(1.4)
    assert ensemble_temperature([1.4] * 3, DEVIATIONS) == pytest.approx(1.4)


def test_a_run_whose_logits_are_all_equal_is_refused_by_name(home):
    run = home / "saved_models" / "tiny"
    write_json(run / "metrics.json", read_metrics(run) | {"logit_std": 0.0})
    finalize(run, run, verify_reviews(run))
    with pytest.raises(RunError, match=f"{run} cannot be part of an ensemble"):
        logit_deviations([run, run])


def test_a_damaged_run_is_refused_by_name(home):
    (home / "saved_models" / "tiny" / "metrics.json").write_text("{")
    with pytest.raises(RunError, match=r"tiny is damaged: metrics\.json"):
        logit_deviations([home / "saved_models" / "tiny"])


@pytest.mark.slow
def test_ngrams_and_a_network_form_an_ensemble_by_commands_alone(world, capsys):
    words = "--encoder ngrams-nb --data good.csv --minimum-count 1 --validation-fraction 0.25"
    assert main(["train", *words.split(), "--name", "words"]) == 0
    printed = capsys.readouterr().out
    assert "saved saved_models/words: validation accuracy" in printed
    assert "epoch" not in printed and "padding" not in printed
    evaluate = "evaluate words tiny --data challenge --ensemble --output compared"
    assert main(evaluate.split()) == 0
    printed = capsys.readouterr().out
    assert {path.name for path in (world / "compared").iterdir()} == {"words", "tiny", "ensemble"}
    for part in ("irony (30)", "pairs, both right (160)", "p, McNemar", "ensemble"):
        assert part in printed
    assert main(["predict", "--run", "words", "--run", "tiny", "The plot is great"]) == 0
    runs = [world / "saved_models" / run for run in ("words", "tiny")]
    alone = ensemble_logits(
        [load_classifier(run, "cpu").predict_logits(["The plot is great"]) for run in runs],
        logit_deviations(runs),
    ) / ensemble_temperature(temperatures(runs), logit_deviations(runs))
    printed = capsys.readouterr().out.splitlines()[1].partition(",")[0]
    assert float(printed) == pytest.approx(sigmoid(alone)[0], rel=1e-6)
