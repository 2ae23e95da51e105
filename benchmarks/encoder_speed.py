"""Training and prediction speed of every encoder of ``rows.py``, relative to the BiLSTM.

    python -m benchmarks.encoder_speed

All encoders read the same reviews in one process and take turns. The first round traces the graphs
and is not counted. The median of the seconds of an encoder is compared with that of the BiLSTM of
one layer.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict

import keras
import numpy as np

from benchmarks.record import record
from benchmarks.rows import BASE, ENCODERS
from imdb_lstm.config.options import Config
from imdb_lstm.data.batches import Batches, for_fit
from imdb_lstm.data.load import load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.device import set_up_device
from imdb_lstm.models.network import network_logits
from imdb_lstm.text.vocabulary import Vocabulary, encode_texts
from imdb_lstm.training.fit import compiled_model

REVIEWS, ROUNDS, BESIDE = 1_280, 5, "bilstm"


def rounds(model: keras.Model, batches: Batches) -> tuple[float, float]:
    """Seconds of one epoch, and of scoring the same reviews."""
    began = time.perf_counter()
    model.fit(for_fit(batches), shuffle=False, verbose=0)
    trained = time.perf_counter()
    network_logits(model, batches.ids)
    return trained - began, time.perf_counter() - trained


def batches_for(config: Config, reviews: Reviews, vocabulary: Vocabulary) -> Batches:
    """The reviews as this encoder reads them; some encoders have a shorter maximum length."""
    ids = encode_texts(reviews.texts, vocabulary, config.maximum_length)
    return Batches(ids, reviews.labels, config.batch_size, seed=0)


def main() -> None:
    """Measure and record."""
    set_up_device("cpu", 0)
    reviews = load_train_and_validation(BASE)[0].take(np.arange(REVIEWS))
    vocabulary = Vocabulary.from_texts(reviews.texts, BASE.vocabulary_size, BASE.minimum_count)
    batches = {name: batches_for(each, reviews, vocabulary) for name, each in ENCODERS.items()}
    models = {
        name: compiled_model(config, len(vocabulary), 10_000) for name, config in ENCODERS.items()
    }
    seconds = defaultdict(list)
    for _ in range(1 + ROUNDS):
        for name, model in models.items():
            seconds[name].append(rounds(model, batches[name]))
    training, scoring = (
        {name: statistics.median(pair[part] for pair in found[1:])
         for name, found in seconds.items()}
        for part in (0, 1)
    )  # fmt: skip
    for name in ENCODERS:
        record(
            "speed", f"encoder {name}, beside {BESIDE}", reviews=REVIEWS,
            training_seconds=round(training[name], 2), scoring_seconds=round(scoring[name], 2),
            training_times=round(training[name] / training[BESIDE], 2),
            scoring_times=round(scoring[name] / scoring[BESIDE], 2),
        )  # fmt: skip


if __name__ == "__main__":
    main()
