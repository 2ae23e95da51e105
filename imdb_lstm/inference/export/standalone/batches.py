"""Batches of reviews of similar length, and their padded ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

BATCH = 64  # reviews that are read together


def logits_of_batches(
    read: Callable[[list[np.ndarray]], np.ndarray], ids: Sequence[np.ndarray], outputs: int
) -> np.ndarray:
    """Logits, float32 (n,) or (n, classes), of n arrays of ids.

    ``read``: the ids of B reviews, the longest last → logits (B, ``outputs``).
    """
    found = np.zeros((len(ids), outputs), np.float32)
    order = np.argsort([len(each) for each in ids], kind="stable")
    for start in range(0, len(order), BATCH):
        group = order[start : start + BATCH]
        found[group] = read([ids[number] for number in group])
    return found[:, 0] if outputs == 1 else found


def padded(ids: Sequence[np.ndarray]) -> np.ndarray:
    """The ids of B reviews, the longest last, with zeros on the right: int32 (B, T)."""
    rows = np.zeros((len(ids), len(ids[-1])), np.int32)
    for row, own in zip(rows, ids, strict=True):
        row[: len(own)] = own
    return rows
