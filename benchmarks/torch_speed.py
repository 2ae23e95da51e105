"""Training and prediction speed of this project's LSTM and of PyTorch's on the same batches.

    python -m benchmarks.torch_speed quick
    python -m benchmarks.torch_speed quick --reviews 128 --rounds 1

Both have the same embedding, LSTM, pooling, dropouts, loss, Adam (PyTorch's fused one) and gradient
clipping. Every variant has a process of its own; they take turns, and rates are those of the median
round after one warm-up.

``chunks``: the review is read in chunks as in the preset, which is the fair comparison. ``whole``:
it is read as one sequence, as is usual. ``packed``: ``pack_padded_sequence``, the same computation
as in this project. ``padded``: the backward direction starts on the padding. bfloat16 is mixed
precision on both sides, where the processor supports it. The bigram embedding is left out, since
the PyTorch network has none. ``times_ours`` is the rate relative to this project with chunks in
float32.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.processes import (
    encoded_reviews,
    in_turn,
    load,
    own_process,
    save,
    use_threads,
)
from benchmarks.record import record
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.device import peak_memory_megabytes, processor_has_bfloat16, set_up_device


@dataclass(frozen=True)
class Variant:
    """The library, whole reviews or chunks, the precision, and the padding."""

    library: str
    reading: str
    precision: str
    padding: str = ""

    @property
    def name(self) -> str:
        parts = (self.library, self.reading, self.padding, self.precision)
        return ", ".join(filter(None, parts))


PRECISIONS = ("float32", "bfloat16") if processor_has_bfloat16() else ("float32",)
COMMON = list(product(("chunks", "whole"), PRECISIONS))
OURS = [Variant("this project", *choice) for choice in COMMON]
THEIRS = [
    Variant("PyTorch", *choice, padding) for choice in COMMON for padding in ("padded", "packed")
]
VERBS = {"training": "train", "scoring": "score"}


@dataclass(frozen=True)
class Work:
    """What every variant reads: the reviews, and batches for training and for scoring."""

    config: Config
    vocabulary_size: int
    threads: int
    ids: list[np.ndarray]
    labels: np.ndarray
    training: list[tuple[np.ndarray, np.ndarray]]
    scoring: list[np.ndarray]

    def config_of(self, variant: Variant) -> Config:
        whole = variant.reading == "whole"
        return replace(self.config, chunk_length=0) if whole else self.config


def prepare(config: Config, reviews: int, threads: int, path: Path) -> None:
    """Save the work for the other processes."""
    from imdb_lstm.data.batches import Batches
    from imdb_lstm.models.network import PREDICTION_BATCH_SIZE

    ids, labels, vocabulary_size = encoded_reviews(config, reviews)
    training = Batches(ids, labels, config.batch_size, seed=config.seed)
    scoring = Batches(ids, None, PREDICTION_BATCH_SIZE)
    batches = [training[number] for number in range(len(training))]
    unlabelled = [scoring[number][0] for number in range(len(scoring))]
    save(path, Work(config, vocabulary_size, threads, ids, labels, batches, unlabelled))


class Ours:
    """This project: Keras on TensorFlow, fitted and scored as in training and prediction."""

    def __init__(self, work: Work, variant: Variant) -> None:
        use_threads(work.threads)
        from imdb_lstm.data.batches import Batches, for_fit
        from imdb_lstm.training.fit import compiled_model

        config = work.config_of(variant)
        set_up_device("cpu", config.seed, variant.precision.replace("bfloat", "mixed_bfloat"))
        self.work = work
        self.batches = for_fit(Batches(work.ids, work.labels, config.batch_size, config.seed))
        self.model = compiled_model(config, work.vocabulary_size, 10_000)

    def train(self) -> None:
        self.model.fit(self.batches, shuffle=False, verbose=0)

    def score(self) -> None:
        from imdb_lstm.models.network import network_logits

        network_logits(self.model, self.work.ids)


class Theirs:
    """PyTorch."""

    def __init__(self, work: Work, variant: Variant) -> None:
        from benchmarks.torch_network import Runner

        self.work = work
        self.runner = Runner(
            work.config_of(variant), work.vocabulary_size, variant.padding == "packed",
            variant.precision == "bfloat16", work.threads,
        )  # fmt: skip

    def train(self) -> None:
        self.runner.train(self.work.training)

    def score(self) -> None:
        self.runner.score(self.work.scoring)


@cache  # once per process, so that every round uses the same network
def side(variant: Variant, path: Path) -> Ours | Theirs:
    return (Ours if variant.library == "this project" else Theirs)(load(path), variant)


def seconds(variant: Variant, verb: str, path: Path) -> float:
    """Time one pass over the batches."""
    act = getattr(side(variant, path), verb)
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def interleaved() -> list[Variant]:
    """The variants in turn: each of ours, then the two of theirs that match it."""
    return [v for i, ours in enumerate(OURS) for v in (ours, *THEIRS[2 * i : 2 * i + 2])]


def record_all(
    asked: argparse.Namespace, tokens: int, rounds: dict[str, dict[Variant, list[float]]],
    peaks: dict[Variant, float],
) -> None:  # fmt: skip
    """Record one row per variant, with its rates and their ratios to ours."""
    for variant, peak in peaks.items():
        rates: dict[str, float] = {}
        for verb, seconds_of in rounds.items():
            ours, own = (statistics.median(seconds_of[v]) for v in (OURS[0], variant))
            rates[f"{verb}_reviews_per_second"] = round(asked.reviews / own)
            rates[f"{verb}_tokens_per_second"] = round(tokens / own)
            rates[f"{verb}_times_ours"] = round(ours / own, 2)
        record(
            "peer", variant.name, preset=asked.preset, reviews=asked.reviews,
            threads=asked.threads, **rates, peak_memory_megabytes=round(peak),
        )  # fmt: skip


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("preset", choices=PRESETS)
    parser.add_argument("--reviews", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    if importlib.util.find_spec("torch") is None:
        raise SystemExit("benchmarks.torch_speed needs: pip install imdb-lstm[torch]")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "work"
        with own_process() as ask:
            config = replace(PRESETS[asked.preset], bigram_dim=0)
            ask(prepare, config, asked.reviews, asked.threads, path)
        asks = {variant: stack.enter_context(own_process()) for variant in interleaved()}
        rounds = {
            name: in_turn(asks, 1, asked.rounds, seconds, verb, path)
            for name, verb in VERBS.items()
        }
        peaks = {variant: ask(peak_memory_megabytes) for variant, ask in asks.items()}
        tokens = sum(map(len, load(path).ids))
    record_all(asked, tokens, rounds, peaks)


if __name__ == "__main__":
    main()
