"""The values of ``metrics.json``, what training measured: each is of the kind that it writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from imdb_lstm.errors import RunError

COUNTS = (
    "best_epoch", "parameters", "train_reviews", "peak_memory_megabytes", "extra_added",
    "extra_rows", "pseudo_labelled_reviews", "recombined_texts", "excerpts", "short_texts",
)  # fmt: skip
AT_LEAST_ZERO = ("logit_std", "seconds", "cut_share", "unknown_share", "padding_share", *COUNTS)
GROUPS = ("validation", "quantized", "pruned", "averaged")
LARGEST = 1e15  # nothing that is counted or measured comes near


class Measured(dict[str, Any]):
    """Values by their names. Raises ``RunError`` for one that the file does not have."""

    def __init__(self, path: Path, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.path = path

    def __missing__(self, key: str) -> Any:
        raise RunError(f"{self.path} has no {key}")


def measured(path: Path, found: Any) -> Measured:
    """Return the values that were read from a file. Raises ``ValueError`` for those of others."""
    if not isinstance(found, dict):
        raise ValueError("it holds no values by name")
    for key in found.keys() & {*AT_LEAST_ZERO, "threshold", "temperature"}:
        value = found[key]
        right = _is_number(value) and (key == "threshold" or value >= 0)
        right &= type(value) is int or key not in COUNTS
        _check(key, value, right and (key != "temperature" or value > 0))
    for key in found.keys() & {"machine", "device"}:
        _check(key, found[key], isinstance(found[key], str))
    for key in found.keys() & set(GROUPS):
        own = found[key]
        _check(key, own, isinstance(own, dict))
        for name, value in own.items():
            _check(name, value, value is None or isinstance(value, list) or _is_number(value))
        found[key] = Measured(path, own)
    return Measured(path, found)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < LARGEST


def _check(key: str, value: Any, right: bool) -> None:
    if not right:
        raise ValueError(f"{key} cannot be {str(value)[:60]}")
