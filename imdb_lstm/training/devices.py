"""Data-parallel training: the rows of every batch are shared among several GPUs of one machine.

Each device (a replica) has a copy of the weights. Gradients are summed over the replicas before
they are clipped and applied, so that a step is the step of one device on the whole batch.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.batches import Batches, as_dataset
from imdb_lstm.errors import ConfigError

SEED_DISTANCE = 2**20  # between the seeds of two replicas; those of the layers are near each other


class Replicated(keras.Model):
    """A network that trains on the devices of the ``tf.distribute`` strategy it is built under.

    A step takes ids, int32 (B, T), labels, float32 (B, K), and ``counted``, float32 (B,), which is
    0 for rows that only fill the last batch up. Loss, gradients and metrics are those of the other
    rows, whichever replica has them. ``gradient_clip``: largest global norm of the summed gradient,
    0 for none. The optimizer must not clip by itself: it would clip the gradient of each replica.
    """

    def __init__(self, inputs: Any, outputs: Any, gradient_clip: float, name: str) -> None:
        super().__init__(inputs, outputs, name=name)
        self.gradient_clip = gradient_clip

    def train_step(self, data):
        import tensorflow as tf

        context = tf.distribute.get_replica_context()
        with tf.GradientTape() as tape:
            loss, update_metrics = self._measure(data, training=True)
        gradients = context.all_reduce("sum", tape.gradient(loss, self.trainable_variables))
        if self.gradient_clip:
            gradients, _ = tf.clip_by_global_norm(gradients, self.gradient_clip)
        # The optimizer sums over the replicas once more. A sparse gradient becomes dense, as where
        # Keras clips, or each replica would square its own share of a row.
        share = 1 / context.num_replicas_in_sync
        scaled = [tf.convert_to_tensor(gradient) * share for gradient in gradients]
        self.optimizer.apply_gradients(zip(scaled, self.trainable_variables, strict=True))
        return update_metrics()

    def test_step(self, data):
        return self._measure(data, training=False)[1]()

    def _measure(self, data, training: bool):
        """Return the share of this replica in the mean loss, and what updates the metrics."""
        import tensorflow as tf

        ids, labels, counted = keras.utils.unpack_x_y_sample_weight(data)
        rows = tf.shape(ids)[0]
        counted = tf.ones(rows) if counted is None else counted
        context = tf.distribute.get_replica_context()
        total = context.all_reduce("sum", tf.reduce_sum(counted))
        replicas = context.num_replicas_in_sync
        logits = self(ids, training=training)
        # Keras divides the loss by the rows of the replica, and by the number of replicas.
        weight = counted * tf.cast(rows * replicas, tf.float32) / total
        loss = self.compute_loss(ids, labels, logits, weight, training)

        def update_metrics():
            self.metrics[0].update_state(loss * replicas, sample_weight=total / replicas)  # "loss"
            return self.compute_metrics(ids, labels, logits, sample_weight=counted)

        return loss, update_metrics


@contextlib.contextmanager
def replicas(config: Config) -> Iterator[int]:
    """Build a network for ``config.devices`` inside the block; yields their number, 0 for none.

    Raises ``ConfigError`` when there are no such devices, or they cannot train together.
    """
    devices = training_devices(config)
    if not devices:
        yield 0
        return
    with _strategy(devices).scope():
        yield len(devices)


_strategies: dict[str, Any] = {}  # by their devices; sums of two in a process would mix


def _strategy(devices: list[str]) -> Any:
    """Return the only strategy of this process. Raises ``ConfigError`` if it has another one."""
    import tensorflow as tf

    names = ", ".join(devices)
    if not _strategies:
        _strategies[names] = tf.distribute.MirroredStrategy(devices)
    if names not in _strategies:
        raise ConfigError(f"--devices: this process trains on {min(_strategies)}: start another")
    return _strategies[names]


def training_devices(config: Config) -> list[str]:
    """Return the names in TensorFlow of ``config.devices``. Raises ``ConfigError``."""
    if not config.devices:
        return []
    given, numbers = f"--devices {config.devices}", _numbers(config.devices)
    if (backend := keras.config.backend()) != "tensorflow":
        raise ConfigError(f"{given} needs the TensorFlow backend, and KERAS_BACKEND is {backend}")
    if config.precision == "mixed_float16":
        raise ConfigError(f"{given} trains in float32 or mixed_bfloat16, not in mixed_float16")
    import tensorflow as tf

    # Tests configure several CPUs.
    cpus = tf.config.list_logical_devices("CPU")
    found = tf.config.list_logical_devices("GPU") or (cpus if len(cpus) > 1 else [])
    if not found:
        raise ConfigError(f"{given}: TensorFlow sees no GPU; see `imdb-lstm doctor`")
    if max(numbers) >= len(found):
        known = ", ".join(map(str, range(len(found))))
        raise ConfigError(f"{given}: there is no GPU {max(numbers)}, only {known}")
    return [found[number].name for number in numbers]


def _numbers(devices: str) -> list[int]:
    """Return the numbers of ``--devices``. Raises ``ConfigError``.

    >>> _numbers("0,2")
    [0, 2]
    """
    numbers = [int(part) for part in devices.split(",") if re.fullmatch("[0-9]{1,3}", part)]
    if not len(numbers) == len(set(numbers)) == len(devices.split(",")):
        raise ConfigError(f"--devices must be different numbers such as 0,1, not {devices!r}")
    return numbers


def filled(batches: Batches, count: int) -> Any:
    """Return the batches as a ``tf.data.Dataset`` of ids, labels and ``counted``; see above.

    The last row is repeated until the number of rows is a multiple of ``count``: then all replicas
    have equally many, and none is without one. They have the same width, that of the longest row.
    """

    def read() -> Iterator[tuple[np.ndarray, ...]]:
        for index in range(len(batches)):
            ids, labels = batches[index]
            missing = -len(ids) % count
            counted = np.repeat(np.array([1, 0], np.float32), [len(ids), missing])
            fill = [(0, missing), (0, 0)]
            yield np.pad(ids, fill, mode="edge"), np.pad(labels, fill, mode="edge"), counted

    return as_dataset(batches, read, weighted=True)


def separate_seeds(model: Replicated) -> int:
    """Give each replica dropout masks of its own; return the number of replicas.

    The first keeps its seeds, which are those that a checkpoint saves.
    """
    import tensorflow as tf

    strategy = model.distribute_strategy
    for variable in model.non_trainable_variables:
        if variable.path.endswith("seed_generator_state"):
            copies = strategy.experimental_local_results(variable.value)
            first = tf.identity(copies[0])
            for number, copy in enumerate(copies):
                copy.assign((first[0] + number * SEED_DISTANCE, first[1]))
    return strategy.num_replicas_in_sync
