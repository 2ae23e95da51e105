"""Names of options by group and by the kind of model that reads them, from the fields' metadata."""

from __future__ import annotations

from dataclasses import fields

from imdb_lstm.config.options import Config


def options_of(*groups: str) -> list[str]:
    """Names of the options in the groups, in their order.

    >>> options_of("text")
    ['vocabulary_size', 'minimum_count', 'maximum_length']
    """
    return [field.name for field in fields(Config) if field.metadata["group"] in groups]


def options_for(*models: str) -> list[str]:
    """Names of the options that a model of any of these kinds reads.

    >>> "units" in options_for("network"), "units" in options_for("n-grams")
    (True, False)
    """
    return [field.name for field in fields(Config) if set(models) & {*field.metadata["models"]}]


def preparing_options() -> list[str]:
    """Names of the options that decide how reviews become ids and vectors."""
    return [field.name for field in fields(Config) if field.metadata["prepares"]]


def file_options() -> list[str]:
    """Names of the options that say how a file is read: its columns, labels and dialect."""
    named = [name for name in options_of("reviews", "split") if name.endswith("_column")]
    return [*named, "labels", *options_of("file")]
