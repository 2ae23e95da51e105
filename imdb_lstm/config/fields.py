"""What an option of ``Config`` is: its default, help, group and bounds, and its form in TOML.

Everything that lists options is derived from this metadata: the panels of ``--help``, the sections
of ``config.toml``, the reference page, and which options a kind of model reads.
"""

from __future__ import annotations

import dataclasses
import json
import math
import tomllib
from pathlib import Path
from typing import Any

from imdb_lstm.errors import ConfigError, one_line
from imdb_lstm.stored.text import read_text

GROUPS = (
    "reviews", "file", "split", "text", "network", "regularisation", "augmentation", "optimisation",
    "pseudo-labels", "pretraining", "machine",
)  # fmt: skip
MOST_DOTS = 100  # in a line of TOML: the time to parse a key is quadratic in them
NETWORK, NGRAMS, LANGUAGE_MODEL = "network", "n-grams", "language model"
ALL_MODELS = (NETWORK, NGRAMS, LANGUAGE_MODEL)


def option(
    default: Any,
    help: str,
    group: str,
    *,
    models: tuple[str, ...] = (NETWORK,),
    prepares: bool = False,
    choices: tuple[str, ...] = (),
    minimum: float = -math.inf,
    maximum: float = math.inf,
) -> Any:
    """A field of the dataclass: any of the ``choices``, or a number within the bounds.

    ``group``: one of ``GROUPS``. ``models``: the kinds of models that read the option.
    ``prepares``: whether it decides how reviews become ids and vectors.
    """
    metadata = {
        "help": help, "group": group, "models": models, "prepares": prepares, "choices": choices,
        "minimum": minimum, "maximum": maximum,
    }  # fmt: skip
    return dataclasses.field(default=default, metadata=metadata)


def check_field(field: Any, value: Any) -> None:
    """Raise ``ConfigError`` for a value of the wrong type, not a choice, or out of bounds."""
    name, rules, expected = field.name, field.metadata, type(field.default)
    if type(value) is not expected:
        raise ConfigError(f"{name} must be of type {expected.__name__}, not {value!r}")
    if rules["choices"] and value not in rules["choices"]:
        raise ConfigError(f"{name} must be one of {', '.join(rules['choices'])}, not {value!r}")
    within = expected is str or rules["minimum"] <= value <= rules["maximum"]
    if not within or value == math.inf:
        low, high = rules["minimum"], rules["maximum"]
        bounds = f"at least {low}" if high == math.inf else f"between {low} and {high}"
        raise ConfigError(f"{name} must be {bounds}, not {value}")


def toml_value(value: Any) -> str:
    """The value as written in a TOML file.

    >>> toml_value(True), toml_value("text"), toml_value(0.5)
    ('true', '"text"', '0.5')
    """
    if isinstance(value, str):  # a TOML string is a JSON string, but for the delete character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def read_toml(path: Path) -> dict[str, Any]:
    """The keys and values of a TOML file. Raises ``ConfigError`` when it cannot be read as one."""
    try:
        text = read_text(path)
        if any(line.count(".") > MOST_DOTS for line in text.splitlines()):
            raise ValueError(f"a line has more than {MOST_DOTS} dots")
        return tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read as TOML: {one_line(error)}") from error


def read_options(path: Path) -> dict[str, Any]:
    """Option → value of a TOML file; options may be in the sections named after ``GROUPS``.

    Raises ``ConfigError`` when the file cannot be read, or gives an option twice.
    """
    values: dict[str, Any] = {}
    for key, value in read_toml(path).items():
        found = value if key in GROUPS and isinstance(value, dict) else {key: value}
        if twice := values.keys() & found.keys():
            raise ConfigError(f"{path} gives {min(twice)} twice")
        values |= found
    return values
