"""The layers in a ``model.keras`` file, read without Keras: options from its JSON, arrays by h5py.

Format: a zip of ``config.json`` and ``model.weights.h5`` (Keras, "Saving: the .keras format").
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np


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

    Raises many kinds of errors for a file that is none, as Keras does.
    """
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        weights = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(weights, "r") as file:
        arrays = {
            _text(group["vars"].attrs["name"]): _arrays(group) for group in file["layers"].values()
        }
    return {
        (name := layer["config"]["name"]): SavedLayer(
            layer["class_name"], layer["config"], arrays[name]
        )
        for layer in config["config"]["layers"]
        if layer["class_name"] != "InputLayer"
    }


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _arrays(group: h5py.Group) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}

    def add(path: str, part: Any) -> None:
        if isinstance(part, h5py.Dataset):
            found[path] = part[()]

    group.visititems(add)
    return found
