"""Folders of language models: written by pretraining, read by the training of a classifier.

A classifier may start from another one instead, see ``starting_run``.

During pretraining, a language model is the folder ``.NAME.pretraining``; it is finalized as a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from imdb_lstm.config.options import DIRECTIONS, Config
from imdb_lstm.config.values import load_config
from imdb_lstm.errors import ConfigError, RunError, one_line
from imdb_lstm.runs.files import replacing, write_arrays
from imdb_lstm.runs.find import LANGUAGE_MODEL_FILE
from imdb_lstm.runs.lock import check_unlocked
from imdb_lstm.runs.manifest import check_links, verify
from imdb_lstm.runs.unfinished import TRAINED, changed_options, check_new_name, create
from imdb_lstm.stored.arrays import open_arrays
from imdb_lstm.text.vocabulary import Vocabulary

if TYPE_CHECKING:  # n-grams are trained without Keras
    import keras

PARTS = ("kernel", "recurrent_kernel", "bias")  # of an LSTM


@dataclass(frozen=True)
class Pretrained:
    """A finished model to start from: its vocabulary, options and weights, float32 by name.

    Of a classifier also the names of its ``classes``, and ``learned``: hashes of the texts whose
    labels it has learned, uint64 (n,); see ``data.copies.text_keys``.
    """

    folder: Path
    vocabulary: Vocabulary
    config: Config
    manifest: dict[str, Any]
    weights: dict[str, np.ndarray]
    classes: tuple[str, ...] = ()
    learned: np.ndarray | None = None

    def start(self, model: keras.Model, config: Config) -> None:
        """Set the weights of the LSTMs of a network, and of its last layer if it has the same."""
        encoder = model.get_layer("encoder_1")
        for name in DIRECTIONS[self.config.encoder]:
            getattr(encoder, f"{name}s").set_weights(
                [self.weights[f"{name}/{part}"] for part in PARTS]
            )
        if "logit/kernel" in self.weights and self.config.pooling == config.pooling:
            last = [self.weights[f"logit/{part}"] for part in ("kernel", "bias")]
            model.get_layer("logit").set_weights(last)

    def for_classes(self, classes: tuple[str, ...]) -> Pretrained:
        """Return the model without its last layer, unless that is of the same classes."""
        if self.classes == classes:
            return self
        kept = {key: each for key, each in self.weights.items() if not key.startswith("logit/")}
        return replace(self, weights=kept)

    def check(self, config: Config) -> None:
        """Raise ``ConfigError`` if a network of this configuration cannot start from the model."""
        for option in ("encoder", "units", "embedding_dim"):
            own, wanted = getattr(self.config, option), getattr(config, option)
            if own != wanted:
                raise ConfigError(
                    f"{self.folder} was trained with {option} = {own}, not {wanted}: "
                    f"choose --{option.replace('_', '-')} {own}"
                )
        if config.bigram_dim:
            raise ConfigError(
                "a pretrained encoder does not read bigram embeddings: choose --bigram-dim 0"
            )


def pretraining_folder(output: Path, name: str) -> Path:
    """The folder of the language model with this name during pretraining."""
    return output / f".{name}.pretraining"


def check_pretraining_name(output: Path, name: str) -> Path:
    """The folder of a language model during pretraining, if the name can be used.

    Raises ``ConfigError`` for an impossible name, ``RunError`` when it is in use or being trained,
    and ``OutputError`` for a folder that cannot be written to.
    """
    check_new_name(output, name, "language model")
    folder = pretraining_folder(output, name)
    check_unlocked(folder, name, TRAINED)
    return folder


def create_pretraining(
    output: Path, name: str, config: Config, fingerprints: dict[str, str]
) -> Path:
    """Create the folder of a language model, or find the one started with the same options.

    Raises the errors of ``check_pretraining_name``, and ``RunError`` when it was started with other
    options or reviews.
    """
    folder = check_pretraining_name(output, name)
    check_links(folder)
    if (folder / "config.toml").exists():
        changed = changed_options(config, load_config(folder / "config.toml"))
        if changed:
            raise RunError(
                f"{name} was started with other values of {', '.join(changed)}: use the same, "
                f"choose another --name, or delete {folder}"
            )
    create(folder, config, fingerprints)
    return folder


def half_precision(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights with matrices as float16, which halves the file; vectors stay float32."""
    return {
        name: weight.astype(np.float16) if weight.ndim > 1 else weight
        for name, weight in weights.items()
    }


def write_language_model(
    folder: Path, weights: dict[str, np.ndarray], vocabulary: Vocabulary
) -> None:
    """Write the vocabulary, and the weights in half precision. Raises ``OutputError``."""
    arrays: dict[str, Any] = half_precision(weights)
    write_arrays(folder / LANGUAGE_MODEL_FILE, np.savez_compressed, **arrays)
    with replacing(folder / "vocabulary.txt") as temporary:
        vocabulary.save(temporary)


def load_language_model(folder: Path) -> Pretrained:
    """Load a finished language model, whose checksums are verified first.

    Raises ``RunError`` when the folder is missing, damaged, or not a language model.
    """
    manifest = verify(folder)
    if LANGUAGE_MODEL_FILE not in manifest["files"]:
        raise RunError(f"{folder} is a classifier, not a language model to start from")
    try:
        config = load_config(folder / "config.toml")
        vocabulary = Vocabulary.load(folder / "vocabulary.txt")
        with open_arrays(folder / LANGUAGE_MODEL_FILE) as stored:
            weights = checked_weights(stored, config, len(vocabulary))
    except ConfigError:
        raise
    except Exception as error:  # a foreign file can raise many kinds of errors
        raise RunError(f"{folder} cannot be loaded: {one_line(error)}") from error
    return Pretrained(folder, vocabulary, config, manifest, weights)


def checked_weights(
    stored: Mapping[str, np.ndarray], config: Config, words: int
) -> dict[str, np.ndarray]:
    """The weights of a language model with these options and as many ids, float32 by name.

    Raises ``ValueError`` for other names, shapes or types.
    """
    width, units = config.embedding_dim, config.units
    shapes: dict[str, tuple[int, ...]] = {"embedding": (words, width), "softmax_bias": (words,)}
    for name in DIRECTIONS.get(config.encoder, ()):
        shapes |= {
            f"{name}/kernel": (width, 4 * units),
            f"{name}/recurrent_kernel": (units, 4 * units),
            f"{name}/bias": (4 * units,),
            f"{name}/projection": (units, width),
            f"{name}/projection_bias": (width,),
        }
    if "logit/kernel" in stored:  # of a classifier
        outputs = np.shape(stored["logit/bias"])
        shapes |= {"logit/kernel": (_pooled(config), *outputs), "logit/bias": outputs}
    if odd := stored.keys() - shapes.keys():
        raise ValueError(f"a language model has no weights {min(odd)[:60]}")
    found: dict[str, np.ndarray] = {}
    for name, shape in shapes.items():
        if name not in stored and ("projection" in name or "softmax" in name):
            continue  # of pretraining only
        own = stored[name]
        if own.shape != shape or own.dtype.kind != "f" or not np.isfinite(own).all():
            raise ValueError(f"{name} is not an array of finite numbers of shape {shape}")
        found[name] = own.astype(np.float32)
    return found


def _pooled(config: Config) -> int:
    """Return the width of what the last layer of a network reads."""
    return config.units * len(DIRECTIONS[config.encoder]) * len(config.pooling.split("+"))
