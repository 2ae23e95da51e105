"""Growth of time and memory with the number and the length of reviews: LSTM and linear models.

    python -m benchmarks.growth quick
    python -m benchmarks.growth quick --scale 0.05 --output /tmp

Every point is measured in a process of its own. Reviews of N tokens are cut from the concatenated
train reviews of one label; as many other train reviews are scored, and the test split is not read.
The training time runs from texts to a fitted model (for the network after one epoch), the scoring
time from texts to logits. The start-up time of the network does not depend on the size and is
recorded apart. The embeddings are initialised at random, since word vectors are always learned from
all of IMDb.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice, product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.processes import load, own_process, save, use_threads
from benchmarks.record import record
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.device import peak_memory_megabytes, set_up_device

REVIEWS = (1_000, 2_000, 4_000, 8_000)
TOKENS = (64, 128, 256, 512, 1_024)
MODELS = ("network", "TF-IDF 1-2-grams", "NB-weighted 1-3-grams")
MEASURED = {"training_seconds": "Training, seconds", "scoring_seconds": "Scoring, seconds",
            "process_peak_megabytes": "Peak memory, MiB"}  # fmt: skip
AXES = {"reviews": "Reviews", "tokens": "Tokens in each of {fewest:,} reviews"}

Predict = Callable[[list[str]], np.ndarray]
Fit = Callable[[list[str], np.ndarray], tuple[Predict, float]]  # and its start-up seconds


def of_length(texts: list[str], tokens: int) -> Iterator[str]:
    """Yield texts of ``tokens`` tokens each, cut from the concatenated texts.

    >>> list(of_length(["One film.", "Two good films!", "Three"], 3))
    ['one film .', 'two good films']
    """
    from imdb_lstm.text.tokenizer import single_tokens

    words = chain.from_iterable(map(single_tokens, texts))
    while len(part := list(islice(words, tokens))) == tokens:
        yield " ".join(part)


def prepare(scale: float, folder: Path) -> dict[str, list[int]]:
    """Write (texts, labels, other texts) for every point; return the sizes by axis."""
    from imdb_lstm.data.imdb import load_imdb

    train = load_imdb("train")
    sizes = {"reviews": [round(scale * size) for size in REVIEWS], "tokens": list(TOKENS)}
    order = np.random.default_rng(0).permutation(len(train))
    for count in sizes["reviews"]:
        chosen, others = train.take(order[:count]), train.take(order[count : 2 * count])
        save(folder / f"reviews {count}", (chosen.texts, chosen.labels, others.texts))
    by_label = [[train.texts[i] for i in order if train.labels[i] == label] for label in (0, 1)]
    count = sizes["reviews"][0]
    for tokens in sizes["tokens"]:
        parts = [list(islice(of_length(texts, tokens), count)) for texts in by_label]
        learned, others = ([*parts[0][i::2], *parts[1][i::2]] for i in (0, 1))
        labels = np.repeat([0, 1], [len(part[::2]) for part in parts]).astype(np.int8)
        save(folder / f"tokens {tokens}", (learned, labels, others))
    return sizes


def network(config: Config, threads: int) -> Fit:
    """The fit of the preset's network for one epoch."""
    use_threads(threads)
    set_up_device("cpu", config.seed, config.precision)
    from imdb_lstm.data.batches import Batches, for_fit
    from imdb_lstm.models.network import network_logits
    from imdb_lstm.text.vocabulary import Vocabulary, encode_texts
    from imdb_lstm.training.fit import compiled_model

    def fit(texts: list[str], labels: np.ndarray) -> tuple[Predict, float]:
        vocabulary = Vocabulary.from_texts(texts, config.vocabulary_size, config.minimum_count)
        encode = partial(encode_texts, vocabulary=vocabulary, maximum_length=config.maximum_length)
        batches = Batches(ids := encode(texts), labels, config.batch_size, seed=config.seed)
        model = compiled_model(config, len(vocabulary), config.epochs * len(batches))
        began = time.perf_counter()
        few = 3 * config.batch_size  # graphs are traced again for the first few widths
        first = Batches(ids[:few], labels[:few], config.batch_size)
        model.fit(for_fit(first), shuffle=False, verbose=0)
        network_logits(model, ids[:few])
        start = time.perf_counter() - began
        model.fit(for_fit(batches), shuffle=False, verbose=0)
        return lambda unseen: network_logits(model, encode(unseen)), start

    return fit


def linear_model(name: str) -> Fit:
    """The fit of a linear model, which has no start-up time."""
    from benchmarks import linear

    fit = {"TF-IDF 1-2-grams": partial(linear.tfidf, longest=2),
           "NB-weighted 1-3-grams": linear.nb_weighted}[name]  # fmt: skip
    return lambda texts, labels: (fit(texts, labels), 0.0)


def measure(model: str, config: Config, threads: int, path: Path) -> dict[str, float]:
    """Measure one point."""
    texts, labels, others = load(path)
    fit = network(config, threads) if model == "network" else linear_model(model)
    began = time.perf_counter()
    predict, start = fit(texts, labels)
    fitted = time.perf_counter()
    predict(others)
    return {
        "start_seconds": round(start, 2),
        "training_seconds": round(fitted - began - start, 2),
        "scoring_seconds": round(time.perf_counter() - fitted, 2),
        "process_peak_megabytes": round(peak_memory_megabytes()),
    }


def measure_all(preset: str, scale: float, threads: int) -> list[dict[str, Any]]:
    """One row per model and axis: the sizes, and the measurements at each."""
    config = replace(PRESETS[preset], maximum_length=max(TOKENS))
    rows = []
    with tempfile.TemporaryDirectory() as name:
        with own_process() as ask:
            sizes = ask(prepare, scale, Path(name))
        for axis, model in product(AXES, MODELS):
            points = []
            for size in sizes[axis]:
                with own_process() as ask:
                    path = Path(name) / f"{axis} {size}"
                    points.append(ask(measure, model, config, threads, path))
            measured = {key: [point[key] for point in points] for key in points[0]}
            rows.append({"model": model, "axis": axis, "sizes": sizes[axis], **measured})
    return rows


def draw(preset: str, rows: list[dict[str, Any]]) -> Any:
    """Figure: one row of panels per axis, one line per model."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 5.6), layout="constrained")
    panels = figure.subplots(len(AXES), len(MEASURED))
    fewest = min(row["sizes"][0] for row in rows if row["axis"] == "reviews")
    for line, axis in enumerate(AXES):
        series = {f"{preset}, one epoch" if row["model"] == "network" else row["model"]: row
                  for row in rows if row["axis"] == axis}  # fmt: skip
        for axes, key in zip(panels[line], MEASURED, strict=True):
            draw_panel(axes, series, key)
            axes.set(xlabel=AXES[axis].format(fewest=fewest), title="" if line else MEASURED[key])
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
    return figure


def draw_panel(axes: Any, series: dict[str, dict[str, Any]], key: str) -> None:
    """Draw seconds on logarithmic axes, where a line of slope one is linear growth."""
    from imdb_lstm.metrics.plots import LINE_STYLES, SERIES_COLOURS

    for number, (name, row) in enumerate(series.items()):
        style = {"color": SERIES_COLOURS[number], "linestyle": LINE_STYLES[number]}
        axes.plot(row["sizes"], row[key], marker="o", label=name, **style)
    axes.set_xscale("log")
    axes.set_xticks(row["sizes"], [f"{size:,}" for size in row["sizes"]])
    axes.set_xticks([], minor=True)
    if key.endswith("seconds"):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.grid(True, color="#DDDDDD", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)


def main() -> None:
    """Measure, record and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("preset", choices=PRESETS)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the numbers of reviews")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path("docs"), help="folder for growth.png")
    asked = parser.parse_args()
    rows = measure_all(asked.preset, asked.scale, asked.threads)
    for row in rows:
        name = asked.preset if row["model"] == "network" else row["model"]
        record("growth", f"{name}, by {row['axis']}", preset=asked.preset, **row)
    from imdb_lstm.runs.files import write_figures

    write_figures(asked.output, {"growth": draw(asked.preset, rows)})


if __name__ == "__main__":
    main()
