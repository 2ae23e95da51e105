"""Networks in NumPy have the logits of Keras, whatever they are made of."""

import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest
from tiny_world import as_numpy, random_network

from imdb_lstm.config.options import ENCODER_NAMES, Config
from imdb_lstm.inference.classifier import load_classifier
from imdb_lstm.models.network import network_logits
from imdb_lstm.models.numpy import network as module
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.runs.find import SHIPPED_FOLDERS

BASE = Config(word_vectors=False, embedding_dim=8, units=6)
RANDOM = np.random.default_rng(0)
IDS = [RANDOM.integers(1, 12, length).astype(np.int32) for length in (1, 9, 2, 17, 4, 8, 33, 3)]
RECURRENT = [name for name in ENCODER_NAMES if name.endswith(("lstm", "gru"))]


def network(classes=2, **options):
    return random_network(replace(BASE, **options), classes)


def assert_as_keras(model):
    wanted, found = network_logits(model, IDS), as_numpy(model).logits(IDS)
    assert (found.shape, found.dtype) == (wanted.shape, np.float32)
    assert np.ptp(wanted) > 0.1
    np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize("encoder", ENCODER_NAMES)
@pytest.mark.parametrize("pooling", ["last+max+mean", "attention"])
def test_every_encoder_has_the_logits_of_keras(encoder, pooling):
    assert_as_keras(network(encoder=encoder, pooling=pooling, chunk_length=0))


@pytest.mark.parametrize("encoder", RECURRENT)
@pytest.mark.parametrize("pooling", ["last+max+mean", "attention"])
def test_stacked_layers_that_read_in_chunks_have_the_logits_of_keras(encoder, pooling):
    assert_as_keras(network(3, encoder=encoder, pooling=pooling, chunk_length=8, layers=2))


@pytest.mark.parametrize("bits", [32, 8, 4])
def test_quantized_words_and_hashed_bigrams_have_the_logits_of_keras(bits):
    model = network(encoder="bilstm", embedding_dim=7, bigram_dim=3, pooling="max")
    for name in ("embedding", "bigrams") if bits < 32 else ():
        model.get_layer(name).quantize(f"int{bits}")
    assert_as_keras(model)


def test_stacked_convolutions_and_blocks_have_the_logits_of_keras():
    for encoder in ("cnn", "transformer"):
        assert_as_keras(network(encoder=encoder, layers=2, pooling="max+mean"))


def test_logits_do_not_depend_on_batches_chunks_or_threads(monkeypatch):
    own = as_numpy(network(encoder="bilstm", pooling="last+max", bigram_dim=2))
    wanted = own.logits(IDS)
    for tokens, reviews, shared, threads in ((10, 512, 10**6, 1), (99, 2, 40, 2), (1, 1, 1, 3)):
        monkeypatch.setattr(module, "BATCH_TOKENS", tokens)
        monkeypatch.setattr(module, "BATCH_REVIEWS", reviews)
        monkeypatch.setattr(module, "CHUNK_TOKENS", shared)
        monkeypatch.setattr(module, "threads", lambda count=threads: count)
        np.testing.assert_allclose(own.logits(IDS), wanted, atol=1e-6)
    assert own.logits([]).shape == (0,)


def test_a_network_of_other_layers_is_refused(tmp_path):
    model = network(encoder="bag", pooling="mean")
    above = keras.layers.Dense(1, name="above")(model.output)
    keras.Model(model.input, above).save(tmp_path / "above.keras")
    with pytest.raises(ValueError, match="unknown layer above, Dense"):
        NumpyNetwork.read(tmp_path / "above.keras")


@pytest.mark.slow
def test_the_shipped_run_predicts_and_explains_without_keras():
    folder = next(each / "shipped" for each in SHIPPED_FOLDERS if (each / "shipped").exists())
    code = (
        "import sys; import imdb_lstm\n"
        f"found = imdb_lstm.load({str(folder)!r}).predict(['Not bad at all!'])\n"
        f"assert imdb_lstm.explain(['Not bad at all!'], {str(folder)!r})[0].error <= 0.01\n"
        "assert not {'keras', 'tensorflow', 'sklearn', 'scipy', 'matplotlib'} & set(sys.modules)\n"
        "print(found[0])"
    )
    said = float(subprocess.check_output([sys.executable, "-c", code], text=True))
    assert said == pytest.approx(
        load_classifier(folder, backend="keras").predict(["Not bad at all!"])[0], abs=1e-4
    )
