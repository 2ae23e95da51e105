"""The service under load by wrk (Debian: apt install wrk), and what it is compared with.

    python -m benchmarks.service shipped [SECONDS]

Test reviews of IMDb over 100 connections and over one, each connection waiting for its answer; one
review a request, and eight. Beside it, the reviews a second of ``score`` with as many processes,
and the obvious other server: the same network in TensorFlow behind FastAPI, a request at a time
(``benchmarks.service_peer``). wrk runs on the same cores, of which it needs little. Memory is that
of the server and its workers together, after the first requests and at the end.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.record import record
from imdb_lstm.inference.score import CHUNK, in_chunks, score_chunks
from imdb_lstm.runs.find import SAVED_MODELS, find_run
from imdb_lstm.threads import threads

SECONDS, WARM_UP_SECONDS = 60, 3
LAST_SECONDS = 40
CONNECTIONS = 100
SCORED = 5_000  # reviews for the rate of score
SCRIPT = Path(__file__).with_suffix(".lua")
SERVERS = {
    "serve": ("imdb_lstm", "serve", "--port", "0"),
    "TensorFlow behind FastAPI": ("benchmarks.service_peer",),
}
LOADS = ((CONNECTIONS, 1), (CONNECTIONS, 8), (1, 1))  # connections, reviews a request


@contextmanager
def serving(words: tuple[str, ...], run: str) -> Iterator[tuple[int, str]]:
    """Start a server that prints its address, and yield its process and the address."""
    process = subprocess.Popen(
        [sys.executable, "-m", *words, run],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        yield process.pid, re.findall(r"http://\S+:\d+", process.stdout.readline())[0]
    finally:
        process.terminate()
        try:
            process.wait(LAST_SECONDS)
        except subprocess.TimeoutExpired:  # threads of the other server that still predict
            process.kill()
            process.wait()


def load(url: str, bodies: Path, connections: int, seconds: int) -> dict[str, Any]:
    """Requests, seconds, milliseconds at two percentiles, and errors, as wrk counts them."""
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration",
               f"{seconds}s", "--timeout", "30s", "--script", str(SCRIPT),
               f"{url}/v1/predict"]  # fmt: skip
    environment = {**os.environ, "BODIES": str(bodies)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def memory_megabytes(pid: int) -> int:
    """Resident memory of a process and its children, in MiB (Linux)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    own = int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) // 2**10
    return own + sum(memory_megabytes(int(child)) for child in children)


def score_rate(run: str, texts: list[str]) -> float:
    """Reviews a second that ``score`` predicts, without its start."""
    chunks = score_chunks(run, in_chunks(texts), threads(), "cpu", "numpy")
    next(chunks)
    began = time.perf_counter()
    count = sum(map(len, chunks))
    return count / (time.perf_counter() - began)


def write_bodies(folder: Path, texts: list[str], each: int) -> Path:
    """Write requests of so many reviews, one a line."""
    path = folder / f"{each}.jsonl"
    groups = [texts[start : start + each] for start in range(0, len(texts), each)]
    path.write_text("".join(json.dumps({"texts": group}) + "\n" for group in groups), "utf-8")
    return path


def main(run: str, seconds: int = SECONDS) -> None:
    """Measure and record."""
    from imdb_lstm.data.imdb import load_imdb

    texts = list(load_imdb("test").texts[: SCORED + CHUNK])
    folder = str(find_run(run, SAVED_MODELS))
    rate = score_rate(folder, texts)
    common = {"run": run, "cores": threads()}
    record("service", "score, for comparison", **common, reviews_per_second=round(rate))
    with tempfile.TemporaryDirectory() as temporary:
        bodies = {each: write_bodies(Path(temporary), texts, each) for _, each in LOADS}
        for name, words in SERVERS.items():
            for connections, each in LOADS:
                with serving(words, folder) as (pid, url):
                    load(url, bodies[each], connections, WARM_UP_SECONDS)
                    before = memory_megabytes(pid)
                    found = load(url, bodies[each], connections, seconds)
                    after = memory_megabytes(pid)
                reviews = found["requests"] * each / found["seconds"]
                record(
                    "service", name, **common, connections=connections, reviews_a_request=each,
                    seconds=round(found["seconds"]), reviews_per_second=round(reviews),
                    times_score=round(reviews / rate, 2), p50_milliseconds=found["p50"],
                    p99_milliseconds=found["p99"], errors=found["errors"],
                    memory_megabytes=[before, after],
                )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
