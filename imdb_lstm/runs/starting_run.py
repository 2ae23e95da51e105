"""A finished network that another one starts from, with other reviews or other options.

It gives its vocabulary, embedding and LSTMs as a language model does and, for the same classes and
pooling, its last layer too.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from imdb_lstm.config.options import DIRECTIONS, Config
from imdb_lstm.errors import ConfigError
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.runs.find import find_run, is_language_model
from imdb_lstm.runs.learned import read_learned
from imdb_lstm.runs.pretrained import PARTS, Pretrained, half_precision, load_language_model
from imdb_lstm.runs.run import NetworkRun, load_run


def starting_model(config: Config, output: Path) -> Pretrained | None:
    """Load what a network starts from: a language model or a finished network, if anything.

    It is found by its folder, or by its name in ``output``. Raises ``RunError`` when it is missing
    or damaged, and ``ConfigError`` when the configured network cannot start from it.
    """
    if not config.pretrained:
        return None
    folder = find_run(config.pretrained, output)
    load = load_language_model if is_language_model(folder) else load_starting_run
    found = load(folder)
    found.check(config)
    return found


def load_starting_run(folder: Path) -> Pretrained:
    """Load a finished network of one LSTM layer, whose weights are rounded to float16.

    A prepared training file holds them so: a training is the same with and without one. Raises the
    errors of ``starting_model``.
    """
    run = load_run(folder)
    if (
        not isinstance(run, NetworkRun)
        or run.config.encoder not in DIRECTIONS
        or run.config.layers > 1
        or run.config.bigram_dim
    ):
        raise ConfigError(
            f"no network can start from {folder}: only from one of a single lstm or bilstm layer "
            "without bigrams, or from a language model"
        )
    network = run.network
    assert isinstance(network, NumpyNetwork)
    weights = {"embedding": network.words.rows(np.arange(network.vocabulary_size))}
    for name in DIRECTIONS[run.config.encoder]:
        arrays = network.layers["encoder_1"].part(f"{name}s/cell")
        weights |= {f"{name}/{part}": each for part, each in zip(PARTS, arrays, strict=True)}
    weights |= {"logit/kernel": network.kernel, "logit/bias": network.bias}
    rounded = {key: each.astype(np.float32) for key, each in half_precision(weights).items()}
    learned = read_learned(folder)
    return Pretrained(
        folder, run.vocabulary, run.config, run.manifest, rounded, run.classes.names, learned
    )
