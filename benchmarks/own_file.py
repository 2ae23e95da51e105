"""Time and memory of a large file of one's own: ``data describe``, and one epoch of ``plain``.

    python -m benchmarks.own_file 1000000 [describe|train]

Writes a CSV of generated reviews of 60 words, runs the commands on it one after the other, and
prints the seconds and the peak memory of each, and of the stages that they tell.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

WORDS = 60
VOCABULARY = 50_000


def write_reviews(path: Path, rows: int) -> None:
    """Write reviews whose words have Zipf's frequencies, and whose label some words tell."""
    random = np.random.default_rng(0)
    shares = 1 / np.arange(10, VOCABULARY + 10)
    words = np.array([f"word{number:x}" for number in range(VOCABULARY)])
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("id", "text", "label"))
        for start in range(0, rows, 10_000):
            count = min(10_000, rows - start)
            drawn = random.choice(VOCABULARY, (count, WORDS), p=shares / shares.sum())
            labels = random.integers(0, 2, count)
            drawn[:, 7] = np.where(random.random(count) < 0.9, labels, 1 - labels)
            for row, (ids, label) in enumerate(zip(drawn, labels.tolist(), strict=True), start):
                writer.writerow((row, " ".join(words[ids]), label))


def measured(*arguments: str) -> str:
    """Run a command of the package, and return its seconds and its peak memory."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "imdb_lstm", *arguments])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    memory = usage.ru_maxrss * 1024 / 1e9
    failed = "" if status == 0 else f", exit status {status}"
    return f"{arguments[0]}: {seconds:.0f} s, peak memory {memory:.2f} GB{failed}"


def main(rows: int, *chosen: str) -> None:
    """Measure the chosen commands, by default both, on a file of so many rows."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "reviews.csv"
        write_reviews(path, rows)
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        if "describe" in chosen or not chosen:
            print(measured("data", "describe", str(path)), flush=True)
        if "train" in chosen or not chosen:
            options = ["--preset", "plain", "--epochs", "1", "--output", folder, "--name", "large"]
            print(measured("train", "--data", str(path), *options), flush=True)
    print(f"this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
