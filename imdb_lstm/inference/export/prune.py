"""Pruned runs: a finished network with fewer units, as a run folder like any other.

See ``models.numpy.pruning``. It reads about as well as before without being trained; what is lost
comes back when it is trained on from there, with the run that it was made from as the teacher.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.inference.export.copies import (
    Copied,
    copy_folder,
    network_to_copy,
    reviews_of,
    write_copy,
)
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.pruning import can_prune, pruned
from imdb_lstm.models.numpy.shapes import SEEDS
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.keras_network import KerasNetwork
from imdb_lstm.runs.run import load_run
from imdb_lstm.text.vocabulary import encode_texts

FITTED = 3_000  # train reviews that it is fitted to, at most


def prune(folder: Path, units: int, output: Path | None = None) -> Copied:
    """Write a copy of a finished run with so many units, and measure what it changes.

    It is fitted to the predictions of the run for its train reviews. ``output``: by default beside
    the run, under its name and "-pruned". Raises ``ConfigError`` for as many units as before or
    more, ``RunError`` for a run that is not a single recurrent layer, pooled without attention,
    ``DataError`` when its reviews cannot be read, and ``OutputError``.
    """
    output = copy_folder(folder, output, "pruned")
    run = network_to_copy(load_run(folder), "pruned")
    assert isinstance(run.network, NumpyNetwork)
    if not can_prune(run.network):
        raise RunError(
            f"{folder} cannot be pruned: only a network of one LSTM or GRU layer, pooled without "
            "attention, can be"
        )
    if not 1 <= units < run.config.units:
        raise ConfigError(f"units must be from 1 to {run.config.units - 1}, not {units}")
    train, held_out = reviews_of(run)
    texts = train.texts[:: len(train) // FITTED + 1]
    network = pruned(
        run.network, encode_texts(texts, run.vocabulary, run.config.maximum_length), units
    )
    before, after = (_size(each) for each in (run.network, network))
    metrics = read_metrics(folder)
    changed = {
        "parameters": metrics["parameters"] - before + after,
        "pruned": {"units_before": run.config.units, "units": units},
    }
    if "quantized" in metrics:  # the embeddings still are
        changed["quantized"] = metrics["quantized"] | {"recurrent_bits": 32}
    config = replace(run.config, units=units)
    smaller = replace(run, config=config, network=KerasNetwork.of(network.layers))
    return write_copy(run, smaller, held_out, output, changed)


def _size(network: NumpyNetwork) -> int:
    """The number of weights of the layers that change."""
    layers = (network.layers[name] for name in ("encoder_1", "logit"))
    return sum(
        array.size for layer in layers for path, array in layer.arrays.items() if SEEDS not in path
    )
