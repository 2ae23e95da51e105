"""How batches come to ``fit``: under TensorFlow through a ``tf.data`` pipeline of our own."""

from __future__ import annotations

from typing import Any

import keras

from imdb_lstm.batches import Batches


def for_fit(batches: Batches) -> Any:
    """What ``fit`` is to read, every epoch as it is planned when that begins.

    Under TensorFlow a ``tf.data.Dataset`` of (ids int32 (B, T), labels float32 (B, 1)), and known
    float32 (B,) where labels are missing. The one that ``fit`` would make of the batches tunes
    itself by a thread that may end up to a minute late, and takes a width that the first two
    batches share for that of all. Other backends read the batches themselves.

    >>> import numpy as np
    >>> dataset = for_fit(Batches([np.array([5, 6]), np.array([7])], np.array([1, 0]), 2, seed=0))
    >>> [[part.shape for part in batch] for batch in dataset.as_numpy_iterator()]
    [[(2, 2), (2, 1)]]
    """
    if keras.config.backend() != "tensorflow":
        return batches
    import tensorflow as tf

    kinds = (
        tf.TensorSpec((None, None), tf.int32),
        tf.TensorSpec((None, 1), tf.float32),
        tf.TensorSpec((None,), tf.float32),
    )
    read = tf.data.Dataset.from_generator(
        lambda: (batches[index] for index in range(len(batches))),
        output_signature=kinds if batches.missing.any() else kinds[:2],
    )
    options = tf.data.Options()
    options.autotune.enabled = False
    counted = read.apply(tf.data.experimental.assert_cardinality(len(batches)))
    return counted.prefetch(2).with_options(options)
