"""Speed of other ways to compute the bidirectional LSTM of a preset.

    python -m benchmarks.recurrence standard
    python -m benchmarks.recurrence standard --repeats 3

Forward and backward pass of that layer alone, on random values of 256 full chunks: about 64
reviews. All forms give the same states. ``hoisted``: the input products of all tokens are one
matrix product before the loop, and the loop only computes those of the states. ``one loop``: one
loop computes both directions, with batched products. ``own gradient``: the loop keeps its gates,
and the gradient of the recurrent kernel is one product after a second loop (all three are from
Appleyard, Kočiský & Blunsom 2016, for GPUs). XLA compiles the form in use. The other forms keep
gates and cells in float32 where products are bfloat16.

Threads: one for each direction, or two for each operation. Every variant has a process of its own;
they take turns, and times are medians. ``times_used`` is the rate relative to the form in use with
one thread per direction, the same precision and 256 chunks.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from benchmarks.processes import in_turn, own_process
from benchmarks.record import record
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import PRESETS

CHUNKS = 256
PRECISIONS = ("float32", "bfloat16")
THREADS = {
    "one thread per direction": (1, 2),
    "two threads per operation": (2, 1),
}  # within, between


def run(products: Any, kernel: Any) -> tuple[Any, Any, Any]:
    """Input products (T, ..., B, 4U), state kernel (..., U, 4U) → all states, cells, gates."""
    import tensorflow as tf

    def step(before: Any, inputs: Any) -> Any:
        state, cell, _ = before
        gates = tf.split(tf.cast(inputs + state @ kernel, "float32"), 4, axis=-1)
        entry, kept, shown = (tf.sigmoid(gates[place]) for place in (0, 1, 3))
        new = tf.tanh(gates[2])
        cell = kept * cell + entry * new
        state = tf.cast(shown * tf.tanh(cell), kernel.dtype)
        return state, cell, tf.concat([entry, kept, new, shown], axis=-1)

    gates = tf.zeros_like(products[0], "float32")
    cell = tf.zeros_like(tf.split(gates, 4, axis=-1)[0])
    return tf.scan(step, products, (tf.cast(cell, kernel.dtype), cell, gates))


def states(products: Any, kernel: Any) -> Any:
    """All states (T, ..., B, U), with TensorFlow's gradient of the loop."""
    return run(products, kernel)[0]


def states_with_gradient(products: Any, kernel: Any) -> Any:
    """The same states with a custom gradient."""
    import tensorflow as tf

    @tf.custom_gradient
    def function(products: Any, kernel: Any) -> Any:
        found, cells, gates = run(products, kernel)

        def backward(given: Any) -> tuple[Any, Any]:
            changes = product_gradients(given, cells, gates, kernel)
            before = tf.concat([tf.zeros_like(found[:1]), found[:-1]], axis=0)
            return changes, tf.einsum("t...bu,t...bg->...ug", before, changes)

        return found, backward

    return function(products, kernel)


def product_gradients(given: Any, cells: Any, gates: Any, kernel: Any) -> Any:
    """Backward loop: gradients of all states → of all products, (T, ..., B, 4U)."""
    import tensorflow as tf

    def step(after: Any, inputs: Any) -> Any:
        changes, d_cell, later = after  # `later`: the forget gate of the next step
        d_state, cell, before, gate = inputs
        entry, kept, new, shown = tf.split(gate, 4, axis=-1)
        through = tf.matmul(changes, kernel, transpose_b=True)
        d_state = tf.cast(d_state + through, "float32")
        squashed = tf.tanh(cell)
        d_cell = d_cell * later + d_state * shown * (1 - squashed * squashed)
        parts = (
            d_cell * new * entry * (1 - entry), d_cell * before * kept * (1 - kept),
            d_cell * entry * (1 - new * new), d_state * squashed * shown * (1 - shown),
        )  # fmt: skip
        return tf.cast(tf.concat(parts, axis=-1), kernel.dtype), d_cell, kept

    before = tf.concat([tf.zeros_like(cells[:1]), cells[:-1]], axis=0)
    nothing = tf.zeros_like(cells[0])
    start = (tf.zeros_like(gates[0], kernel.dtype), nothing, nothing)
    return tf.scan(step, (given, cells, before, gates), start, reverse=True)[0]


def hoisted(layer: Any, values: Any, loop: Callable[[Any, Any], Any] = states) -> Any:
    """Values (B, T, D) → states (B, T, 2U), with one loop per direction."""
    import tensorflow as tf

    found = []
    for direction, turn in ((layer.forwards.cell, []), (layer.backwards.cell, [0])):
        kernel, recurrent, bias = (tf.cast(v.value, values.dtype) for v in direction.weights)
        products = tf.transpose(values @ kernel + bias, (1, 0, 2))
        found.append(tf.reverse(loop(tf.reverse(products, turn), recurrent), turn))
    return tf.transpose(tf.concat(found, axis=-1), (1, 0, 2))


def one_loop(layer: Any, values: Any, loop: Callable[[Any, Any], Any] = states) -> Any:
    """The same with one loop for both directions."""
    import tensorflow as tf

    cells = layer.forwards.cell, layer.backwards.cell
    kernels, recurrent, biases = (
        tf.cast(tf.stack([v.value for v in pair]), values.dtype)
        for pair in zip(*(cell.weights for cell in cells), strict=True)
    )
    both = tf.stack([values, tf.reverse(values, [1])])
    products = both @ kernels[:, None] + biases[:, None, None]  # (2, B, T, 4U)
    forwards, backwards = tf.unstack(loop(tf.transpose(products, (2, 0, 1, 3)), recurrent), axis=1)
    both = tf.concat([forwards, tf.reverse(backwards, [0])], axis=-1)
    return tf.transpose(both, (1, 0, 2))


def as_used(layer: Any, values: Any) -> Any:
    """The layer as the network uses it."""
    import tensorflow as tf

    return layer(values, tf.ones(values.shape[:2], bool), training=True)


FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "as used": as_used,
    "as used, XLA": as_used,
    "hoisted": hoisted,
    "hoisted, own gradient": lambda *x: hoisted(*x, states_with_gradient),
    "hoisted, one loop": one_loop,
    "hoisted, one loop, own gradient": lambda *x: one_loop(*x, states_with_gradient),
}


@dataclass(frozen=True)
class Variant:
    """A form of the recurrence, its precision, threads and number of chunks."""

    form: str
    precision: str
    threads: str = "one thread per direction"
    chunks: int = CHUNKS

    @property
    def name(self) -> str:
        return f"{self.form}, {self.precision}, {self.threads}, {self.chunks} chunks"


def variants(precision: str) -> list[Variant]:
    """All variants of one precision."""
    sizes = (CHUNKS // 4, 4 * CHUNKS)
    larger = [Variant("as used", precision, chunks=number) for number in sizes]
    return [
        *(Variant(form, precision, threads) for form, threads in product(FORMS, THREADS)),
        *larger,
    ]


@cache  # once per process
def prepared(variant: Variant, config: Config) -> Callable[[], Any]:
    """A call of one forward and backward pass."""
    import tensorflow as tf

    within, between = THREADS[variant.threads]
    tf.config.threading.set_intra_op_parallelism_threads(within)
    tf.config.threading.set_inter_op_parallelism_threads(between)
    from imdb_lstm.device import set_up_device
    from imdb_lstm.models.recurrent import Recurrent

    policy = variant.precision.replace("bfloat", "mixed_bfloat")
    set_up_device("cpu", config.seed, policy)
    layer = Recurrent("lstm", config.units, bidirectional=True, dtype=policy)
    width = config.embedding_dim + config.bigram_dim
    shape = variant.chunks, config.chunk_length
    values = tf.cast(tf.random.normal((*shape, width)), variant.precision)
    wanted = tf.cast(tf.random.normal((*shape, 2 * config.units)), variant.precision)
    layer.build(values.shape)

    @tf.function(jit_compile="XLA" in variant.form)
    def call() -> Any:
        return gradients(FORMS[variant.form], layer, values, wanted)

    return call


def gradients(form: Callable[[Any, Any], Any], layer: Any, values: Any, wanted: Any) -> Any:
    """Gradients of the sum of states × ``wanted`` by the values and the layer's weights."""
    import tensorflow as tf

    sources = [values, *(v.value for v in layer.trainable_variables)]
    with tf.GradientTape() as tape:
        tape.watch(values)
        result = tf.reduce_sum(tf.cast(form(layer, values) * wanted, "float32"))
    return tape.gradient(result, sources)


def seconds(variant: Variant, config: Config) -> float:
    """Time one call."""
    call = prepared(variant, config)
    began = time.perf_counter()
    call()[0].numpy()
    return time.perf_counter() - began


def measure(chosen: list[Variant], config: Config, repeats: int) -> dict[Variant, float]:
    """Median seconds of each variant."""
    with ExitStack() as stack:
        asks = {variant: stack.enter_context(own_process()) for variant in chosen}
        found = in_turn(asks, 2, repeats, seconds, config)
    return {variant: statistics.median(values) for variant, values in found.items()}


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("preset", choices=PRESETS)
    parser.add_argument("--repeats", type=int, default=10)
    asked = parser.parse_args()
    config = PRESETS[asked.preset]
    if config.encoder != "bilstm" or not config.chunk_length:
        raise SystemExit(
            "benchmarks.recurrence measures presets with encoder bilstm and a chunk_length"
        )
    for precision in PRECISIONS:
        middle = measure(variants(precision), config, asked.repeats)
        rate = {v: v.chunks * config.chunk_length / middle[v] for v in middle}
        used = rate[Variant("as used", precision)]
        for variant, tokens in rate.items():
            record(
                "recurrence", variant.name, preset=asked.preset,
                milliseconds=round(1e3 * middle[variant], 1),
                tokens_per_second=round(tokens), times_used=round(tokens / used, 2),
            )  # fmt: skip


if __name__ == "__main__":
    main()
