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

from imdb_lstm.errors import RunError
from imdb_lstm.runs.files import write_text
from imdb_lstm.runs.manifest import VALIDATION_FILE, verify


@dataclass(frozen=True)
class Validation:
    """Names of the validation reviews, their labels, int64 (n,), and logits, float32 (n,)."""

    names: list[str]
    labels: np.ndarray
    logits: np.ndarray


def write_validation(
    folder: Path, names: Sequence[str], labels: np.ndarray, logits: np.ndarray
) -> None:
    """Write one CSV row a review, no texts; the logits with digits enough to be read as they are.

    Raises ``OutputError`` when it cannot be written.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(("name", "label", "logit"))
    rows = zip(names, labels.tolist(), logits.tolist(), strict=True)
    writer.writerows((name, label, f"{logit:.9g}") for name, label, logit in rows)
    write_text(folder / VALIDATION_FILE, lines.getvalue())


def read_validation(folder: Path) -> Validation:
    """What ``write`` wrote of a finished run. Raises ``RunError`` when there is none of it."""
    if VALIDATION_FILE not in verify(folder)["files"]:
        raise RunError(
            f"{folder} keeps no {VALIDATION_FILE}, as runs of earlier versions do not: train it again"
        )
    with (folder / VALIDATION_FILE).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return Validation(
        [row["name"] for row in rows],
        np.array([int(row["label"]) for row in rows]),
        np.array([row["logit"] for row in rows], dtype=np.float32),
    )
