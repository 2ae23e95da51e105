"""One process per measurement, with its own peak memory; several processes can take turns."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from imdb_lstm.config.options import Config

Ask = Callable[..., Any]
Variant = TypeVar("Variant")


@contextmanager
def own_process() -> Iterator[Ask]:
    """A new process: ``ask(function, *arguments)`` runs a module's function there.

    Its peak memory includes the memory that the parent holds when it starts, so a parent that
    measures peaks imports nothing large.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()


def in_turn(
    asks: dict[Variant, Ask], warm_up: int, rounds: int, measure: Callable[..., float],
    *arguments: Any,
) -> dict[Variant, list[float]]:  # fmt: skip
    """Results of ``measure(variant, *arguments)`` by variant, in turns, without the warm-up."""
    found: dict[Variant, list[float]] = {variant: [] for variant in asks}
    for _ in range(warm_up + rounds):
        for variant, ask in asks.items():
            found[variant].append(ask(measure, variant, *arguments))
    return {variant: values[warm_up:] for variant, values in found.items()}


def use_threads(threads: int) -> None:
    """Give each direction of the LSTM one thread, both at once: fastest on two cores."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(max(1, threads // 2))
    tf.config.threading.set_inter_op_parallelism_threads(min(2, threads))


def encoded_reviews(config: Config, count: int) -> tuple[list[np.ndarray], np.ndarray, int]:
    """Ids and labels of ``count`` train reviews, and the size of the vocabulary of all."""
    from imdb_lstm.data.load import load_train_and_validation
    from imdb_lstm.data.split import held_out
    from imdb_lstm.text.vocabulary import Vocabulary, encode_texts

    train, _ = load_train_and_validation(config)
    vocabulary = Vocabulary.from_texts(train.texts, config.vocabulary_size, config.minimum_count)
    each_alone = np.arange(len(train))
    chosen = train.take(np.flatnonzero(held_out(train.labels, count, config.seed, each_alone)))
    ids = encode_texts(chosen.texts, vocabulary, config.maximum_length)
    return ids, chosen.labels, len(vocabulary)


def save(path: Path, value: Any) -> None:
    """Save a value for other processes."""
    path.write_bytes(pickle.dumps(value))


def load(path: Path) -> Any:
    """Load a value that ``save`` wrote."""
    return pickle.loads(path.read_bytes())
