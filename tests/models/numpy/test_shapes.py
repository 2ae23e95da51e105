"""A saved network is what it declares: every other option, layer or shape is refused."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from tiny_world import as_numpy, random_network

from imdb_lstm.config.options import LONGEST_CHUNK, Config
from imdb_lstm.models.numpy.shapes import check_layers
from imdb_lstm.runs.keras_network import KerasNetwork

BASE = Config(word_vectors=False, embedding_dim=8, units=5, chunk_length=0, pooling="max")
NETWORKS = {
    "recurrent": replace(BASE, encoder="bigru", layers=2, pooling="attention+last", bigram_dim=3),
    "convolution": replace(BASE, encoder="cnn", layers=2),
    "transformer": replace(BASE, encoder="transformer"),
}
IDS = np.array([[2, 3, 5, 7, 9, 11], [4, 0, 0, 0, 0, 0]], np.int32)


@pytest.fixture(scope="module", params=NETWORKS)
def saved(request):
    """The layers of a saved network. Do not change them."""
    return request.param, as_numpy(random_network(NETWORKS[request.param], 3)).layers


@pytest.mark.parametrize(
    ("kind", "bits"), [("recurrent", 4), ("convolution", 32), ("transformer", 8)]
)
def test_keras_has_the_weights_and_logits_that_were_written(kind, bits, tmp_path):
    model = random_network(NETWORKS[kind], 3)
    for layer in model.layers if bits < 32 else ():
        if isinstance(layer, keras.layers.Embedding):
            layer.quantize(f"int{bits}")
    model.save(tmp_path / "model.keras")
    found = KerasNetwork.read(tmp_path / "model.keras")
    for own, wanted in zip(found.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(own, wanted)
    np.testing.assert_allclose(found.model(IDS), model(IDS), atol=1e-5)


def test_another_shape_of_any_array_is_refused(saved):
    _, layers = saved
    for name, layer in layers.items():
        for path, array in layer.arrays.items():
            for other in (np.concatenate([array, array]), array[:-1], array[..., None]):
                arrays = {**layer.arrays, path: other}
                with pytest.raises(ValueError):
                    check_layers({**layers, name: layer._replace(arrays=arrays)})
                    pytest.fail(f"{name} {path} {other.shape}")


def test_an_array_more_or_less_is_refused(saved):
    _, layers = saved
    for name, layer in layers.items():
        arrays = [{**layer.arrays, "vars/9": np.zeros(2, np.float32)}]
        arrays += [{p: a for p, a in layer.arrays.items() if p != path} for path in layer.arrays]
        for own in arrays:
            with pytest.raises(ValueError):
                check_layers({**layers, name: layer._replace(arrays=own)})
                pytest.fail(name)


def test_a_layer_more_or_less_is_refused(saved):
    kind, layers = saved
    needed = layers.keys() - ({"encoder_2"} if kind == "convolution" else set())  # it may have one
    others = [{n: layer for n, layer in layers.items() if n != name} for name in needed]
    others += [{**layers, name: layers["mask"]} for name in ("mask_2", "encoder_9", "dropout_9")]
    others += [dict(reversed(layers.items()))] if "encoder_2" in layers else []
    for other in others:
        with pytest.raises(ValueError):
            check_layers(other)
            pytest.fail(str(layers.keys() ^ other.keys()))


OPTIONS = {
    "embedding": {"input_dim": (40_000_000, None, 12.0), "output_dim": (10**9, 0, "8", True)},
    "bigram_rows": {"rows": (1, 10**12)},
    "encoder_1": {
        "units": (10**9, -5, 0, "5", None), "cell": ("__class__", ["lstm"], None),
        "bidirectional": (1, "yes"), "chunk_length": (-1, LONGEST_CHUNK + 1, 0.5),
        "kernel_size": (1, 10**6), "heads": (1, 8, 10**6),
    },
    "pooling": {"kinds": ([], ["max", "max"], "max", [["max"]], ["sum"]), "bidirectional": (1,)},
    "logit": {"units": (1, 10**9)},
}  # fmt: skip


def test_other_values_of_options_are_refused(saved):
    _, layers = saved
    for name, options in OPTIONS.items():
        for key, values in options.items() if name in layers else ():
            for value in values if key in layers[name].options else ():
                changed = layers[name]._replace(options={**layers[name].options, key: value})
                with pytest.raises((ValueError, TypeError)):
                    check_layers({**layers, name: changed})
                    pytest.fail(f"{name} {key} {value}")
