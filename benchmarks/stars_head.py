"""Do stars help a network to read verdicts? An auxiliary ordinal head, in training alone.

    python -m benchmarks.stars_head 0 1 2

The reviewers of IMDb gave 1 to 4 or 7 to 10 stars, and the label says only which. Beside the logit
of the label a second head predicts, for six further thresholds, whether a review has more stars
(ordinal regression as binary tasks: Frank & Hall 2001, section 2). It is left out afterwards. For
each seed the same small LSTM is trained with and without the loss of that head, and measured on the
validation reviews; the test split is not read.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import keras
import numpy as np
from keras import ops

from benchmarks.lexicon_size import BASE
from benchmarks.record import record
from imdb_lstm.config.options import Config
from imdb_lstm.data.batches import Batches, for_fit
from imdb_lstm.data.imdb import load_imdb
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.device import set_up_device
from imdb_lstm.metrics.classification import evaluate_logits
from imdb_lstm.models.network import build_model, network_logits
from imdb_lstm.training.optimizers import build_optimizer
from imdb_lstm.training.prepare import Prepared, prepare

THRESHOLDS = (1, 2, 3, 7, 8, 9)  # more stars than these; the label is "more than 4"
WEIGHTS = {"without": 0.0, "with": 0.5}  # of the second head's loss


def targets(names: list[str], labels: np.ndarray) -> np.ndarray:
    """The label, and whether there are more stars than each threshold: float32 (n, 7)."""
    rated = load_imdb("train")
    stars = dict(zip(rated.names, rated.ratings, strict=True))
    own = np.array([stars[name] for name in names])
    return np.column_stack([labels, own[:, None] > THRESHOLDS]).astype(np.float32)


def trained(config: Config, prepared: Prepared, batches: Batches, weight: float) -> keras.Model:
    """Train a network of seven logits, of which the first one is that of the label."""
    keras.utils.set_random_seed(config.seed)
    model = build_model(config, len(prepared.vocabulary), classes=1 + len(THRESHOLDS))

    def loss(labels, logits):
        losses = keras.losses.binary_crossentropy(
            labels[..., None], logits[..., None], from_logits=True
        )
        return losses[:, 0] + weight * ops.mean(losses[:, 1:], axis=-1)

    model.compile(build_optimizer(config, config.epochs * len(batches), None), loss)
    for epoch in range(config.epochs):
        batches.start(epoch)
        model.fit(for_fit(batches), shuffle=False, verbose=0)
    return model


def measure(seed: int) -> None:
    """Train with and without the second head, and record both."""
    config = replace(BASE, seed=seed)
    set_up_device(config.device, seed)
    data = read_training_data(config)
    prepared = prepare(config, data)
    wanted = targets(data.train.names, data.train.labels)
    batches = Batches(prepared.train.ids, wanted, config.batch_size, seed)
    for name, weight in WEIGHTS.items():
        began = time.perf_counter()
        model = trained(config, prepared, batches, weight)
        logits = network_logits(model, prepared.validation.ids)[:, 0]
        found = evaluate_logits(prepared.validation_labels, logits)
        record(
            "stars", f"{name} an ordinal head of stars", seed=seed,
            validation_accuracy=round(found["accuracy"], 4),
            validation_log_loss=round(found["log_loss"], 4),
            seconds=round(time.perf_counter() - began, 1),
        )  # fmt: skip


def main(seeds: list[str]) -> None:
    """Measure each seed."""
    for seed in map(int, seeds):
        measure(seed)


if __name__ == "__main__":
    main(sys.argv[1:] or ["0"])
