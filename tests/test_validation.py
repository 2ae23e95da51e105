"""Validation logits kept with a run: read back as they were, guarded, joined only where alike."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import make_earlier

from imdb_lstm import artifacts, validation
from imdb_lstm.calibration import fit_temperature
from imdb_lstm.data import load_split
from imdb_lstm.ensemble import logit_spreads, mean_logits
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.train import train


@pytest.mark.parametrize("kind", ["tiny_run", "tiny_linear"])
def test_every_run_keeps_what_it_said_of_its_validation_reviews(kind, request):
    run = artifacts.load_run(request.getfixturevalue(kind))
    reviews = load_split(run.config, "validation")
    kept = validation.read(run.folder)
    assert kept.names == reviews.names
    np.testing.assert_array_equal(kept.labels, reviews.labels)
    expected = run.predict_logits(reviews.texts)
    np.testing.assert_allclose(kept.logits, expected, rtol=1e-5, atol=1e-6)
    metrics = artifacts.read_metrics(run.folder)
    assert metrics["temperature"] == fit_temperature(kept.labels, kept.logits)
    assert metrics["logit_spread"] == pytest.approx(kept.logits.std())


def test_logits_and_names_are_read_as_they_were_written(home):
    run = home / "saved_models" / "tiny"
    logits = np.random.default_rng(1).normal(0, 9, 5).astype(np.float32)
    names = ['a, "b".csv:2', "c", "é", "d", ""]
    validation.write(run, names, np.array([1, 0, 1, 1, 0]), logits)
    with pytest.raises(RunError, match=r"validation\.csv does not have the checksum"):
        validation.read(run)
    manifest = artifacts.json.loads((run / artifacts.MANIFEST).read_text())
    manifest["files"][artifacts.VALIDATION] = artifacts._sha256(run / artifacts.VALIDATION)
    artifacts.write_json(run / artifacts.MANIFEST, manifest)
    kept = validation.read(run)
    assert kept.names == names
    assert kept.labels.tolist() == [1, 0, 1, 1, 0]
    np.testing.assert_array_equal(kept.logits, logits)
    assert kept.logits.dtype == np.float32


def test_a_missing_file_is_damage_but_not_to_a_run_that_never_had_one(home):
    run = home / "saved_models" / "tiny"
    (run / artifacts.VALIDATION).rename(home / "away.csv")
    with pytest.raises(RunError, match=r"damaged: validation\.csv is missing"):
        artifacts.load_run(run)
    (home / "away.csv").rename(run / artifacts.VALIDATION)
    make_earlier(run)
    assert artifacts.load_run(run).folder == run
    with pytest.raises(RunError, match=r"tiny keeps no validation\.csv.*train it again"):
        validation.read(run)


def test_runs_of_one_validation_split_are_joined_as_their_logits_are(tiny_run, tiny_linear):
    runs = [tiny_run, tiny_linear]
    kept = [validation.read(run) for run in runs]
    joined = validation.read_together(runs)
    assert joined.names == kept[0].names == kept[1].names
    expected = mean_logits([each.logits for each in kept], logit_spreads(runs))
    np.testing.assert_array_equal(joined.logits, expected)
    np.testing.assert_array_equal(validation.read_together(runs[:1]).logits, kept[0].logits)


def test_runs_of_unlike_validation_splits_are_not_joined(tiny_linear, tiny_config, tmp_path):
    other = train(replace(tiny_config, encoder="linear", seed=5), tmp_path, "other")
    with pytest.raises(ConfigError, match=r"linear and .*other have different validation reviews"):
        validation.read_together([tiny_linear, other])
