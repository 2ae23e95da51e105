"""Quantized runs: a finished network in fewer bytes, as a run folder like any other.

Most of a network is its embedding table. Each row of it, and of a bigram table, becomes integers of
8 or 4 bits with a scale of its own, as Keras quantizes embeddings; rare words may be dropped, and
are then read as unknown ones. Each column of the recurrent matrices, which Keras does not quantize,
is rounded to integers of 8 bits times a power of two: two bytes of each value are then zero, and
the file, which is a zip, is compressed. Other weights are unchanged.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from imdb_lstm.device import set_up_device
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.inference.export.copies import (
    Copied,
    copy_folder,
    network_to_copy,
    reviews_of,
    write_copy,
)
from imdb_lstm.models.network import build_model
from imdb_lstm.models.recurrent import Recurrent
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.keras_network import KerasNetwork
from imdb_lstm.runs.run import NetworkRun, load_run
from imdb_lstm.text.vocabulary import SPECIAL_WORDS, Vocabulary

MODES = {8: "int8", 4: "int4"}


def quantize(
    folder: Path,
    output: Path | None = None,
    bits: int = 8,
    max_vocabulary: int = 0,
    device: str = "auto",
) -> Copied:
    """Write a quantized copy of a finished run, and measure what it changes.

    ``output``: by default beside the run, under its name and "-quantized". ``bits``: 8 or 4, of an
    embedding value. ``max_vocabulary``: keep this many words, the most frequent, the two special
    ones included; 0: all. Raises ``ConfigError``, ``RunError`` for a run that is no network,
    ``DataError`` when its validation reviews cannot be read, and ``OutputError``.
    """
    if bits not in MODES:
        raise ConfigError(f"bits must be 8 or 4, not {bits}")
    if max_vocabulary and max_vocabulary <= len(SPECIAL_WORDS):
        raise ConfigError(
            f"max_vocabulary must be 0 or more than {len(SPECIAL_WORDS)}, not {max_vocabulary}"
        )
    set_up_device(device)
    output = copy_folder(folder, output, "quantized")
    run = network_to_copy(load_run(folder, "keras"), "quantized")
    metrics = read_metrics(folder)
    if "quantized" in metrics:
        raise RunError(f"{folder} is quantized already: name the run that it was made from")
    smaller = quantized_run(run, bits, max_vocabulary)
    words = len(smaller.vocabulary)
    fewer = len(run.vocabulary) - words
    changed = {
        "parameters": metrics["parameters"] - fewer * run.config.embedding_dim,
        "quantized": {"bits": bits, "words": words, "recurrent_bits": 8},
    }
    return write_copy(run, smaller, reviews_of(run)[1], output, changed)


def quantized_run(run: NetworkRun, bits: int, max_vocabulary: int = 0) -> NetworkRun:
    """A copy of the run with its embedding tables quantized and cut; the run stays as it is."""
    known = run.vocabulary.words
    kept = known[: max_vocabulary - len(SPECIAL_WORDS)] if max_vocabulary else known
    vocabulary = Vocabulary(kept)
    assert isinstance(run.network, KerasNetwork)
    model = run.network.model
    table = model.get_layer("embedding").embeddings
    network = build_model(run.config, len(vocabulary), len(run.classes))
    network.set_weights(
        [
            np.asarray(weight)[: len(vocabulary)] if weight is table else np.asarray(weight)
            for weight in model.weights
        ]
    )
    for layer in network.layers:
        if isinstance(layer, keras.layers.Embedding):
            layer.quantize(MODES[bits])
        if isinstance(layer, Recurrent):
            layer.set_weights([_rounded(np.asarray(weight)) for weight in layer.weights])
    return replace(run, network=KerasNetwork(network), vocabulary=vocabulary)


def _rounded(weight: np.ndarray) -> np.ndarray:
    """A matrix whose columns hold whole numbers from -128 to 127 times a power of two; a vector or
    a random state as it is.

    >>> _rounded(np.array([[0.3], [-0.7]])).tolist()  # 38 and -90 of 128
    [[0.296875], [-0.703125]]
    """
    if weight.ndim < 2:
        return weight
    largest = np.maximum(np.abs(weight).max(axis=0), 1e-30)
    step = 2.0 ** (np.ceil(np.log2(largest)) - 7)
    return (np.clip(np.round(weight / step), -128, 127) * step).astype(weight.dtype)
