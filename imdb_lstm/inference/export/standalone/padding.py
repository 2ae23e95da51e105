"""Batches of padded ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

BATCH = 64  # reviews that are read together


def logits_of_batches(
    read: Callable[[np.ndarray], np.ndarray], ids: Sequence[np.ndarray], outputs: int
) -> np.ndarray:
    """Logits, float32 (n,) or (n, classes), of n arrays of ids, by a network that needs padding.

    ``read``: ids, int32 (B, T) → logits (B, ``outputs``). Reviews of similar length share a batch.
    """
    found = np.zeros((len(ids), outputs), np.float32)
    order = np.argsort([len(each) for each in ids], kind="stable")
    for start in range(0, len(order), BATCH):
        group = order[start : start + BATCH]
        padded = np.zeros((len(group), len(ids[group[-1]])), np.int32)
        for row, number in zip(padded, group, strict=True):
            row[: len(ids[number])] = ids[number]
        found[group] = read(padded)
    return found[:, 0] if outputs == 1 else found
