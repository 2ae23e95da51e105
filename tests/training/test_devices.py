"""Two devices train the network that one trains; what cannot be trained on them is said.

The runs are trained in a process of their own, because TensorFlow's devices are fixed at its start.
"""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from resuming import history
from saved_runs import keras_model

from imdb_lstm.data.batches import Batches
from imdb_lstm.errors import ConfigError
from imdb_lstm.runs.run import load_run
from imdb_lstm.training import devices as module
from imdb_lstm.training.devices import filled, training_devices
from imdb_lstm.training.language_model.pretrain import pretrain_language_model
from imdb_lstm.training.train import train
from imdb_lstm.training.tuning.search import search

SCRIPT = Path(__file__).parents[1] / "two_devices.py"


@pytest.fixture(scope="module")
def runs(tiny_config, tmp_path_factory):
    """The folder of the runs that the script trains."""
    folder = tmp_path_factory.mktemp("devices")
    config = replace(
        tiny_config,
        batch_size=7,  # odd, and 36 train reviews leave a last batch of one
        learning_rate=0.02,
        gradient_clip=0.05,  # far below the norms that occur
        l2=1e-3,
        word_vectors=False,  # the embedding is trained: its gradient is sparse
        word_dropout=0.0,
        embedding_dropout=0.0,
        output_dropout=0.0,
    )
    (folder / "config.toml").write_text(config.to_toml())
    subprocess.run([sys.executable, SCRIPT, folder / "config.toml", folder], check=True)
    return folder


@pytest.mark.slow
def test_two_devices_have_the_loss_curve_and_the_weights_of_one(runs):
    """Although the two were interrupted."""
    one, two = history(runs / "one"), history(runs / "two")
    assert one.keys() == two.keys()
    for name, values in one.items():
        np.testing.assert_allclose(two[name], values, atol=2e-5, err_msg=name)
    assert len(set(one["loss"])) > 1
    networks = [keras_model(runs / name) for name in ("one", "two")]
    assert networks[0].get_config() == networks[1].get_config()
    for first, second in zip(*(network.get_weights() for network in networks), strict=True):
        np.testing.assert_allclose(second, first, atol=2e-4)


@pytest.mark.slow
def test_a_run_on_two_devices_predicts_without_keras(runs):
    logits = [load_run(runs / name).predict_logits(["A joy!"]) for name in ("one", "two")]
    np.testing.assert_allclose(*logits, atol=1e-3)


@pytest.mark.slow
def test_devices_drop_different_values_and_the_first_those_of_one_device(runs, tiny_config):
    with np.load(runs / "seeds.npz") as stored:
        first, other = stored["first"]
        np.testing.assert_array_equal(stored["again"], stored["first"])
    assert first.tolist() == [tiny_config.seed, 0]
    assert first[0] != other[0]


@pytest.mark.parametrize("count", [2, 3])
def test_batches_are_filled_up_to_rows_for_all_devices_alike(count):
    ids = [np.arange(1, 2 + length, dtype=np.int32) for length in (4, 2, 5, 1, 3)]
    batches = Batches(ids, np.array([1, 0, 1, 0, 1]), 4, seed=0)
    for number, (rows, labels, counted) in enumerate(filled(batches, count).as_numpy_iterator()):
        expected, targets = batches[number]
        assert len(rows) == len(labels) == len(counted)
        assert len(rows) % count == 0
        np.testing.assert_array_equal(rows[counted == 1], expected)
        np.testing.assert_array_equal(labels[counted == 1], targets)
        assert (rows != 0).any(axis=1).all()  # cuDNN needs a token in every row


@pytest.mark.parametrize("given", ["one", "0,", "0,0", "-1", "0;1", "²"])
def test_devices_are_different_numbers(given, tiny_config):
    with pytest.raises(ConfigError, match="must be different numbers"):
        training_devices(replace(tiny_config, devices=given))


def test_devices_are_those_that_tensorflow_sees(tiny_config, monkeypatch):
    both = replace(tiny_config, devices="2,0")
    with pytest.raises(ConfigError, match="--devices 2,0: TensorFlow sees no GPU"):
        training_devices(both)
    found = [tf.config.LogicalDevice(f"/device:GPU:{number}", "GPU") for number in range(3)]
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: found)
    assert training_devices(both) == ["/device:GPU:2", "/device:GPU:0"]
    assert training_devices(tiny_config) == []
    with pytest.raises(ConfigError, match="there is no GPU 3, only 0, 1, 2"):
        training_devices(replace(tiny_config, devices="0,3"))


def test_what_several_devices_cannot_train_is_said(tiny_config, tmp_path, monkeypatch):
    both = replace(tiny_config, devices="0,1")
    with pytest.raises(ConfigError, match="ngrams-nb trains on the processor"):
        train(replace(both, encoder="ngrams-nb"), tmp_path, "run")
    with pytest.raises(ConfigError, match="a language model is trained on one device"):
        pretrain_language_model(both, tmp_path, "language-model")
    with pytest.raises(ConfigError, match="a trial trains on one device"):
        search(both, {}, tmp_path, 1)
    with pytest.raises(ConfigError, match="not in mixed_float16"):
        training_devices(replace(both, precision="mixed_float16"))
    monkeypatch.setattr(module, "_strategies", {"/device:CPU:0": None})
    with pytest.raises(ConfigError, match="this process trains on /device:CPU:0: start another"):
        module._strategy(["/device:CPU:0", "/device:CPU:1"])
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    with pytest.raises(ConfigError, match="needs the TensorFlow backend, and KERAS_BACKEND is"):
        training_devices(both)
    assert not any(tmp_path.iterdir())
