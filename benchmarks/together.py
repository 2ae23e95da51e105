"""A preset's network beside the linear run that taught it, and both together.

    python -m benchmarks.together quick 0 1 2

Reads the runs that ``benchmarks.rows PRESET SEEDS`` left in ``saved_models/``. For each seed one
row of the two as one model on the test split, one of McNemar's test between every two, and one a
model on the challenge set.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import record, test_scores
from imdb_lstm import artifacts, evaluate
from imdb_lstm.ensemble import logit_spreads
from imdb_lstm.evaluate import Evaluation

OUTPUT = Path("saved_models")


def evaluated(runs: list[Path], data: str | None) -> list[Evaluation]:
    """Each run, and all together."""
    found = [evaluate.evaluate(run, data) for run in runs]
    return [*found, evaluate.together(found, logit_spreads(runs))]


def record_together(preset: str, seed: int, found: list[Evaluation]) -> None:
    """The row of both as one, and those of McNemar's test."""
    *members, joined = found
    metrics = [artifacts.read_metrics(member.run) for member in members]
    seconds = metrics[0]["seconds"]  # the linear run's are part of them: it is the teacher
    record(
        "ensemble", f"{preset} and linear", seed=seed, seconds=seconds,
        parameters=sum(each["parameters"] for each in metrics),
        **test_scores(joined.reviews.labels, joined.logits),
    )  # fmt: skip
    names = {members[0].name: preset, members[1].name: "linear", joined.name: "both"}
    for test in joined.metrics["comparisons"]:
        rest = {key: value for key, value in test.items() if key not in ("a", "b")}
        record("mcnemar", f"{names[test['a']]} / {names[test['b']]}", seed=seed, **rest)


def record_challenge(names: Sequence[str], seed: int, found: list[Evaluation]) -> None:
    """One row a model: accuracy by group, and consistency of the pairs."""
    for name, each in zip(names, found, strict=True):
        groups: dict[str, Any] = {
            f"{row['group'].replace(' ', '_')}_accuracy": round(row["accuracy"], 4)
            for row in each.metrics["by_group"]
        }
        pairs = {key: value for key, value in each.metrics["pairs"].items() if key != "pairs"}
        record("challenge", name, seed=seed, accuracy=each.metrics["accuracy"], **groups, **pairs)


def main(preset: str, seeds: list[str]) -> None:
    """Measure and record."""
    for seed in map(int, seeds):
        run = OUTPUT / f"preset-{preset}-{seed}"
        runs = [run, run.with_name(f"{run.name}-linear")]
        record_together(preset, seed, evaluated(runs, None))
        record_challenge((preset, "linear", "both"), seed, evaluated(runs, "challenge"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or ["0"])
