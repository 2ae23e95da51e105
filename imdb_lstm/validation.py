"""What finished runs said of their own validation reviews, kept in each: ``validation.csv``.

The manifest's checksums cover it. Verdicts are drawn by it; runs of earlier versions have none.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imdb_lstm.artifacts import VALIDATION, check, write_text
from imdb_lstm.ensemble import logit_spreads, mean_logits
from imdb_lstm.errors import ConfigError, RunError


@dataclass(frozen=True)
class Validation:
    """Names of the validation reviews, their labels, int64 (n,), and logits, float32 (n,)."""

    names: list[str]
    labels: np.ndarray
    logits: np.ndarray


def write(folder: Path, names: Sequence[str], labels: np.ndarray, logits: np.ndarray) -> None:
    """Write one CSV row a review, no texts; the logits with digits enough to be read as they are.

    Raises ``OutputError`` when it cannot be written.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("name", "label", "logit"))
    rows = zip(names, labels.tolist(), logits.tolist(), strict=True)
    writer.writerows((name, label, f"{logit:.9g}") for name, label, logit in rows)
    write_text(folder / VALIDATION, lines.getvalue())


def read(folder: Path) -> Validation:
    """What ``write`` wrote of a finished run. Raises ``RunError`` when there is none of it."""
    if VALIDATION not in check(folder)["files"]:
        raise RunError(
            f"{folder} keeps no {VALIDATION}, as runs of earlier versions do not: train it again"
        )
    with (folder / VALIDATION).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return Validation(
        [row["name"] for row in rows],
        np.array([int(row["label"]) for row in rows]),
        np.array([row["logit"] for row in rows], dtype=np.float32),
    )


def read_together(folders: Sequence[Path]) -> Validation:
    """What one run said, or several as one: see ``ensemble.py``.

    Raises ``RunError`` as ``read`` does, and ``ConfigError`` for runs of different reviews.
    """
    first, *others = found = [read(folder) for folder in folders]
    if not others:
        return first
    for folder, other in zip(folders[1:], others, strict=True):
        if other.names != first.names or (other.labels != first.labels).any():
            raise ConfigError(
                f"{folders[0]} and {folder} have different validation reviews, so nothing can be "
                "chosen on them together: name runs of one --data and one --seed"
            )
    logits = mean_logits([each.logits for each in found], logit_spreads(folders))
    return Validation(first.names, first.labels, logits)
