"""One process a measurement: its peak memory is its own, and it can be asked again, in turn."""

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
    """A fresh process: ``ask(function, *arguments)`` runs a module's function there.

    It starts from as much memory as its parent holds at that moment, so a parent that wants to
    know peaks loads nothing heavy itself.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()


def in_turn(
    asks: dict[Variant, Ask], warm_up: int, rounds: int, measure: Callable[..., float],
    *arguments: Any,
) -> dict[Variant, list[float]]:  # fmt: skip
    """``measure(variant, *arguments)`` of each in its process, round by round, after a warm-up."""
    found: dict[Variant, list[float]] = {variant: [] for variant in asks}
    for _ in range(warm_up + rounds):
        for variant, ask in asks.items():
            found[variant].append(ask(measure, variant, *arguments))
    return {variant: values[warm_up:] for variant, values in found.items()}


def use_threads(threads: int) -> None:
    """TensorFlow with one thread a direction of the LSTM, both at once: quickest on two cores."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(max(1, threads // 2))
    tf.config.threading.set_inter_op_parallelism_threads(min(2, threads))


def encoded_reviews(config: Config, count: int) -> tuple[list[np.ndarray], np.ndarray, int]:
    """Ids and labels of ``count`` train reviews, and the size of the vocabulary of them all."""
    from imdb_lstm.data.load import load_train_and_validation
    from imdb_lstm.text.vocabulary import Vocabulary, encode_texts

    train, _ = load_train_and_validation(config)
    vocabulary = Vocabulary.from_texts(train.texts, config.vocabulary_size, config.minimum_count)
    _, chosen = train.halves(count, config.seed)
    ids = encode_texts(chosen.texts, vocabulary, config.maximum_length)
    return ids, chosen.labels, len(vocabulary)


def keep(path: Path, value: Any) -> None:
    """Lay a value down for other processes."""
    path.write_bytes(pickle.dumps(value))


def kept(path: Path) -> Any:
    """What ``keep`` laid down."""
    return pickle.loads(path.read_bytes())
