"""Logits of encoded reviews, in the order given, whatever the batches' order."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from imdb_lstm.batches import Batches

BATCH_SIZE = 32  # small batches stay in the processor's cache: 1.3 times as fast as 256


def predict_logits(model: keras.Model, ids: Sequence[np.ndarray]) -> np.ndarray:
    """Logits of "positive", float32 (n,), for n int32 arrays of ids.

    Reviews of one length are computed together, so that hardly any time goes into padding. Batch
    by batch, for ``model.predict`` takes up to twice as long over batches of differing widths.
    """
    batches = Batches(ids, None, BATCH_SIZE)
    logits = np.empty(len(ids), dtype=np.float32)
    for number, group in enumerate(batches.groups):
        logits[group] = np.asarray(model.predict_on_batch(batches[number][0]))[:, 0]
    return logits
