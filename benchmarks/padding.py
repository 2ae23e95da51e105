"""Time of an epoch on length-bucketed batches, relative to batches of random reviews.

    python -m benchmarks.padding

The same network reads the same reviews in one process, both kinds of batches in turn. Random
batches are those of a plain shuffle; every batch is padded to its longest review.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import numpy as np

from benchmarks.record import record
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.data.batches import Batches, for_fit
from imdb_lstm.data.load import load_train_and_validation
from imdb_lstm.device import set_up_device
from imdb_lstm.text.vocabulary import Vocabulary, encode_texts
from imdb_lstm.training.fit import compiled_model

REVIEWS, ROUNDS = 3_200, 3


class RandomBatches(Batches):
    """Batches of reviews in random order."""

    def start(self, epoch: int) -> None:
        self.epoch = epoch
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.ids))
        self.groups = list(np.split(order, range(self.batch_size, len(order), self.batch_size)))


def padding_in_chunks(batches: Batches, length: int) -> float:
    """Share of padding when the last chunk of every batch is padded to ``length`` tokens."""
    widths = [-(-batches.lengths[g].max() // length) * length * len(g) for g in batches.groups]
    return 1 - batches.lengths.sum() / sum(widths)


def main() -> None:
    """Measure and record."""
    config = replace(PRESETS["quick"], train_limit=REVIEWS)
    set_up_device("auto", 0)
    reviews, _ = load_train_and_validation(config)
    vocabulary = Vocabulary.from_texts(reviews.texts, config.vocabulary_size, 2)
    ids = encode_texts(reviews.texts, vocabulary, config.maximum_length)
    kinds = {"bucketed": Batches, "random": RandomBatches}
    batches = {
        name: kind(ids, reviews.labels, config.batch_size, seed=0) for name, kind in kinds.items()
    }
    models = {name: compiled_model(config, len(vocabulary), 10_000) for name in kinds}
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(1 + ROUNDS):  # the first round traces the graphs
        for name, model in models.items():
            began = time.perf_counter()
            model.fit(for_fit(batches[name]), shuffle=False, verbose=0)
            seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(values[1:]) for name, values in seconds.items()}
    record(
        "speed", "epoch on bucketed / on random batches", reviews=len(reviews),
        ratio=round(medians["bucketed"] / medians["random"], 3),
        seconds={name: round(value, 2) for name, value in medians.items()},
        padding_share={name: round(float(b.padding_share()), 4) for name, b in batches.items()},
        bucketed_padding_share_in_chunks=round(
            float(padding_in_chunks(batches["bucketed"], config.chunk_length)), 4
        ),
    )  # fmt: skip


if __name__ == "__main__":
    main()
