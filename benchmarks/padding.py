"""An epoch on length-bucketed batches beside one on batches of random reviews, same network.

    python -m benchmarks.padding

Both read the same reviews in the same process, in turn, and the ratio of their times is recorded.
The second kind pads every batch to its longest review, as a plain shuffle does.
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
    """The same batches, of reviews in random order."""

    def start(self, epoch: int) -> None:
        self.epoch = epoch
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.ids))
        self.groups = list(np.split(order, range(self.batch_size, len(order), self.batch_size)))


def in_segments(batches: Batches, length: int) -> float:
    """Share of padding once the last segment of every batch is filled up to ``length`` tokens."""
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
        bucketed_padding_share_in_segments=round(
            float(in_segments(batches["bucketed"], config.chunk_length)), 4
        ),
    )  # fmt: skip


if __name__ == "__main__":
    main()
