"""Gradients with respect to inputs, computed by the backend of Keras: TensorFlow or PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from imdb_lstm.errors import ConfigError

WithGradient = Callable[..., tuple[np.ndarray, np.ndarray]]


def with_gradient(function: Callable[..., Any]) -> WithGradient:
    """Wrap a function of tensors so that it also returns a gradient.

    The result takes NumPy arrays and returns two: the outputs of ``function``, and the gradient of
    their sum with respect to the first argument. Raises ``ConfigError`` when the backend of Keras
    is neither TensorFlow nor PyTorch.

    >>> square = with_gradient(lambda x: x * x)
    >>> [part.tolist() for part in square(np.array([3.0, 4.0], np.float32))]
    [[9.0, 16.0], [6.0, 8.0]]
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return _with_tensorflow(function)
    if backend == "torch":
        return _with_torch(function)
    raise ConfigError(
        f"gradients need TensorFlow or PyTorch as the backend of Keras, not {backend}"
    )


def _with_tensorflow(function: Callable[..., Any]) -> WithGradient:
    import tensorflow as tf

    def recorded(values: Any, *others: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(values)
            outputs = function(values, *others)
        return outputs, tape.gradient(outputs, values)

    graph: Any = None

    def computed(*arguments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal graph
        if graph is None:  # traced once: of the axes, only the width of the vectors is fixed
            shapes = [[None] * array.ndim for array in arguments]
            shapes[0][1:] = [*shapes[0][1:-1], *arguments[0].shape[1:][-1:]]
            specs = zip(shapes, arguments, strict=True)
            signature = [tf.TensorSpec(shape, array.dtype) for shape, array in specs]
            graph = tf.function(recorded, signature, autograph=False)
        outputs, gradient = graph(*map(tf.constant, arguments))
        return outputs.numpy(), gradient.numpy()

    return computed


def _with_torch(function: Callable[..., Any]) -> WithGradient:
    import torch

    def computed(*arguments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, *others = map(ops.convert_to_tensor, arguments)
        with torch.enable_grad():
            values = values.detach().requires_grad_()
            outputs = function(values, *others)
            (gradient,) = torch.autograd.grad(outputs.sum(), values)
        return ops.convert_to_numpy(outputs), ops.convert_to_numpy(gradient)

    return computed
