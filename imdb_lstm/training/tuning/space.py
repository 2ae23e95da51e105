"""The search space: options and the values that a search may try, read from a TOML file.

    units = { low = 16, high = 128, step = 16 }
    learning_rate = { low = 1e-4, high = 1e-2, log = true }
    encoder = ["lstm", "bilstm"]

All values are checked against ``Config`` when the file is read, before the first trial.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from imdb_lstm.config.fields import NETWORK, read_toml
from imdb_lstm.config.groups import options_for, options_of
from imdb_lstm.config.options import NGRAM_ENCODERS, Config
from imdb_lstm.config.values import with_values
from imdb_lstm.errors import ConfigError

DEFAULT_SPACE = Path(__file__).parent / "default_space.toml"
# Groups of options that are fixed in a study: trials that differ in them cannot be compared.
FIXED_GROUPS = ("reviews", "file", "split", "pseudo-labels", "machine")
FIXED = ("counterfactual", "counterfactual_excerpts", "antonyms")  # and these, as more reviews


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, inclusive, optionally in steps or on a logarithmic scale.

    >>> 32 in Range(16, 64, step=16), 33 in Range(16, 64, step=16), 0.5 in Range(0.0, 1.0)
    (True, False, True)
    """

    low: float
    high: float
    step: float | None = None
    log: bool = False

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high and self.is_step(value)

    def is_step(self, value: float) -> bool:
        """Return whether the value is ``low`` plus whole steps, within floating-point error."""
        steps = (value - self.low) / self.step if self.step else 0.0
        return math.isclose(steps, round(steps), abs_tol=1e-9)


@dataclass(frozen=True)
class Choices:
    """One of several values."""

    values: tuple[Any, ...]

    def __contains__(self, value: Any) -> bool:
        return value in self.values


Space = dict[str, Range | Choices]


def read_space(path: Path, base: Config, given: Collection[str] = ()) -> Space:
    """Read the space in a file, without the ``given`` options, which keep their values in ``base``.

    Raises ``ConfigError`` naming file and key when a key is not an option of ``Config`` or cannot
    be searched over, or when a value has the wrong type or lies outside the choices or bounds.
    """
    if base.uses_ngrams:
        raise ConfigError(f"tune searches over networks, and --encoder {base.encoder} is not one")
    space = {}
    for key, found in read_toml(path).items():
        if key not in Config.__dataclass_fields__:
            with_values(base, {key: found}, str(path))  # raises, naming the most similar option
        try:
            space[key] = _parsed(key, found, base)
        except ConfigError as error:
            raise ConfigError(f"{path}, {key}: {error}") from error
    space = {key: values for key, values in space.items() if key not in given}
    if not space:
        raise ConfigError(f"{path} leaves nothing to search over")
    return space


def _parsed(key: str, found: Any, base: Config) -> Range | Choices:
    if key not in options_for(NETWORK):
        raise ConfigError("cannot be searched over: a network does not read it")
    if key in (*FIXED, *options_of(*FIXED_GROUPS)):
        raise ConfigError(
            "cannot be searched over: it chooses the reviews, their labels or the machine"
        )
    if isinstance(found, list):
        return _choices(key, found, base)
    if isinstance(found, dict):
        return _range(key, found, base)
    raise ConfigError(f"must be a list of choices or a table of low and high, not {found!r}")


def _choices(key: str, found: list[Any], base: Config) -> Choices:
    values = tuple(_checked(key, value, base) for value in found)
    if without := [value for value in values if value in NGRAM_ENCODERS]:
        raise ConfigError(f"{without[0]} is not a network and cannot be searched over")
    if not values or len(set(values)) < len(values):
        raise ConfigError("must list at least one choice, and none twice")
    return Choices(values)


def _range(key: str, found: Mapping[str, Any], base: Config) -> Range:
    kind = type(getattr(base, key))
    if kind not in (int, float):
        raise ConfigError(f"is of type {kind.__name__} and needs a list of choices")
    known = {field.name for field in fields(Range)}
    if not {"low", "high"} <= found.keys() <= known:
        raise ConfigError("needs low and high, and knows step and log besides")
    low, high = (_checked(key, found[end], base) for end in ("low", "high"))
    step, log = found.get("step"), found.get("log", False)
    if step is not None and (type(step) not in (int, kind) or not 0 < step < math.inf):
        raise ConfigError(f"step must be above zero and of type {kind.__name__}, not {step!r}")
    if type(log) is not bool or (log and (low <= 0 or step is not None)):
        raise ConfigError("log must be true or false; log = true needs low above 0, and no step")
    wanted = Range(low, high, None if step is None else kind(step), log)
    if low >= high or not wanted.is_step(high):
        raise ConfigError(f"high ({high}) must be above low ({low}), by whole steps")
    return wanted


def _checked(key: str, value: Any, base: Config) -> Any:
    """Return the value in the type of the option: 1 becomes 1.0 for a float option."""
    return getattr(with_values(base, {key: value}, "the space"), key)
