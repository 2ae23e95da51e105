"""What a report of a fault needs to say about the runs of a folder, without private data.

Texts, words, labels, predictions, and the names of files, folders, columns, classes and runs are
private. Options that choose from a list, numbers and sizes of files are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from imdb_lstm.config.options import Config
from imdb_lstm.config.values import load_config
from imdb_lstm.errors import UserError
from imdb_lstm.runs.description import SOURCES
from imdb_lstm.runs.files import read_history, read_metrics
from imdb_lstm.runs.find import UNFINISHED
from imdb_lstm.runs.manifest import LANGUAGE_MODEL_FILES, NETWORK_FILES, NGRAM_FILES

GIVEN = "given"  # stands for a name
MOST_RUNS = 5


def describe_runs(saved_models: Path) -> list[dict[str, Any]]:
    """Describe the newest runs of a folder, at most ``MOST_RUNS``, finished or not."""
    configs = [path for path in saved_models.glob("*/config.toml") if not path.is_symlink()]
    configs.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [describe_run(path.parent) for path in configs[:MOST_RUNS]]


def describe_run(folder: Path) -> dict[str, Any]:
    """Return the options, numbers and sizes of the files of a run; what cannot be read is said."""
    return {
        "finished": not folder.name.endswith(UNFINISHED),
        "options": _or_error(lambda: public_options(load_config(folder / "config.toml"))),
        "metrics": _or_error(lambda: numbers(read_metrics(folder))),
        "history": _or_error(lambda: read_history(folder)),
        "bytes": {
            name: (folder / name).stat().st_size
            for name in sorted({*NETWORK_FILES, *NGRAM_FILES, *LANGUAGE_MODEL_FILES})
            if (folder / name).is_file()
        },
    }


def public_options(config: Config) -> dict[str, Any]:
    """Return the options that differ from their defaults; free text is only said to be given.

    >>> public_options(Config(data="/home/me/secret.csv", units=3, pooling="max"))
    {'data': 'given', 'units': 3, 'pooling': 'max'}
    """
    found = {}
    for field in fields(config):
        value = getattr(config, field.name)
        if value != field.default:
            public = field.metadata["choices"] or field.metadata["group"] == "network"
            public = public or not isinstance(value, str) or value in SOURCES
            found[field.name] = value if public else GIVEN
    return found


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Return the values that are numbers.

    >>> numbers({"seconds": 3.5, "classes": ["so", "la"], "machine": "x86_64"})
    {'seconds': 3.5}
    """
    return {key: value for key, value in values.items() if isinstance(value, int | float)}


def _or_error(read: Callable[[], Any]) -> Any:
    """Return what a function reads, or the kind of its error: a message may name a file."""
    try:
        return read()
    except UserError as error:
        return f"cannot be read: {type(error).__name__}"
