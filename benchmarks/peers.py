"""Reviews a second and core: this project's NumPy, ONNX Runtime, PyTorch, and TF-IDF.

    python -m benchmarks.peers shipped [OTHER RUN ...]

Each way is a process of its own with one thread, and they take turns. From ids: the same network on
the same test reviews, sorted by length, in NumPy, in ONNX Runtime (``imdb-lstm export``), and in
PyTorch: ``packed`` computes what NumPy computes; ``padded`` starts the backward direction on the
padding, so its logits differ. Batches of 32, 64 and 256 are tried, and the best one counts. Without
PyTorch those rows are left out. From raw texts: each run, and scikit-learn's TF-IDF of 1-2-grams
with logistic regression, by its own tokenizer, fitted on all train reviews.
"""

from __future__ import annotations

import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.processes import own_process
from benchmarks.record import record

REVIEWS, ROUNDS, BATCHES = 2_500, 5, (32, 64, 256)
Read = Callable[[Any], np.ndarray]  # ids or texts → logits


def test_texts() -> list[str]:
    """Every tenth test review."""
    from imdb_lstm.data.imdb import load_imdb

    return load_imdb("test").texts[:: 25_000 // REVIEWS]


def loaded(run: str) -> Any:
    """A run in NumPy."""
    from imdb_lstm.inference.classifier import load_classifier

    return load_classifier(run, "cpu", "numpy")


def numpy_ids(run: str, folder: str) -> Read:
    """The network in NumPy."""
    return loaded(run).loaded[0].network.logits


def onnx_ids(run: str, folder: str) -> Read:
    """The network in ONNX Runtime."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"]
    )
    return in_batches(lambda ids: session.run(["logits"], {"ids": ids.astype(np.int64)})[0][:, 0])


def torch_ids(run: str, folder: str, packed: bool) -> Read:
    """The network in PyTorch."""
    import torch

    from benchmarks.torch_network import SavedNetwork

    torch.set_num_threads(1)
    network = SavedNetwork(loaded(run).loaded[0].network.layers, packed)

    def read(ids: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(ids)).numpy()

    return in_batches(read)


def in_batches(read: Read) -> Read:
    """The same of a list of ids, in batches of reviews of similar length; the best size is kept."""
    from imdb_lstm.inference.export.standalone import batches

    def measured(ids: Sequence[np.ndarray]) -> np.ndarray:
        return batches.logits_of_batches(lambda own: read(batches.padded(own))[:, None], ids, 1)

    def prepared(ids: Sequence[np.ndarray]) -> np.ndarray:
        if not chosen:
            times = {}
            for size in BATCHES:
                batches.BATCH, began = size, time.perf_counter()
                measured(ids)
                times[size] = time.perf_counter() - began
            chosen.append(min(times, key=lambda size: times[size]))
        batches.BATCH = chosen[0]
        return measured(ids)

    chosen: list[int] = []
    return prepared


def raw(run: str, folder: str) -> Read:
    """A run, from raw texts."""
    return loaded(run).predict_logits


def tfidf(run: str, folder: str) -> Read:
    """TF-IDF of 1-2-grams and logistic regression, from raw texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from threadpoolctl import threadpool_limits

    from imdb_lstm.data.imdb import load_imdb

    threadpool_limits(1)
    train = load_imdb("train")
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    pipeline = make_pipeline(words, LogisticRegression(C=10, max_iter=1000))
    return pipeline.fit(train.texts, train.labels).decision_function


def prepare(make: Callable[..., Read], run: str, folder: str, ids: bool, *more: Any) -> None:
    """Load a way and its input into this process, on one thread, and use it once."""
    from imdb_lstm.text.vocabulary import encode_texts
    from imdb_lstm.threads import use_one_thread

    use_one_thread()
    items: Sequence[Any] = test_texts()
    if ids:
        own = loaded(run).loaded[0]
        items = encode_texts(items, own.vocabulary, own.config.maximum_length)
    globals()["way"] = make(run, folder, *more), items
    logits()


def logits() -> np.ndarray:
    """The logits of the reviews."""
    read, items = globals()["way"]
    return read(items)


def rate() -> float:
    """Reviews a second."""
    began = time.perf_counter()
    logits()
    return REVIEWS / (time.perf_counter() - began)


def export_onnx(run: str, folder: str) -> None:
    """Write the run as ONNX."""
    from imdb_lstm.inference.export.export import export
    from imdb_lstm.runs.find import SAVED_MODELS, find_run

    export(find_run(run, SAVED_MODELS), "onnx", Path(folder))


def compare(title: str, ways: dict[str, tuple[Any, ...]], base: str, same: bool) -> None:
    """Measure ways in turns, and record their rates; of the ``same`` network also the logits."""
    with ExitStack() as stack:
        asks = {name: stack.enter_context(own_process()) for name in ways}
        for name, ask in asks.items():
            ask(prepare, *ways[name])
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, ask in asks.items():
                rates[name].append(ask(rate))
        found = {name: ask(logits) for name, ask in asks.items()}
    difference = {name: float(np.abs(own - found[base]).max()) for name, own in found.items()}
    middle = {name: statistics.median(values) for name, values in rates.items()}
    for name, value in middle.items():
        record(
            "answer", f"{title}: {name}", reviews=REVIEWS, reviews_per_second=round(value),
            **{f"times_{base.replace(' ', '_')}": round(value / middle[base], 2)},
            **({"largest_difference_of_a_logit": difference[name]} if same else {}),
        )  # fmt: skip


def main(run: str, *others: str) -> None:
    """Measure and record."""
    with tempfile.TemporaryDirectory() as name:
        folder = str(Path(name) / "onnx")
        with own_process() as ask:
            ask(export_onnx, run, folder)
        ways: dict[str, tuple[Any, ...]] = {
            "NumPy": (numpy_ids, run, folder, True),
            "ONNX Runtime": (onnx_ids, run, folder, True),
        }
        if importlib.util.find_spec("torch"):
            for way, packed in (("packed", True), ("padded", False)):
                ways[f"PyTorch, {way}"] = torch_ids, run, folder, True, packed
        compare(f"from ids, one core, {run}", ways, "NumPy", same=True)
        texts: dict[str, tuple[Any, ...]] = {
            each: (raw, each, "", False) for each in (run, *others)
        }
        texts["TF-IDF"] = tfidf, run, "", False
        compare("from raw texts, one core", texts, "TF-IDF", same=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
