"""How much the gradient of the last state of a recurrent layer still has of earlier words."""

from __future__ import annotations

import keras
import numpy as np

from imdb_lstm.models.gradients import with_gradient


def gradient_by_distance(layer: keras.layers.RNN, values: np.ndarray) -> np.ndarray:
    """Return the size of the gradient of the last state by each word, the last word first.

    ``layer``: a recurrent layer that returns its last state only, (B, units). ``values``: its input
    for reviews of one length, float32 (n, T, D). The result, float32 (n, T), is the Frobenius norm
    of the Jacobian of the last state by the values of the word 0, 1, ... T − 1 places before the
    last. Where it is nearly zero the gradient vanishes: the error at the end of the review cannot
    change what the layer does with that word (Bengio, Simard & Frasconi 1994, "Learning long-term
    dependencies with gradient descent is difficult", section 4). Raises ``ConfigError`` if the
    backend of Keras is neither TensorFlow nor PyTorch.

    >>> layer = keras.layers.LSTM(8)  # doctest: +SKIP
    >>> gradient_by_distance(layer, np.ones((3, 50, 4), np.float32)).shape  # doctest: +SKIP
    (3, 50)
    """
    # Of the rows of a review, row u gives the derivatives of unit u only.
    one_per_row = np.tile(np.eye(layer.units, dtype=np.float32), (len(values), 1))
    gradient = with_gradient(lambda values, chosen: layer(values) * chosen)
    _, derivatives = gradient(np.repeat(values, layer.units, axis=0), one_per_row)
    squares = (derivatives**2).reshape(len(values), layer.units, *values.shape[1:])
    return np.sqrt(squares.sum(axis=(1, 3)))[:, ::-1]
