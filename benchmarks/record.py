"""Append a measured row with its provenance to ``results.jsonl``; see ``table.py``."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from imdb_lstm.device import describe_machine, peak_memory_megabytes
from imdb_lstm.metrics.classification import evaluate_logits

RESULTS = Path(__file__).parent / "results.jsonl"
WRITTEN = ("results.jsonl", "RESULTS.md")


def _commit() -> str:
    """The commit of the code, with "-dirty" when other files than the results changed since."""
    commit = _git("describe", "--always")
    others = ("--", ".", *(f":(exclude,top)benchmarks/{name}" for name in WRITTEN))
    changed = _git("status", "--porcelain", "--untracked-files=no", *others)
    return f"{commit}-dirty" if changed else commit


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], capture_output=True, text=True, check=True
    ).stdout.strip()


def record(kind: str, name: str, **values: Any) -> None:
    """Append one row and print it: the values, the command, the commit, the date, the machine.

    Machine and peak memory are those of this process, unless ``values`` has others.
    """
    row = {
        "kind": kind,
        "name": name,
        **values,
        "command": shlex.join(["python", *sys.orig_argv[1:]]),
        "commit": _commit(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    row.setdefault("machine", describe_machine())
    row.setdefault("peak_memory_megabytes", round(peak_memory_megabytes()))
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row) + "\n")
    print(json.dumps(row, indent=2))


def test_scores(labels: Any, logits: Any) -> dict[str, float]:
    """The metrics of the test split that a row has."""
    metrics = evaluate_logits(labels, logits)
    names = ("accuracy", "accuracy_low", "accuracy_high", "log_loss")
    return {f"test_{name}": round(metrics[name], 5) for name in names}
