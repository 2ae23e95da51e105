"""Logits of encoded reviews, in the order given, whatever the batches' order."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from imdb_lstm.batches import Batches

BATCH_SIZE = 256


def predict_logits(model: keras.Model, ids: Sequence[np.ndarray]) -> np.ndarray:
    """Logits of "positive", float32 (n,), for n int32 arrays of ids.

    Reviews of one length are computed together, so that hardly any time goes into padding.
    """
    batches = Batches(ids, None, BATCH_SIZE)
    logits = np.empty(len(ids), dtype=np.float32)
    logits[batches.order] = model.predict(batches, verbose=0)[:, 0]
    return logits
