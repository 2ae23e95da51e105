"""Validation logits saved with a run: read back exactly, and verified."""

import json
from dataclasses import replace

import numpy as np
import pytest

from imdb_lstm.data.load import load_split
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.inference.ensemble import ensemble_logits, logit_deviations, read_ensemble_validation
from imdb_lstm.metrics.calibration import fit_temperature
from imdb_lstm.runs.files import read_metrics, write_json
from imdb_lstm.runs.find import MANIFEST_FILE
from imdb_lstm.runs.manifest import VALIDATION_FILE, _sha256
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.validation import read_validation, write_validation
from imdb_lstm.training.train import train

pytestmark = pytest.mark.slow  # the runs are trained first


@pytest.mark.parametrize("kind", ["tiny_run", "tiny_ngrams"])
def test_every_run_saves_its_validation_logits(kind, request):
    run = load_run(request.getfixturevalue(kind))
    reviews = load_split(run.config, "validation")
    kept = read_validation(run.folder)
    assert kept.names == reviews.names
    np.testing.assert_array_equal(kept.labels, reviews.labels)
    expected = run.predict_logits(reviews.texts)
    np.testing.assert_allclose(kept.logits, expected, rtol=1e-5, atol=1e-6)
    metrics = read_metrics(run.folder)
    assert metrics["temperature"] == fit_temperature(kept.labels, kept.logits)
    assert metrics["logit_std"] == pytest.approx(kept.logits.std())


def test_logits_and_names_are_read_as_they_were_written(home):
    run = home / "saved_models" / "tiny"
    logits = np.random.default_rng(1).normal(0, 9, 5).astype(np.float32)
    names = ['a, "b".csv:2', "c", "é", "d", ""]
    write_validation(run, names, np.array([1, 0, 1, 1, 0]), logits)
    with pytest.raises(RunError, match=r"validation\.csv does not match its checksum"):
        read_validation(run)
    manifest = json.loads((run / MANIFEST_FILE).read_text())
    manifest["files"][VALIDATION_FILE] = _sha256(run / VALIDATION_FILE)
    write_json(run / MANIFEST_FILE, manifest)
    kept = read_validation(run)
    assert kept.names == names
    assert kept.labels.tolist() == [1, 0, 1, 1, 0]
    np.testing.assert_array_equal(kept.logits, logits)
    assert kept.logits.dtype == np.float32


def test_a_missing_file_is_damage(home):
    run = home / "saved_models" / "tiny"
    (run / VALIDATION_FILE).unlink()
    for read in (load_run, read_validation):
        with pytest.raises(RunError, match=r"damaged: validation\.csv is missing"):
            read(run)


def test_runs_of_one_validation_split_are_joined_as_their_logits_are(tiny_run, tiny_ngrams):
    runs = [tiny_run, tiny_ngrams]
    kept = [read_validation(run) for run in runs]
    joined = read_ensemble_validation(runs)
    assert joined.names == kept[0].names == kept[1].names
    expected = ensemble_logits([each.logits for each in kept], logit_deviations(runs))
    np.testing.assert_array_equal(joined.logits, expected)
    np.testing.assert_array_equal(read_ensemble_validation(runs[:1]).logits, kept[0].logits)


def test_runs_of_unlike_validation_splits_are_not_joined(tiny_ngrams, tiny_config, tmp_path):
    other = train(replace(tiny_config, encoder="ngrams-nb", seed=5), tmp_path, "other")
    with pytest.raises(ConfigError, match=r"ngrams and .*other have different validation reviews"):
        read_ensemble_validation([tiny_ngrams, other])
