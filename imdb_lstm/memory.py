"""How far back a recurrent layer remembers: what a word changes in the state after the last one."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from imdb_lstm.errors import ConfigError


def gradient_by_distance(layer: keras.layers.RNN, values: np.ndarray) -> np.ndarray:
    """How much the last state changes with each of the values read, the last word's first.

    ``layer``: a built recurrent layer that gives its last state alone, (B, units). ``values``: what
    it reads of one review, float32 (T, D). Returned is, for the words 0, 1, ... T − 1 places before
    the last, the Frobenius norm of the matrix of derivatives of the state by the word's values,
    float32 (T,). Where it is nearly zero, no error found at the end can teach the layer anything
    about that word (Bengio, Simard & Frasconi 1994, "Learning long-term dependencies with gradient
    descent is difficult", section 4). Raises ``ConfigError`` where Keras does not compute with
    TensorFlow.

    >>> layer = keras.layers.LSTM(8)  # doctest: +SKIP
    >>> gradient_by_distance(layer, np.ones((50, 4), np.float32)).shape  # doctest: +SKIP
    (50,)
    """
    if keras.backend.backend() != "tensorflow":
        raise ConfigError("gradients by distance need the TensorFlow backend of Keras")
    repeated = tf.repeat(tf.constant(values)[None], layer.units, axis=0)
    with tf.GradientTape() as tape:
        tape.watch(repeated)
        states = layer(repeated)  # row u's derivatives are taken of its value u alone
    derivatives = tape.gradient(states, repeated, output_gradients=tf.eye(layer.units))
    return np.sqrt((derivatives.numpy() ** 2).sum(axis=(0, 2)))[::-1]
