"""Does the same seed give the same run, bit by bit, for every encoder? On one thread and on two.

    python -m benchmarks.determinism [ENCODER ...]

Each encoder is trained on the sample three times, with the same options: twice on two threads and
once on one. What is compared is all that a run holds, see ``benchmarks.kills``.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import fields
from pathlib import Path

from benchmarks.kills import attempt, digests, listed, preload, unlike
from benchmarks.record import record
from imdb_lstm.config.options import Config

OPTIONS = ["--data", "sample", "--preset", "small", "--epochs", "2", "--output", "."]
DROPOUTS = ["--word-dropout", "0.1", "--embedding-dropout", "0.1", "--output-dropout", "0.3"]


def measure(encoder: str) -> None:
    """Train one encoder three times, and record what differs."""
    words = ["train", *OPTIONS, "--encoder", encoder, "--name", "result"]
    if not encoder.startswith("ngrams"):
        words += DROPOUTS
    found = []
    with tempfile.TemporaryDirectory() as name:
        for number, threads in enumerate((2, 2, 1)):
            folder = Path(name, str(number))
            folder.mkdir()
            assert attempt(words, folder, None, threads)
            found.append(digests(folder / "result"))
    record(
        "reliability", f"{encoder}: the same seed again", members_compared=len(found[0]),
        differ_on_two_threads=_files(found[0], found[1]),
        differ_on_one_and_two_threads=_files(found[0], found[2]),
    )  # fmt: skip


def _files(one: dict[str, str], other: dict[str, str]) -> str:
    """The files with members that differ."""
    return listed({member.partition(":")[0] for member in unlike(one, other)})


def main() -> None:
    """Measure and record."""
    [encoder] = [field for field in fields(Config) if field.name == "encoder"]
    choices = encoder.metadata["choices"]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("encoders", nargs="*", metavar="ENCODER", help="by default all")
    chosen = parser.parse_args().encoders
    if unknown := {*chosen} - {*choices}:
        parser.error(f"no encoder is called {min(unknown)}")
    preload()
    for name in chosen or choices:
        measure(name)


if __name__ == "__main__":
    main()
