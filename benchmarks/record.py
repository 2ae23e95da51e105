"""One measured row with its provenance, appended to ``results.jsonl``; ``table.py`` prints them."""

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
    """The commit that the code is of; "-dirty" if it was changed since, rows recorded apart."""
    commit = _git("describe", "--always")
    others = ("--", ".", *(f":(exclude,top)benchmarks/{name}" for name in WRITTEN))
    changed = _git("status", "--porcelain", "--untracked-files=no", *others)
    return f"{commit}-dirty" if changed else commit


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], capture_output=True, text=True, check=True
    ).stdout.strip()


def record(kind: str, name: str, **values: Any) -> None:
    """Append one row, and print it: what was measured, by which command, of which commit, where.

    Machine and peak memory are this process's own, unless ``values`` give those of another.
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
    """The test figures that a row holds."""
    metrics = evaluate_logits(labels, logits)
    names = ("accuracy", "accuracy_low", "accuracy_high", "log_loss")
    return {f"test_{name}": round(metrics[name], 5) for name in names}
