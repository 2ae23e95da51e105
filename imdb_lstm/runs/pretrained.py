"""Folders of language models: written by pretraining, read by a training that begins from one.

While it learns, a language model is ``.NAME.pretraining``; finished, it is sealed as a run is.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from imdb_lstm.config.options import DIRECTIONS, Config
from imdb_lstm.config.values import load_config
from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.runs.find import LANGUAGE_MODEL_FILE, find_run
from imdb_lstm.runs.manifest import verify
from imdb_lstm.runs.unfinished import changed_options, create
from imdb_lstm.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class Pretrained:
    """A finished language model: its words, its settings and its weights, float32 by name."""

    folder: Path
    vocabulary: Vocabulary
    config: Config
    manifest: dict[str, Any]
    weights: dict[str, np.ndarray]

    def start(self, encoder: keras.layers.Layer) -> None:
        """Give a ``recurrent.Recurrent`` layer the LSTM of each direction."""
        for name in DIRECTIONS[self.config.encoder]:
            parts = ("kernel", "recurrent_kernel", "bias")
            getattr(encoder, f"{name}s").set_weights(
                [self.weights[f"{name}/{part}"] for part in parts]
            )

    def check(self, config: Config) -> None:
        """Raises ``ConfigError`` when a network of this configuration cannot begin from it."""
        for option in ("encoder", "units", "embedding_dim"):
            own, wanted = getattr(self.config, option), getattr(config, option)
            if own != wanted:
                raise ConfigError(
                    f"{self.folder} was pretrained with {option} = {own}, not {wanted}: "
                    f"choose --{option.replace('_', '-')} {own}"
                )
        if config.bigram_dim:
            raise ConfigError("a pretrained encoder reads no word pairs: choose --bigram-dim 0")


def pretraining_folder(output: Path, name: str) -> Path:
    """Where a language model lies while it learns."""
    return output / f".{name}.pretraining"


def create_pretraining(
    output: Path, name: str, config: Config, fingerprints: dict[str, str]
) -> Path:
    """The folder to learn in, made, or found with the same configuration in it.

    Raises ``RunError`` when the name is in use or was begun with other values or reviews.
    """
    if Path(name).name != name:
        raise ConfigError(f"{name!r} cannot be the name of a language model: choose one without /")
    folder, finished = pretraining_folder(output, name), output / name
    if finished.exists():
        raise RunError(f"{finished} exists: choose another --name, or delete it")
    if (folder / "config.toml").exists():
        changed = changed_options(config, load_config(folder / "config.toml"))
        if changed:
            raise RunError(
                f"{name} was begun with other values of {', '.join(changed)}: go on with the same, "
                f"choose another --name, or delete {folder}"
            )
    create(folder, config, fingerprints)
    return folder


def starting_language_model(config: Config, output: Path) -> Pretrained | None:
    """The language model that a network starts from, if any: by its folder, or its name in output.

    Raises ``RunError`` when it cannot be loaded, and ``ConfigError`` when it does not fit.
    """
    if not config.pretrained:
        return None
    language_model = load_language_model(find_run(config.pretrained, output))
    language_model.check(config)
    return language_model


def half_precision(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights with matrices in float16: half the size, and exact enough."""
    return {
        name: weight.astype(np.float16) if weight.ndim > 1 else weight
        for name, weight in weights.items()
    }


def write_language_model(
    folder: Path, weights: dict[str, np.ndarray], vocabulary: Vocabulary
) -> None:
    """Write the words and the weights, these as ``halved``."""
    arrays: dict[str, Any] = half_precision(weights)
    try:
        with (folder / LANGUAGE_MODEL_FILE).open("wb") as stream:
            np.savez_compressed(stream, **arrays)
        vocabulary.save(folder / "vocabulary.txt")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error


def load_language_model(folder: Path) -> Pretrained:
    """Load a finished language model, its checksums checked first.

    Raises ``RunError`` when the folder is missing, damaged, or something else.
    """
    manifest = verify(folder)
    if LANGUAGE_MODEL_FILE not in manifest["files"]:
        raise RunError(f"{folder} is a classifier, no language model to begin from")
    try:
        with np.load(folder / LANGUAGE_MODEL_FILE, allow_pickle=False) as stored:
            weights = {name: stored[name].astype(np.float32) for name in stored}
        vocabulary = Vocabulary.load(folder / "vocabulary.txt")
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise RunError(f"{folder} cannot be loaded: {error}") from error
    return Pretrained(folder, vocabulary, load_config(folder / "config.toml"), manifest, weights)
