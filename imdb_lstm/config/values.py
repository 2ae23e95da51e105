"""Values put into a configuration: from the command line, a TOML file, or a saved run.

>>> with_values(Config(), {"units": 32}, "an example").units
32
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from imdb_lstm.config.fields import read_options
from imdb_lstm.config.options import NGRAMS_EMBEDDED, NGRAMS_NB, Config
from imdb_lstm.errors import ConfigError

# Options of earlier versions: the present name, or why there is none.
RENAMED = {
    "teacher": "pseudo_labels_from", "patchwork": "recombined_texts", "window": "bptt_length",
    "candidates": "sampled_softmax_size", "unfreeze_epochs": "gradual_unfreezing",
    "depth_decay": "layer_decay", "embedding_units": "embedding_dim",
    "frozen_vectors": "freeze_embeddings", "pair_units": "bigram_dim",
    "segment_length": "chunk_length",
    "positive_label": "labels", "negative_label": "labels",
}  # fmt: skip
REMOVED = {
    **dict.fromkeys(
        ("mixup", "adversarial_weight", "virtual_weight", "adversarial_radius", "entropy_weight",
         "unlabelled_share", "weight_average"), "it brought no gain in the ablations"
    ),
    **dict.fromkeys(("kernel_size", "heads", "pair_rows", "ngram_units"), "it is a constant now"),
}  # fmt: skip
RENAMED_VALUES = {"linear": NGRAMS_NB, "latent": NGRAMS_EMBEDDED}


def with_values(config: Config, values: Mapping[str, Any], origin: str) -> Config:
    """A copy with the values put in.

    An integer is accepted where a float is expected, a path for a name, and a NumPy scalar for a
    number.

    Raises ``ConfigError``, naming the ``origin``, for an unknown or renamed option.
    """
    defaults = {option.name: option.default for option in fields(Config)}
    accepted: dict[str, Any] = {}
    for key, value in values.items():
        if key not in defaults:
            raise ConfigError(_unknown(key, origin, defaults))
        value = _plain(value)
        whole = type(value) is int and type(defaults[key]) is float
        accepted[key] = float(value) if whole else value
        _check_text(key, value, origin)
        _check_renamed_value(key, value, origin)
    return replace(config, **accepted)


def _plain(value: Any) -> Any:
    """A path as its name, a NumPy scalar as a number of Python, anything else as it is.

    >>> _plain(Path("reviews.csv"))
    'reviews.csv'
    """
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value.item() if hasattr(value, "item") and not isinstance(value, str) else value


def _check_text(key: str, value: Any, origin: str) -> None:
    """Raise ``ConfigError`` for text that no file of a run can hold."""
    if isinstance(value, str) and value.encode("utf-8", "replace").decode() != value:
        raise ConfigError(f"{key} = {value!r} in {origin} is not UTF-8: rename the file")


def _unknown(key: str, origin: str, known: Mapping[str, Any]) -> str:
    """Why an option is not accepted, and what to write instead."""
    if key in RENAMED:
        return f"{key!r} in {origin} is now called {RENAMED[key]!r}"
    if key in REMOVED:
        return f"{key!r} in {origin} was removed: {REMOVED[key]}. Leave it out"
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"unknown key {key!r} in {origin}" + (f"; did you mean {near[0]!r}?" if near else "")


def _check_renamed_value(key: str, value: Any, origin: str) -> None:
    """Raise ``ConfigError`` for the former name of an n-gram model, naming the present one."""
    if key in ("encoder", "pseudo_labels_from"):
        for part in str(value).split("+"):
            if part in RENAMED_VALUES:
                raise ConfigError(
                    f"{key} = {part!r} in {origin} is now called {RENAMED_VALUES[part]!r}"
                )


def load_config(path: Path) -> Config:
    """The configuration that a run saved. Raises ``ConfigError``."""
    return with_values(Config(), read_options(path), str(path))
