"""Derivatives by values that are no weights, which Keras leaves to its backend.

TensorFlow records on a tape, PyTorch in the values themselves; JAX, which would have to be given a
whole training step as one function, is not served.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Self

import keras

BACKENDS = ("tensorflow", "torch")


class Tape:
    """Records what is computed inside it, so that ``gradient`` can follow it back.

    ``watched`` are values that are no weights. A ``persistent`` one can be asked more than once.

    >>> x = keras.ops.convert_to_tensor(3.0)
    >>> with Tape([x]) as tape:
    ...     y = x * x
    >>> float(tape.gradient(y, [x])[0])
    6.0
    """

    def __init__(self, watched: Sequence[Any] = (), persistent: bool = False) -> None:
        self.watched, self.persistent = watched, persistent
        self.recorder: Any = contextlib.nullcontext()
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            self.recorder = tf.GradientTape(persistent)

    def __enter__(self) -> Self:
        self.recorder.__enter__()
        for value in self.watched:
            if keras.backend.backend() == "torch":
                value.requires_grad_()
            else:
                self.recorder.watch(value)
        return self

    def __exit__(self, *error: Any) -> None:
        self.recorder.__exit__(*error)

    def gradient(self, target: Any, sources: Sequence[Any], by_target: Any = None) -> list[Any]:
        """Of the target's sum, or its product with ``by_target``, by each source.

        None for a source that the target does not depend on.
        """
        if keras.backend.backend() == "torch":
            import torch

            if by_target is None:
                target = target.sum()
            found = torch.autograd.grad(
                target,
                list(sources),
                by_target,
                retain_graph=self.persistent or None,
                allow_unused=True,
            )
            return list(found)
        return self.recorder.gradient(target, list(sources), output_gradients=by_target)


def unrecorded() -> Any:
    """A context in which nothing is recorded, for changing weights."""
    if keras.backend.backend() == "torch":
        import torch

        return torch.no_grad()
    return contextlib.nullcontext()
