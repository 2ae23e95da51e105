"""Speed of commands that score the 25,000 test reviews of IMDb, by whole processes.

    python -m benchmarks.scoring shipped

``imdb-lstm score`` with one process for each core, ``predict --backend keras``, and the same with
one review instead of all; the difference is the time without start-up. They take turns.
``evaluate`` is timed whole, with all that it does.
"""

from __future__ import annotations

import csv
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.processes import own_process
from benchmarks.record import record
from imdb_lstm.runs.find import SAVED_MODELS, find_run

ROUNDS = 3
WAYS = {
    "score": ["score", "{file}"],
    "score, one process": ["score", "{file}", "--workers", "1"],
    "predict --backend keras": ["predict", "--file", "{file}", "--backend", "keras"],
}


def write_texts(folder: Path) -> dict[int, Path]:
    """Write the first test review, and all of them, as CSV; return the files by their rows."""
    from imdb_lstm.data.imdb import load_imdb

    texts = load_imdb("test").texts
    files = {1: folder / "one.csv", len(texts): folder / "all.csv"}
    for count, file in files.items():
        with file.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([["text"], *([text] for text in texts[:count])])
    return files


def seconds(*words: str) -> float:
    """Wall-clock time of one ``imdb-lstm`` command."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "imdb_lstm", *words], check=True, capture_output=True)
    return time.perf_counter() - began


def main(run: str) -> None:
    """Measure and record."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with own_process() as ask:
            files = ask(write_texts, folder)
        for _ in range(ROUNDS):
            for way, words in WAYS.items():
                few, all_of_them = (
                    seconds(
                        *(word.format(file=file) for word in words),
                        "--run", run, "--output", str(folder / "out.csv"),
                    )
                    for file in files.values()
                )  # fmt: skip
                found[way].append((few, all_of_them))
        rows = max(files)
        rates = {
            way: (rows - 1) / statistics.median(whole - few for few, whole in pairs)
            for way, pairs in found.items()
        }
        for way, pairs in found.items():
            record(
                "answer", f"25,000 raw test reviews: {way}", run=run,
                reviews_per_second=round(rates[way]),
                times_keras=round(rates[way] / rates["predict --backend keras"], 2),
                start_up_seconds=round(statistics.median(few for few, _ in pairs), 2),
                whole_process_seconds=" ".join(f"{whole:.1f}" for _, whole in pairs),
            )  # fmt: skip
        output = folder / "evaluation"
        each = [
            seconds("evaluate", str(find_run(run, SAVED_MODELS)), "--output", str(output / str(n)))
            for n in range(ROUNDS)
        ]
        record(
            "answer", "evaluate on the test split, whole command", run=run,
            seconds=round(statistics.median(each), 1),
            seconds_of_each=" ".join(f"{one:.1f}" for one in each),
        )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
