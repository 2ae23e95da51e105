"""The logits of a finished run on its own validation reviews, saved as ``validation.csv``.

Decision rules and ensemble weights are fitted to them; the manifest holds their checksum.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imdb_lstm.runs.files import csv_text, reading, write_text
from imdb_lstm.runs.learned import read_classes
from imdb_lstm.runs.manifest import VALIDATION_FILE, verify
from imdb_lstm.stored.text import read_text


@dataclass(frozen=True)
class Validation:
    """Names of the validation reviews, their labels, int64 (n,), and logits, float32.

    The logits are (n,) for two classes, (n, classes) for more.
    """

    names: list[str]
    labels: np.ndarray
    logits: np.ndarray


def write_validation(
    folder: Path, names: Sequence[str], labels: np.ndarray, logits: np.ndarray
) -> None:
    """Write one CSV row per review, without its text. Raises ``OutputError``.

    The logits have nine digits, so that reading gives the same float32 values.
    """
    columns = logits[:, None] if logits.ndim == 1 else logits
    numbers = [f"logit {number}" for number in range(columns.shape[1])]
    head = ("name", "label", *(["logit"] if logits.ndim == 1 else numbers))
    rows = zip(names, labels.tolist(), columns.tolist(), strict=True)
    lines = ((name, label, *(f"{x:.9g}" for x in values)) for name, label, values in rows)
    write_text(folder / VALIDATION_FILE, csv_text([head, *lines]))


def read_validation(folder: Path) -> Validation:
    """Read the validation logits of a finished run, whose checksums are verified first.

    Raises ``RunError``.
    """
    verify(folder)
    path = folder / VALIDATION_FILE
    classes = read_classes(folder)
    with reading(path):
        header, *rows = csv.reader(io.StringIO(read_text(path), newline=""))
        wanted = ["logit"] if len(classes) == 2 else [f"logit {n}" for n in range(len(classes))]
        if header != ["name", "label", *wanted]:
            raise ValueError(f"its columns are not those of {len(classes)} classes")
        logits = np.array([row[2:] for row in rows], np.float32).reshape(len(rows), len(wanted))
        labels = np.array([int(row[1]) for row in rows], np.int64)
        if not np.isfinite(logits).all() or not ((labels >= 0) & (labels < len(classes))).all():
            raise ValueError("a logit is not finite, or a label is of no class")
        return Validation(
            [row[0] for row in rows], labels, logits[:, 0] if wanted == ["logit"] else logits
        )
