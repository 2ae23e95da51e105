"""Write ``RESULTS.md`` from the recorded rows: means and spreads first, then every row.

python -m benchmarks.table
"""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS

Row = dict[str, Any]
TITLES = {
    "preset": "Presets, all of IMDb",
    "baseline": "Baselines, all of IMDb",
    "encoder": "Encoders, all of IMDb: three epochs (bag ten), else as `rows.py` says",
}

HEADER = (
    "| model | seeds | test accuracy | 95 % interval of the last | validation | seconds "
    "| seconds an epoch | parameters | peak MiB |"
)


def _percent(values: list[float]) -> str:
    """Mean, with the standard deviation over seeds where there are several."""
    mean = f"{statistics.mean(values):.2%}"
    return f"{mean} ± {statistics.stdev(values):.2%}" if len(values) > 1 else mean


def _mean(rows: list[Row], key: str, form: str) -> str:
    values = [row[key] for row in rows if key in row]
    return format(statistics.mean(values), form) if values else ""


def summary(kind: str, rows: list[Row]) -> list[str]:
    """One line a name: accuracies, and what they cost."""
    by_name = defaultdict(list)
    for row in rows:
        by_name[row["name"]].append(row)
    lines = [f"## {TITLES[kind]}", "", HEADER, "|---|---|---|---|---|---|---|---|---|"]
    for name, same in by_name.items():
        seeds = ", ".join(str(row["seed"]) for row in same if "seed" in row) or "-"
        low, high = same[-1]["test_accuracy_low"], same[-1]["test_accuracy_high"]
        validation = [row["validation_accuracy"] for row in same if "validation_accuracy" in row]
        memory = [row.get("training_peak_memory_megabytes", row["peak_memory_megabytes"])
                  for row in same]  # fmt: skip
        cells = [
            name, seeds, _percent([row["test_accuracy"] for row in same]),
            f"{low:.2%} to {high:.2%}", _percent(validation) if validation else "",
            _mean(same, "seconds", ".0f"), _mean(same, "seconds_per_epoch", ".0f"),
            _mean(same, "parameters", ",.0f"), f"{max(memory):,}",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def speeds(rows: list[Row]) -> list[str]:
    """The side-by-side measurements, as they were recorded."""
    hidden = {"kind", "name", "command", "commit", "date", "machine", "peak_memory_megabytes"}
    lines = ["## Speed", "", "| what | measured |", "|---|---|"]
    for row in rows:
        facts = ", ".join(f"{key} {value}" for key, value in row.items() if key not in hidden)
        lines.append(f"| {row['name']} | {facts} |")
    return [*lines, ""]


def provenance(rows: list[Row]) -> list[str]:
    """Every row with its command, commit, date and machine."""
    lines = ["## Where each row comes from", "", "| row | command | commit | date | machine |",
             "|---|---|---|---|---|"]  # fmt: skip
    for row in rows:
        name = f"{row['name']}, seed {row['seed']}" if "seed" in row else row["name"]
        lines.append(
            f"| {name} | `{row['command']}` | {row['commit']} | {row['date']} | {row['machine']} |"
        )
    return lines


def main() -> None:
    """Write the page."""
    rows = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    by_kind = defaultdict(list)
    for row in rows:
        by_kind[row["kind"]].append(row)
    log = (Path(__file__).parent / "LOG.md").read_text(encoding="utf-8")
    lines = ["# Results", "", "Written by `python -m benchmarks.table` from `results.jsonl`; "
             "`LOG.md` tells what was tried.", ""]  # fmt: skip
    for kind in TITLES:
        lines += summary(kind, by_kind[kind]) if by_kind[kind] else []
    lines += speeds(by_kind["speed"]) + provenance(rows) + ["", log]
    RESULTS.with_name("RESULTS.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
