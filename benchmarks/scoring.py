"""Prediction speed of a saved run on the 25,000 raw test texts, by whole processes.

    python -m benchmarks.scoring saved_models/RUN

``imdb-lstm predict --file`` runs on 1 review and on 25,000, with one process and with one per
core. The difference of the two times is the prediction time without start-up.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import record
from imdb_lstm.data.imdb import load_imdb


def seconds(run: str, file: Path, workers: int) -> float:
    """Wall-clock time of the whole command."""
    began = time.perf_counter()
    options = {"file": file, "run": run, "workers": workers, "output": file.with_suffix(".out")}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    subprocess.run([sys.executable, "-m", "imdb_lstm", "predict", *words], check=True)
    return time.perf_counter() - began


def main(run: str) -> None:
    """Measure and record."""
    texts = load_imdb("test").texts
    with tempfile.TemporaryDirectory() as folder:
        files = {1: Path(folder) / "one.csv", len(texts): Path(folder) / "all.csv"}
        for count, file in files.items():
            with file.open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream).writerows([["text"], *([text] for text in texts[:count])])
        for workers in (1, os.cpu_count() or 1):
            start, whole = (seconds(run, file, workers) for file in files.values())
            record(
                "speed", f"scoring, {workers} processes", run=Path(run).name, reviews=len(texts),
                start_up_seconds=round(start, 1), whole_process_seconds=round(whole, 1),
                reviews_per_second=round((len(texts) - 1) / (whole - start)),
            )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
