"""What an answer costs: cold commands, reviews a second, explanations; NumPy and Keras in turns.

    python -m benchmarks.answers shipped

Cold: whole commands on one sentence and on one review of 200 words, with their peak memory. Rates:
test reviews of IMDb as ids, each way in a process of its own, in turns. ``share_of_peak`` is the
part of the best float32 rate of a matrix product on as many threads that the products of the
recurrent layer take up: 16 U² operations a token for a bidirectional LSTM of U units, and none for
the input, which is multiplied once a word.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.processes import own_process
from benchmarks.record import record
from imdb_lstm.runs.find import SAVED_MODELS, find_run

REVIEWS, EXPLAINED, ROUNDS = 2_500, 50, 5
WAYS = {"keras, all cores": ("keras", 0), "numpy, one core": ("numpy", 1),
        "numpy, all cores": ("numpy", 0)}  # fmt: skip


def command(*words: str) -> tuple[float, float]:
    """Seconds and peak memory, in MiB, of one Python process."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - began, usage.ru_maxrss / 2**10


def cold(run: str, texts: dict[str, list[str]]) -> None:
    """Record whole commands, those of both backends in turns, beside the least that they import."""
    ways = {name: ["-m", "imdb_lstm", *words, "--run", run] for name, words in texts.items()}
    ways["import numpy and h5py, no more"] = ["-c", "import numpy, h5py"]
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(ROUNDS):
        for name, words in ways.items():
            found.setdefault(name, []).append(command(*words))
    for name, pairs in found.items():
        seconds, memory = zip(*pairs, strict=True)
        record(
            "answer", f"cold: {name}", run=run, seconds=round(statistics.median(seconds), 2),
            seconds_of_each=" ".join(f"{each:.2f}" for each in seconds),
            peak_memory_megabytes=round(max(memory)),
        )  # fmt: skip


def review_of_200_words() -> str:
    """The first test review of that length."""
    from imdb_lstm.data.imdb import load_imdb

    return next(text for text in load_imdb("test").texts if len(text.split()) == 200)


def prepare(run: str, backend: str, threads: int) -> None:
    """Load a run in this process, and the ids of the test reviews."""
    from imdb_lstm import device
    from imdb_lstm import threads as own
    from imdb_lstm.data.imdb import load_imdb
    from imdb_lstm.runs.run import load_run
    from imdb_lstm.text.vocabulary import encode_texts

    own._threads = threads
    loaded = load_run(Path(run), device.choose_backend(backend, "cpu"))
    texts = load_imdb("test").texts[:: 25_000 // REVIEWS]
    ids = encode_texts(texts, loaded.vocabulary, loaded.config.maximum_length)
    globals()["state"] = loaded.network, ids
    loaded.network.logits(ids[:300])


def rate() -> float:
    """Reviews a second."""
    network, ids = globals()["state"]
    began = time.perf_counter()
    network.logits(ids)
    return len(ids) / (time.perf_counter() - began)


def logits() -> Any:
    """The logits of the reviews."""
    network, ids = globals()["state"]
    return network.logits(ids)


def recurrent_operations() -> float:
    """Operations of the recurrent products of a review, in the mean."""
    network, ids = globals()["state"]
    units = sum(len(direction.matrix) ** 2 for direction in network.encoder.layers[0])
    return 8 * units * float(np.mean([len(each) for each in ids]))


def product_rate() -> float:
    """The best rate of a float32 matrix product on one core, in operations a second."""
    from threadpoolctl import threadpool_limits

    left = np.ones((2_048, 2_048), np.float32)
    seconds = []
    with threadpool_limits(1):
        for _ in range(5):
            began = time.perf_counter()
            left @ left
            seconds.append(time.perf_counter() - began)
    return 2 * 2_048**3 / min(seconds)


def explained() -> float:
    """Seconds of one explanation by both methods, on one core, in the median."""
    from imdb_lstm.explanation.integrated_gradients import integrated_gradients, occlusion
    from imdb_lstm.models.numpy.variants import prefix_logits

    network, ids = globals()["state"]
    seconds = []
    for row in ids[:EXPLAINED]:
        began = time.perf_counter()
        integrated_gradients(network, row)
        occlusion(network, row)
        prefix_logits(network, row, 256)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def main(run: str) -> None:
    """Measure and record."""
    folder = str(find_run(run, SAVED_MODELS))
    with own_process() as ask:  # the peak of a command includes what its parent holds
        review = ask(review_of_200_words)
    cold(run, {
        "predict a sentence, numpy": ["predict", "Not bad at all!"],
        "predict a sentence, keras": ["predict", "Not bad at all!", "--backend", "keras"],
        "explain a review of 200 words": ["explain", review],
    })  # fmt: skip
    with own_process() as keras, own_process() as one, own_process() as every:
        asks = dict(zip(WAYS, (keras, one, every), strict=True))
        for name, ask in asks.items():
            ask(prepare, folder, *WAYS[name])
        rates: dict[str, list[float]] = {name: [] for name in WAYS}
        for _ in range(ROUNDS):
            for name, ask in asks.items():
                rates[name].append(ask(rate))
        base = statistics.median(rates["keras, all cores"])
        peak, operations = one(product_rate), one(recurrent_operations)
        for name, found in rates.items():
            middle = statistics.median(found)
            record(
                "answer", f"rate: {name}", run=run, reviews=REVIEWS,
                reviews_per_second=round(middle), times_keras=round(middle / base, 2),
                share_of_peak=round(middle * operations / peak, 3),
                product_gigaflops_one_core=round(peak / 1e9, 1),
            )  # fmt: skip
        apart = np.abs(keras(logits) - one(logits)).max()
        record("answer", "largest difference of a logit, NumPy and Keras", run=run,
               reviews=REVIEWS, difference=float(apart))  # fmt: skip
        record("answer", "explanation, both methods, one core", run=run, reviews=EXPLAINED,
               seconds_per_review=round(one(explained), 3))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
