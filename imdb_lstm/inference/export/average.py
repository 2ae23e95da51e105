"""The mean of the weights of several networks, as a run folder like any other.

Networks that were trained on from one another lie in the same basin: the mean of their weights
predicts about as well as their ensemble, at the cost of one (Izmailov et al. 2018, "Averaging
weights leads to wider optima and better generalization"). Averaged with the network that it started
from, one that was trained on for other texts keeps most of both (Wortsman et al. 2022, "Robust
fine-tuning of zero-shot models", section 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.inference.export.copies import (
    Copied,
    copy_folder,
    network_to_copy,
    reviews_of,
    write_copy,
)
from imdb_lstm.models.numpy.embedding import Embedding
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.saved_layers import SavedLayer
from imdb_lstm.models.numpy.shapes import SEEDS
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.runs.keras_network import KerasNetwork
from imdb_lstm.runs.run import NetworkRun, load_run

Layers = dict[str, SavedLayer]
SHAPED_BY = (
    "encoder", "layers", "units", "chunk_length", "pooling", "embedding_dim", "bigram_dim",
)  # fmt: skip


def average(folders: Sequence[Path], output: Path | None = None) -> Copied:
    """Write a run whose weights are the mean of those of several, and measure what it changes.

    Options, history and what it was trained on are those of the last run. ``output``: by default
    beside that run, under its name and "-averaged". Raises ``ConfigError`` for fewer than two runs,
    ``RunError`` for one that is no network, or of other layers, words, classes or validation
    reviews than the last, ``DataError`` when these cannot be read, and ``OutputError``.
    """
    if len(folders) < 2:
        raise ConfigError("name two runs or more, whose weights are averaged")
    output = copy_folder(folders[-1], output, "averaged")
    runs = [network_to_copy(load_run(folder), "averaged") for folder in folders]
    last = runs[-1]
    for run in runs[:-1]:
        _check_alike(run, last)
    if "quantized" in read_metrics(last.folder):
        raise RunError(
            f"{last.folder} is quantized: name the run that it was made from, or it first"
        )
    network = KerasNetwork.of(mean_layers([_float_layers(run) for run in runs]))
    changed = {"averaged": {"runs": [folder.name for folder in folders]}}
    held_out = reviews_of(last)[1]
    return write_copy(last, replace(last, network=network), held_out, output, changed, folders[:-1])


def mean_layers(layers: Sequence[Layers]) -> Layers:
    """The mean of every array of layers of the same shapes, but for random states."""
    return {
        name: SavedLayer(
            last.kind,
            last.options,
            {
                path: array if SEEDS in path else _mean(layers, name, path)
                for path, array in last.arrays.items()
            },
        )
        for name, last in layers[-1].items()
    }


def _mean(layers: Sequence[Layers], name: str, path: str) -> np.ndarray:
    return np.asarray(np.mean([each[name].arrays[path] for each in layers], axis=0), np.float32)


def _float_layers(run: NetworkRun) -> Layers:
    """The layers of a network, with embeddings in float32."""
    assert isinstance(run.network, NumpyNetwork)
    return {
        name: layer if layer.kind != "Embedding" else _float_embedding(layer)
        for name, layer in run.network.layers.items()
    }


def _float_embedding(layer: SavedLayer) -> SavedLayer:
    rows = Embedding.of(layer).rows(np.arange(len(layer.arrays["vars/0"])))
    return SavedLayer(layer.kind, layer.options, {"vars/0": rows})


def _check_alike(run: NetworkRun, last: NetworkRun) -> None:
    """Raise ``RunError`` for runs whose weights have no mean that is a network."""
    for option in SHAPED_BY:
        own, wanted = getattr(run.config, option), getattr(last.config, option)
        if own != wanted:
            raise RunError(f"{run.folder} has {option} = {own}, and {last.folder} {wanted}")
    if run.vocabulary.words != last.vocabulary.words or run.classes.names != last.classes.names:
        raise RunError(f"{run.folder} has other words or classes than {last.folder}")
    if run.manifest["reviews"]["validation"] != last.manifest["reviews"]["validation"]:
        raise RunError(f"{run.folder} has another validation split than {last.folder}")
