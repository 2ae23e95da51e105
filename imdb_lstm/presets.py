"""The presets: configurations that were measured. What they score stands in the README.

>>> resolve("small", {}, {"units": 32}).units
32
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imdb_lstm.config import Config, with_values
from imdb_lstm.errors import ConfigError

PRESETS: dict[str, Config] = {
    # The default: one BiLSTM over whole reviews, for IMDb or tens of thousands of your own.
    #   imdb-lstm train
    "quick": Config(),
    # For a few hundred to a few thousand reviews: a smaller network, more and smaller steps, and
    # no word vectors, for which the text is too little.
    #   imdb-lstm train --data sample --preset small
    "small": Config(
        minimum_count=1,
        embedding_units=32,
        word_vectors=False,
        units=16,
        batch_size=16,
        epochs=20,
        patience=5,
    ),
}


def resolve(preset: str, file_values: Mapping[str, Any], options: Mapping[str, Any]) -> Config:
    """The preset, overridden by a TOML file's values, overridden by the options given by hand."""
    if preset not in PRESETS:
        raise ConfigError(f"unknown preset {preset!r}; there are {', '.join(PRESETS)}")
    config = with_values(PRESETS[preset], file_values, "the configuration file")
    return with_values(config, options, "the options")
