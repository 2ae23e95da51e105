"""The layers in a ``model.keras`` file, read without Keras: options from its JSON, arrays by h5py.

Format: a zip of ``config.json`` and ``model.weights.h5`` (Keras, "Saving: the .keras format").
Nothing that the file names is imported or called, and Keras never reads it: see
``runs.keras_network``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from imdb_lstm.stored.archive import open_archive
from imdb_lstm.stored.hdf5 import Hdf5Arrays
from imdb_lstm.stored.text import parse_json

MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
CLASSES = {  # of all that training writes; of a quantized network, too
    "Functional", "InputLayer", "Concatenate", "Dense", "Dropout", "Embedding",
    "LayerNormalization", "SpatialDropout1D", "BigramHash", "MaskedConvolution", "PaddingMask",
    "Pooling", "Recurrent", "SinusoidalPositions", "TransformerBlock", "WordDropout",
    "DTypePolicy", "QuantizedDTypePolicy", "Int8DTypePolicy", "Int4DTypePolicy",
    "GlorotUniform", "Ones", "Zeros", "RandomUniform", "L2",
    "AbsMaxQuantizer", "Int4QuantizationConfig", "Int8QuantizationConfig", "__keras_tensor__",
}  # fmt: skip
LARGEST_CONFIG = 1_000_000  # bytes; of sixteen layers it has 40,000


class SavedLayer(NamedTuple):
    """A layer: its class, its options, and its arrays by their path, such as ``vars/0``."""

    kind: str
    options: dict[str, Any]
    arrays: dict[str, np.ndarray]

    def part(self, path: str) -> list[np.ndarray]:
        """Return the arrays of a part of the layer, such as ``forwards/cell``, in their order."""
        prefix = f"{path}/vars/" if path else "vars/"
        own = {key: array for key, array in self.arrays.items() if key.startswith(prefix)}
        return [own[key] for key in sorted(own, key=lambda key: int(key[len(prefix) :]))]


def read_layers(path: Path) -> dict[str, SavedLayer]:
    """Return the layers of a saved network by their names.

    Raises ``ValueError`` for a file that holds anything but layers, and many kinds of errors for
    one that is none, as Keras does.
    """
    with open_archive(path) as archive:
        if archive.members.keys() != MEMBERS:
            raise ValueError(f"{path.name} must hold {', '.join(sorted(MEMBERS))}")
        if archive.members["config.json"].file_size > LARGEST_CONFIG:
            raise ValueError(f"the configuration in {path.name} is too large")
        config = parse_json(archive.read("config.json").decode("utf-8"))
        found = Hdf5Arrays(archive.read("model.weights.h5"))
    _check_classes(config)
    described = _described(config)
    arrays = _by_layer(found)
    if arrays.keys() != described.keys():
        raise ValueError("its layers are not those that have weights")
    return {
        name: SavedLayer(kind, options, arrays[name])
        for name, (kind, options) in described.items()
        if kind != "InputLayer"
    }


def _check_classes(value: Any) -> None:
    """Raise ``ValueError`` for a class or function that is no part of a network."""
    if isinstance(value, dict):
        kind, module = value.get("class_name"), str(value.get("module") or "keras")
        if "class_name" in value and (
            kind not in CLASSES or module.partition(".")[0] not in ("keras", "imdb_lstm")
        ):
            raise ValueError(f"its configuration names {module[:60]} {str(kind)[:60]}")
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        _check_classes(each)


def _described(config: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """Class and options of each layer by its name."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for layer in config["config"]["layers"]:
        name, kind, options = layer["config"]["name"], layer["class_name"], layer["config"]
        if not isinstance(name, str) or not isinstance(kind, str) or name in found:
            raise ValueError("a layer has no name, or that of another")
        found[name] = kind, options
    return found


def _by_layer(found: Hdf5Arrays) -> dict[str, dict[str, np.ndarray]]:
    """The arrays of each layer by their paths in it. Every array belongs to a layer."""
    arrays: dict[str, dict[str, np.ndarray]] = {}
    groups: dict[str, str] = {}
    for path, name in found.names.items():
        if path.count("/") == 2 and path.startswith("layers/") and path.endswith("/vars"):
            if name in arrays:
                raise ValueError(f"two layers are named {name[:60]!r}")
            arrays[name], groups[path.split("/")[1]] = {}, name
    for path, array in found.arrays.items():
        room, _, rest = path.partition("/")
        group, _, own = rest.partition("/")
        if room != "layers" or group not in groups:
            raise ValueError(f"{path[:60]!r} belongs to no layer")
        arrays[groups[group]][own] = array
    return arrays
