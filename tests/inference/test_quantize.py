"""Quantized runs: fewer bytes, nearly the same logits, and a run like any other."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from saved_runs import keras_model

from imdb_lstm.errors import ConfigError, DataError, OutputError, RunError
from imdb_lstm.evaluation.evaluate import evaluate
from imdb_lstm.inference.export.quantize import quantize, quantized_run
from imdb_lstm.metrics.calibration import fit_temperature
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.manifest import verify
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.validation import read_validation
from imdb_lstm.training.train import train

ROOT = Path(__file__).parents[2]
TEXTS = ["The plot is wonderful, a joy: 9/10!", "", "Every scene was bad and boring.", "Zyx."]

pytestmark = pytest.mark.slow  # each quantizes a trained run


@pytest.fixture(scope="module")
def paired(tiny_config, tmp_path_factory):
    """A run with word vectors and bigrams, whose tables are most of its bytes."""
    config = replace(tiny_config, bigram_dim=1, embedding_dim=40, learning_rate=0.02)
    return train(config, tmp_path_factory.mktemp("runs"), "paired")


def test_what_was_reported_is_so_in_a_fresh_process(paired, tmp_path):
    done = quantize(paired, tmp_path / "small", bits=4, device="cpu")
    run, small = (load_run(folder) for folder in (paired, done.folder))
    assert done.bytes_after < done.bytes_before
    assert 0 < done.largest_change < 0.4 * run.predict_logits(TEXTS).std() + 0.05
    code = (
        "import sys; from pathlib import Path; from imdb_lstm.runs.run import load_run\n"
        "import json; run = load_run(Path(sys.argv[1]))\n"
        "print(json.dumps(run.predict_logits(json.loads(sys.argv[2])).tolist()))"
    )
    words = [sys.executable, "-c", code, str(done.folder), json.dumps(TEXTS)]
    fresh = json.loads(subprocess.check_output(words, cwd=ROOT, text=True).splitlines()[-1])
    np.testing.assert_allclose(fresh, small.predict_logits(TEXTS), atol=1e-5)
    found, before = (
        evaluate(folder, split="validation", device="cpu") for folder in (done.folder, paired)
    )
    assert len(found.logits) == done.reviews
    change = np.abs(found.logits - before.logits).max()
    assert change == pytest.approx(done.largest_change, abs=1e-5)
    assert found.metrics["accuracy"] == done.accuracy_after
    assert before.metrics["accuracy"] == done.accuracy_before
    kept = read_validation(done.folder)  # by which verdicts are drawn
    np.testing.assert_allclose(kept.logits, found.logits, atol=1e-5)
    metrics = read_metrics(done.folder)
    assert metrics["temperature"] == fit_temperature(kept.labels, kept.logits)


@pytest.mark.parametrize("bits", [8, 4])
def test_every_table_is_rounded_by_rows_and_no_value_by_more_than_half_a_step(paired, bits):
    run = load_run(paired, "keras")
    before = [weight.numpy() for weight in run.network.model.weights]
    small = quantized_run(run, bits)
    for name in ("embedding", "bigrams"):
        layer = small.network.model.get_layer(name)
        assert layer.dtype_policy.name.startswith(f"int{bits}")
        table = run.network.model.get_layer(name).embeddings.numpy()
        found = np.asarray(layer(np.arange(len(table))))
        # A row's values lie on 2 ** bits steps, of its largest value or of its range.
        step = (table.max(axis=1) - table.min(axis=1)) / (2**bits - 1)
        step = np.maximum(step, np.abs(table).max(axis=1) / (2 ** (bits - 1) - 1))
        assert (np.abs(found - table) <= 1.01 * step[:, None] + 1e-7).all()
    for weight, kept in zip(run.network.model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, kept)  # the run itself is as it was


def test_recurrent_matrices_are_rounded_by_columns_to_8_bits_and_the_file_is_packed(
    paired, tmp_path
):
    done = quantize(paired, tmp_path / "small", device="cpu")
    assert 0 < done.largest_change < 0.02 * load_run(paired).predict_logits(TEXTS).std() + 0.05
    before, after = (
        keras_model(folder).get_layer("encoder_1").get_weights() for folder in (paired, done.folder)
    )
    for own, found in zip(before, after, strict=True):
        if own.ndim < 2:
            np.testing.assert_array_equal(found, own)
            continue
        step = 2.0 ** (np.ceil(np.log2(np.abs(own).max(axis=0))) - 7)
        assert (np.abs(found - own) <= step + 1e-9).all()  # a half, but for the largest value
        assert np.equal(found / step, np.round(found / step)).all()
        assert all(len(np.unique(column)) <= 256 for column in found.T)
    with zipfile.ZipFile(done.folder / "model.keras") as parts:
        assert {part.compress_type for part in parts.infolist()} == {zipfile.ZIP_DEFLATED}


def test_of_fewer_words_the_commonest_stay_and_the_rest_are_unknown(paired, tmp_path):
    done = quantize(paired, tmp_path / "few", max_vocabulary=20, device="cpu")
    run, small = (load_run(folder) for folder in (paired, done.folder))
    assert small.vocabulary.words == run.vocabulary.words[:18]
    assert small.network.vocabulary_size == 20
    parameters = [read_metrics(folder)["parameters"] for folder in (paired, done.folder)]
    assert parameters[0] - parameters[1] == 40 * (len(run.vocabulary) - 20)
    rare = run.vocabulary.words[20]
    found = small.predict_logits([f"the {rare}"])
    np.testing.assert_allclose(found, small.predict_logits(["the xyzzy"]), atol=1e-6)
    assert abs(found - run.predict_logits(["the xyzzy"])) < 0.05, "the other words are as they were"
    many = quantize(paired, tmp_path / "many", max_vocabulary=10**6, device="cpu")
    assert load_run(many.folder).vocabulary.words == run.vocabulary.words


def test_it_is_a_finished_run_that_tells_how_it_was_made(paired, tmp_path):
    done = quantize(paired, tmp_path / "deep" / "small", device="cpu")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["small"]
    manifest = verify(done.folder)
    assert manifest["reviews"] == verify(paired)["reviews"]
    metrics = read_metrics(done.folder)
    words = len(load_run(paired).vocabulary)
    assert metrics["quantized"] == {"bits": 8, "words": words, "recurrent_bits": 8}
    assert metrics["best_epoch"] == read_metrics(paired)["best_epoch"]
    card = (done.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "# small\n" in card
    card = " ".join(card.split())
    assert f"Quantized: {words} words, embeddings with 8 bits per value" in card


def test_by_default_it_lies_beside_its_run(home):
    done = quantize(Path("saved_models/tiny"), device="cpu")
    assert done.folder == Path("saved_models/tiny-quantized")
    with pytest.raises(RunError, match="tiny-quantized exists: choose another --output"):
        quantize(Path("saved_models/tiny"), device="cpu")
    with pytest.raises(RunError, match="tiny-quantized is quantized already"):
        quantize(done.folder, device="cpu")


def test_what_cannot_be_quantized_is_refused_and_nothing_is_written(paired, tiny_ngrams, tmp_path):
    for options in ({"bits": 7}, {"max_vocabulary": 2}, {"max_vocabulary": -1}):
        with pytest.raises((ConfigError, RunError)):
            quantize(paired, tmp_path / "small", **options, device="cpu")
    with pytest.raises(RunError, match="only a network can be quantized"):
        quantize(tiny_ngrams, tmp_path / "small", device="cpu")
    assert not list(tmp_path.iterdir())


def test_changed_reviews_are_refused(tiny_config, tmp_path):
    data = tmp_path / "reviews.csv"
    shutil.copy(tiny_config.data, data)
    run = train(replace(tiny_config, data=str(data), epochs=1), tmp_path, "own")
    data.write_text(data.read_text().replace("The plot", "This plot"))
    with pytest.raises(DataError, match="has changed since"):
        quantize(run, tmp_path / "small", device="cpu")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own", "reviews.csv"]


def test_a_full_disk_leaves_nothing(paired, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(
        OutputError, match=r"classes\.json cannot be written: No space left on device"
    ):
        quantize(paired, tmp_path / "small", device="cpu")
    assert not list(tmp_path.iterdir())
