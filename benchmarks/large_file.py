"""Memory and rate of ``imdb-lstm score`` on a file of millions of rows, and killing it at random.

    python -m benchmarks.large_file shipped --rows 5000000
    python -m benchmarks.large_file shipped --rows 200000 --kills 10

The rows are sentences of the sample, drawn by a seed. Memory is the resident memory of the command
and its workers together, read every two seconds. ``rate_end_to_start`` is the rate of the last
tenth of the rows divided by that of the first, start-up excluded. With ``--kills`` the command is
ended by SIGKILL at so many random moments and continued by ``--resume``; the output must then be
that of a command which nothing has ended, byte by byte.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.record import record

INTERVAL = 2.0  # seconds


def write_rows(path: Path, rows: int) -> None:
    """Write a CSV of short texts, about 210 bytes a row."""
    sample = Path(__file__).parents[1] / "imdb_lstm" / "data" / "sample" / "reviews.jsonl"
    texts = [json.loads(line)["text"] for line in sample.read_text("utf-8").splitlines()]
    sentences = [each for text in texts for each in re.split(r"(?<=[.!?]) ", text)]
    sentences = [each for each in sentences if 20 <= len(each) <= 160]
    draw = random.Random(0)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text"])
        for number in range(rows):
            writer.writerow([number, " ".join(draw.choices(sentences, k=2 + number % 2))])


def start(run: str, path: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start the command; it goes on with what there is."""
    words = ["score", str(path), "--output", str(output), "--run", run, "--resume"]
    return subprocess.Popen([sys.executable, "-m", "imdb_lstm", *words], stderr=subprocess.DEVNULL)


def resident_megabytes(parent: int) -> float:
    """Resident memory of a process and its children, in MiB."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(folder.name) == parent or int(stat[1]) == parent:
                total += int((folder / "statm").read_text().split()[1])
        except (OSError, IndexError):  # it has ended
            continue
    return total * 4_096 / 2**20


def rows_done(output: Path) -> int:
    """Rows that are whole in the unfinished output."""
    try:
        state = json.loads(output.with_name(f".{output.name}.part.json").read_text())
    except (OSError, ValueError):
        return 0
    return int(state["summary"]["read"])


def watched(process: subprocess.Popen[bytes], output: Path) -> Iterator[tuple[float, int, float]]:
    """Yield seconds, whole rows and memory until the process has ended."""
    began = time.perf_counter()
    while process.poll() is None:
        yield time.perf_counter() - began, rows_done(output), resident_megabytes(process.pid)
        time.sleep(INTERVAL)


def rate_between(points: list[tuple[float, int, float]], low: float, high: float) -> float:
    """Rows a second between the first points at or after two numbers of rows."""
    ends = [next(point for point in points if point[1] >= rows) for rows in (low, high)]
    return (ends[1][1] - ends[0][1]) / (ends[1][0] - ends[0][0])


def measure(run: str, path: Path, rows: int) -> None:
    """Record memory and rates of one undisturbed command."""
    output = path.with_name("scored.csv")
    process = start(run, path, output)
    points = [point for point in watched(process, output) if point[1]]
    assert process.returncode == 0
    most = max(point[1] for point in points)  # of the points, a little fewer than all rows
    first, last = rate_between(points, 1, most / 10), rate_between(points, 0.9 * most, most)
    record(
        "answer", f"score: a file of {rows:,} rows", run=run,
        input_megabytes=round(path.stat().st_size / 2**20),
        rows_per_second=round(rate_between(points, 1, most)),
        rate_end_to_start=round(last / first, 3),
        most_memory_megabytes=round(max(point[2] for point in points)),
        memory_at_a_tenth_megabytes=round(next(p[2] for p in points if p[1] >= most / 10)),
        seconds=round(points[-1][0], 1),
    )  # fmt: skip


def kill(run: str, path: Path, rows: int, kills: int) -> None:
    """Record whether an output is the same after a command was killed so many times."""
    whole, killed = path.with_name("whole.csv"), path.with_name("killed.csv")
    began = time.perf_counter()
    assert start(run, path, whole).wait() == 0
    seconds = time.perf_counter() - began
    draw, moments = random.Random(1), []
    for _ in range(kills):
        process = start(run, path, killed)
        time.sleep(draw.uniform(0, 1.8 * seconds / kills))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        moments.append(rows_done(killed))
    assert killed.exists() or start(run, path, killed).wait() == 0
    first, second = (hashlib.sha256(each.read_bytes()).hexdigest() for each in (whole, killed))
    record(
        "answer", f"score: {rows:,} rows, killed {kills} times", run=run,
        rows_when_killed=" ".join(f"{each:,}" for each in moments),
        the_same_bytes=first == second, sha256=second[:12],
    )  # fmt: skip


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--kills", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "rows.csv"
        write_rows(path, asked.rows)
        if asked.kills:
            kill(asked.run, path, asked.rows, asked.kills)
        else:
            measure(asked.run, path, asked.rows)


if __name__ == "__main__":
    main()
