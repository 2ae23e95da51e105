"""The training of a run in sentences, from its configuration and metrics; see ``description``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imdb_lstm.config.groups import options_of
from imdb_lstm.config.options import Config
from imdb_lstm.config.unread import unread_options
from imdb_lstm.runs.description import joined


def training_sentences(config: Config) -> list[str]:
    """Describe the optimisation of a network; empty for an n-gram classifier."""
    if config.uses_ngrams:
        return []
    at_most = "one epoch" if config.epochs == 1 else f"at most {config.epochs} epochs"
    stopping = (
        f", with early stopping after {config.patience} without a lower validation loss; the epoch "
        "with the lowest is kept"
    )
    names = options_of("regularisation", "augmentation")
    unread = unread_options(config, names)
    used = [
        f"{name.replace('_', ' ')} {_written(value)}".rstrip()
        for name in names
        if (value := getattr(config, name)) and name not in unread
    ]
    return [
        f"It was trained by {config.optimizer} with a learning rate of {config.learning_rate:g} "
        f"({config.schedule}), {config.batch_size} reviews per step, for {at_most}"
        f"{stopping if config.epochs > 1 else ''}.",
        f"Regularisation and augmentation: {joined(used) if used else 'none'}.",
    ]


def _written(value: float | str) -> str:
    """A value of an option: nothing for True, and of a path its last part."""
    if isinstance(value, str):
        return Path(value).name
    return "" if value is True else f"{value:g}"


def copy_sentences(metrics: Mapping[str, Any]) -> list[str]:
    """Describe how a smaller copy was made; empty for a run as it was trained."""
    sentences = []
    if "pruned" in metrics:
        made = metrics["pruned"]
        sentences.append(f"Pruned from {made['units_before']} to {made['units']} units.")
    if "averaged" in metrics:
        names = [str(name)[:60] for name in metrics["averaged"]["runs"]]
        sentences.append(f"Its weights are the mean of those of {joined(names)}.")
    if "quantized" in metrics:
        made = metrics["quantized"]
        sentences.append(
            f"Quantized: {made['words']:,} words, embeddings with {made['bits']} bits per value, "
            f"recurrent matrices with {made['recurrent_bits']}."
        )
    return sentences


def made_sentence(config: Config, metrics: Mapping[str, Any]) -> str:
    """Say how long the training took, and whose options ``config.toml`` has."""
    took = f"{metrics['seconds']:,.0f} s on {metrics['machine']}, with seed {config.seed}"
    if not copy_sentences(metrics):
        return (
            f"**Made in** {took}. All options are in `config.toml`; "
            "`imdb-lstm train --config config.toml` trains it again."
        )
    source = "the run that it was made from"
    if "averaged" in metrics:
        source = f"{str(metrics['averaged']['runs'][-1])[:60]}, the last of the averaged runs"
    return f"**Options** in `config.toml` are those of {source}, which was trained in {took}."
