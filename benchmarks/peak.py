"""Share of the machine's matrix-product peak that a training step reaches, and time by part.

    python -m benchmarks.peak quick
    python -m benchmarks.peak quick --repeats 3

The peak is the best float32 rate of a product of two large square matrices, with all threads.
The operations of a step: for each token, in each direction of each layer, an input of D values and
a state of U values are multiplied by kernels of shape (D, 4U) and (U, 4U). These are 8U(D + U)
operations forward (6U(D + U) for a GRU), a multiplication and an addition counted as two. Training
takes three times as many, since the gradients of inputs and of kernels each cost as much as the
forward pass. The gates, the pooling and the last layer are not counted: they are no matrix
products, or hundreds of times smaller.

The parts are timed one after another, each alone, forward and backward, on the batch of middle
length of a sample of the train reviews. ``rest`` is the time of the whole step minus their sum:
metrics, calls, memory. ``share_of_peak`` counts tokens; ``share_of_peak_counting_padding`` also
counts the padding of batches and chunks.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.processes import encoded_reviews, own_process, use_threads
from benchmarks.record import record
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.device import peak_memory_megabytes, set_up_device

GATES = {"lstm": 4, "gru": 3}
BATCHES, LARGE = 21, 2_048
PIECES = ("optimizer and clipping", "embedding", "recurrence", "pooling and loss")


def operations_a_token(config: Config) -> int:
    """Multiplications and additions of the recurrent layers for one token, forward.

    >>> operations_a_token(Config(encoder="bilstm", embedding_dim=64, units=64))
    131072
    """
    kind, both = config.encoder.removeprefix("bi"), config.encoder.startswith("bi")
    if kind not in GATES:
        raise SystemExit(f"benchmarks.peak counts recurrent encoders, not {config.encoder}")
    directions, total, width = 1 + both, 0, config.embedding_dim
    for _ in range(config.layers):
        total += directions * 2 * GATES[kind] * config.units * (width + config.units)
        width = directions * config.units
    return total


def product_rate(threads: int, rows: int, inner: int, columns: int, repeats: int) -> float:
    """The best rate of a float32 matrix product, in 10⁹ operations a second."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    left, right = tf.random.normal((rows, inner)), tf.random.normal((inner, columns))
    times = int(max(1, 1e9 / (2 * rows * inner * columns)))
    best = min(
        seconds(lambda: [tf.matmul(left, right) for _ in range(times)]) for _ in range(repeats)
    )
    return 2e-9 * rows * inner * columns * times / best


def seconds(act: Callable[[], Any]) -> float:
    """Time one call."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def backward(function: Callable[..., Any], sources: list[Any], *inputs: Any) -> Callable[[], Any]:
    """Compiled call of the function and its gradients by the sources and the float inputs."""
    import tensorflow as tf

    watched = [value for value in inputs if value.dtype.is_floating]

    @tf.function
    def run() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(watched)
            result = function(*inputs)
        return tape.gradient(result, sources + watched)

    return run


def parts(model: Any, ids: np.ndarray, labels: np.ndarray) -> dict[str, Callable[[], Any]]:
    """The whole training step and its parts, each as a call of its own."""
    import keras
    import tensorflow as tf

    encoders = [layer for layer in model.layers if layer.name.startswith("encoder_")]
    vectors, mask = encoders[0].input
    embed = keras.Model(model.input, [vectors, mask])
    encode = keras.Model([vectors, mask], encoders[-1].output)
    judge = keras.Model([encoders[-1].output, mask], model.output)
    of = lambda part: [variable.value for variable in part.trainable_variables]  # noqa: E731

    def loss(*read: Any) -> Any:
        return model.compute_loss(y=labels, y_pred=judge(read, training=True))

    inputs = tf.constant(ids)
    embedded = embed(inputs)
    step = backward(
        lambda x: model.compute_loss(y=labels, y_pred=model(x, training=True)), of(model), inputs
    )
    gradients = step()
    update = tf.function(lambda: model.optimizer.apply(gradients, model.trainable_variables))
    return {
        "whole step": lambda: model.train_on_batch(ids, labels),
        "without optimizer": step,
        "optimizer and clipping": update,
        "embedding": backward(lambda x: embed(x, training=True)[0], of(embed), inputs),
        "recurrence": backward(lambda *x: encode(x, training=True), of(encode), *embedded),
        "pooling and loss": backward(loss, of(judge), encode(embedded), embedded[1]),
    }


def measure_step(config: Config, threads: int, repeats: int) -> dict[str, Any]:
    """Milliseconds of each part, and the sizes of the batch."""
    use_threads(threads)
    from imdb_lstm.data.batches import Batches
    from imdb_lstm.training.fit import compiled_model

    set_up_device("cpu", config.seed, config.precision)
    reviews, labels, vocabulary_size = encoded_reviews(config, BATCHES * config.batch_size)
    batches = Batches(reviews, labels, config.batch_size)
    ids, labels = batches[len(batches) // 2]
    calls = parts(compiled_model(config, vocabulary_size, 10_000), ids, labels)
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(2 + repeats):  # the first rounds trace and warm up
        for name, call in calls.items():
            found[name].append(1e3 * seconds(call))
    length = config.chunk_length or ids.shape[1]
    return {
        "milliseconds": {name: statistics.median(times[2:]) for name, times in found.items()},
        "tokens": int(np.count_nonzero(ids)),
        "sequences": len(ids) * -(-ids.shape[1] // length),
        "computed_tokens": len(ids) * -(-ids.shape[1] // length) * length,
        "peak_memory_megabytes": round(peak_memory_megabytes()),
    }


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("preset", choices=PRESETS)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    config = PRESETS[asked.preset]
    operations = operations_a_token(config)
    with own_process() as ask:
        step = ask(measure_step, config, asked.threads, asked.repeats)
    kernel = config.units, GATES[config.encoder.removeprefix("bi")] * config.units
    with own_process() as ask:
        peak = ask(product_rate, asked.threads, LARGE, LARGE, LARGE, asked.repeats)
    with own_process() as ask:
        small = ask(product_rate, 1, step["sequences"], *kernel, asked.repeats)
    milliseconds = step.pop("milliseconds")
    rate = 3e-6 * operations / milliseconds["whole step"]
    pieces = sum(milliseconds[name] for name in PIECES)
    record(
        "speed", f"a training step beside the matrix-product peak, preset {asked.preset}",
        threads=asked.threads, operations_a_token_forward=operations,
        operations_a_token_training=3 * operations, peak_gflops=round(peak, 1),
        one_thread_gflops_at_the_size_of_the_recurrence=round(small, 1),
        step_gflops=round(rate * step["tokens"], 2),
        share_of_peak=round(rate * step["tokens"] / peak, 4),
        share_of_peak_counting_padding=round(rate * step["computed_tokens"] / peak, 4),
        milliseconds={name: round(value, 2) for name, value in milliseconds.items()},
        rest_milliseconds=round(milliseconds["whole step"] - pieces, 2), **step,
    )  # fmt: skip


if __name__ == "__main__":
    main()
