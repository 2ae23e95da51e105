"""Commands killed at random moments and resumed: is the result that of an undisturbed command?

    python -m benchmarks.kills network
    python -m benchmarks.kills language-model --kills 20

Each command is run undisturbed, and then again and again, ended by SIGKILL after a random time and
resumed until it is done, until it was killed ``--kills`` times. Every result must be that of the
undisturbed command: all weights bit by bit, vocabulary, history, predictions and metrics, except
seconds and memory. The commands start from a process that has imported TensorFlow already, so that
the moments fall into the work.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from benchmarks.record import record

COMMON = ["--data", "sample", "--output", "."]
NETWORK = ["--preset", "small", "--embedding-dropout", "0.1", "--swap", "0.1", "--epochs", "8"]
LANGUAGE = ["--units", "24", "--embedding-dim", "24", "--minimum-count", "1"]
LANGUAGE += ["--batch-size", "8", "--epochs", "4"]
TASKS = {
    "network": ["train", *COMMON, *NETWORK, "--name", "result"],
    "ngrams": ["train", *COMMON, "--encoder", "ngrams-embedded", "--name", "result"],
    "language-model": ["pretrain", "--language-model", *COMMON, *LANGUAGE, "--name", "result"],
    "tuning": ["tune", *COMMON, "--preset", "small", "--trials", "4", "--name", "result"],
}
UNLIKE = ("second", "memory", "date", "time", "machine")  # parts of the names of what may differ


def preload() -> None:
    """Start the processes of ``attempt`` from one that has imported TensorFlow."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(
        ["tensorflow", "keras", "imdb_lstm.cli", "imdb_lstm.training.train"]
    )


def command(words: list[str], folder: str, threads: int | None = None) -> None:
    """Run a command of the package in a folder, silently; ``threads``: of TensorFlow."""
    os.setsid()
    if threads:
        for kind in ("INTRAOP", "INTEROP"):  # read when the first operation runs
            os.environ[f"TF_NUM_{kind}_THREADS"] = str(threads)
    os.chdir(folder)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    from imdb_lstm.cli import entry_point

    sys.argv = ["imdb-lstm", *words]
    entry_point()


def attempt(
    words: list[str], folder: Path, seconds: float | None, threads: int | None = None
) -> bool:
    """Run a command; kill it after some seconds. Return whether it had ended by itself."""
    process = multiprocessing.get_context("forkserver").Process(
        target=command, args=(words, str(folder), threads)
    )
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
        return False
    assert process.exitcode == 0, f"{' '.join(words)} ended with {process.exitcode}"
    return True


def resumed(words: list[str], folder: Path) -> list[str]:
    """Return the command that goes on with what a folder holds."""
    if words[0] == "train" and (folder / ".result.unfinished").exists():
        return ["train", "--resume", "--output", ".", "--name", "result"]
    return words


def members(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of a file, or its values that no clock decides."""
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            # Keras writes the addresses of objects in memory
            yield "config", re.sub(rb'"shared_object_id": \d+', b"", archive.read("config.json"))
            weights = io.BytesIO(archive.read("model.weights.h5"))
        found: dict[str, Any] = {}
        with h5py.File(weights) as stream:
            stream.visititems(
                lambda name, item: (
                    found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
                )
            )
        yield from found.items()
    elif path.suffix == ".npz":
        with np.load(path) as archive:
            yield from archive.items()
    elif path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as stream:
            yield "rows", [timeless(row) for row in csv.DictReader(stream)]
    elif path.suffix in (".json", ".jsonl"):
        lines = path.read_text("utf-8").splitlines()
        whole = ["".join(lines)] if path.suffix == ".json" else lines
        yield "values", [timeless(json.loads(line)) for line in whole]
    elif path.suffix in (".txt", ".toml", ".npy"):
        yield "bytes", path.read_bytes()


def timeless(value: Any) -> Any:
    """Return a value without the entries that a clock or the memory of a process decides."""
    if isinstance(value, dict):
        return {
            key: timeless(each)
            for key, each in value.items()
            if not any(word in str(key) for word in UNLIKE)
        }
    return [timeless(each) for each in value] if isinstance(value, list) else value


def digests(folder: Path) -> dict[str, str]:
    """Return a SHA-256 of each member of each file of a result, by name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            for name, value in members(path):
                raw = value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode()
                found[f"{path.relative_to(folder)}: {name}"] = hashlib.sha256(raw).hexdigest()
    return found


def unlike(one: dict[str, str], other: dict[str, str]) -> set[str]:
    """Return the names of the members that differ between two results."""
    return {each for each in one.keys() | other if one.get(each) != other.get(each)}


def listed(names: set[str]) -> str:
    """Return names in one line, as they are recorded."""
    return " ".join(sorted(names)) or "none"


def measure(task: str, kills: int, seed: int) -> None:
    """Kill and resume, and record how many results differ from the undisturbed one."""
    words, draw = TASKS[task], random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        whole = Path(name, "whole")
        whole.mkdir()
        assert attempt(["doctor"], whole, None)  # the first process of all imports
        began = time.perf_counter()
        assert attempt(words, whole, None)
        seconds = time.perf_counter() - began
        wanted, done, results, differing = digests(whole / "result"), 0, 0, set[str]()
        while done < kills:
            folder = Path(name, "killed")
            folder.mkdir()
            while not attempt(
                resumed(words, folder), folder, draw.uniform(0, seconds) if done < kills else None
            ):
                done += 1
                if task != "tuning" and (folder / "result").exists():  # a study grows there
                    break  # it was killed after its last step: the result is compared as it is
            differing |= unlike(wanted, digests(folder / "result"))
            results += 1
            shutil.rmtree(folder)
    record(
        "reliability", f"{task}: killed and resumed", kills=done, results=results,
        members_compared=len(wanted), members_that_differ=listed(differing),
        seconds_undisturbed=round(seconds, 1), seed=seed,
    )  # fmt: skip


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tasks", nargs="+", choices=TASKS)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    preload()
    for task in asked.tasks:
        measure(task, asked.kills, asked.seed)


if __name__ == "__main__":
    main()
