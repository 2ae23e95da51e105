"""What an option of ``Config`` is: its default and its help, what it may be, how TOML holds it."""

from __future__ import annotations

import dataclasses
import json
import math
import tomllib
from pathlib import Path
from typing import Any

from imdb_lstm.errors import ConfigError


def option(
    default: Any,
    help: str,
    *,
    choices: tuple[str, ...] = (),
    minimum: float = -math.inf,
    maximum: float = math.inf,
) -> Any:
    """A field of the dataclass: any of the ``choices``, or a number within the bounds."""
    metadata = {"help": help, "choices": choices, "minimum": minimum, "maximum": maximum}
    return dataclasses.field(default=default, metadata=metadata)


def check(field: Any, value: Any) -> None:
    """Refuse a value of the wrong type, outside the choices, or outside the bounds."""
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
    """The value as it stands in a TOML file."""
    if isinstance(value, str):  # a TOML string is a JSON string, but for the delete character
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def read_toml(path: Path) -> dict[str, Any]:
    """The keys and values of a TOML file. Raises ``ConfigError`` when it cannot be read as one."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as TOML: {error}") from error
