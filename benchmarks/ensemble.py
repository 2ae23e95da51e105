"""A preset's network, the n-gram classifiers that labelled its reviews, and their ensemble.

    python -m benchmarks.ensemble quick 0 1 2

Reads the runs that ``benchmarks.rows PRESET SEEDS`` saved in ``saved_models/``. Each seed gives one
row for the ensemble on the test split, one for each n-gram classifier, one for McNemar's test
between every two models, and one per model on the challenge set.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import record, test_scores
from imdb_lstm.config.options import NGRAM_ENCODERS
from imdb_lstm.evaluation.evaluate import Evaluation, evaluate, evaluate_ensemble
from imdb_lstm.inference.ensemble import logit_deviations
from imdb_lstm.runs.files import read_metrics

OUTPUT = Path("saved_models")


def evaluated(runs: list[Path], data: str | None) -> list[Evaluation]:
    """The evaluation of each run, then of their ensemble."""
    found = [evaluate(run, data) for run in runs]
    return [*found, evaluate_ensemble(found, logit_deviations(runs))]


def record_ensemble(preset: str, seed: int, names: Sequence[str], found: list[Evaluation]) -> None:
    """Record the ensemble, each n-gram classifier, and McNemar's tests."""
    *members, joined = found
    metrics = [read_metrics(member.run) for member in members]
    record(
        "ensemble", " and ".join([preset, *names[1:-1]]), seed=seed,
        seconds=metrics[0]["seconds"],  # includes those of the labellers
        parameters=sum(each["parameters"] for each in metrics),
        **test_scores(joined.reviews.labels, joined.logits),
    )  # fmt: skip
    for name, member, measured in list(zip(names, members, metrics, strict=False))[1:]:
        record(
            "baseline", f"{name}, beside {preset}", seed=seed, seconds=measured["seconds"],
            parameters=measured["parameters"],
            validation_accuracy=round(measured["validation"]["accuracy"], 5),
            **test_scores(member.reviews.labels, member.logits),
        )  # fmt: skip
    called = {each.name: name for each, name in zip(found, names, strict=True)}
    for test in joined.metrics["comparisons"]:
        rest = {key: value for key, value in test.items() if key not in ("a", "b")}
        pair = f"{called[test['a']]} / {called[test['b']]}"
        known = preset in (called[test["a"]], called[test["b"]])
        record("mcnemar", pair if known else f"{pair}, {preset}", seed=seed, **rest)


def group_scores(metrics: dict[str, Any]) -> dict[str, float]:
    """What a row of the challenge set has: accuracy by group, consistency of the pairs."""
    groups = {
        f"{row['group'].replace(' ', '_')}_accuracy": round(row["accuracy"], 4)
        for row in metrics["by_group"]
    }
    pairs = {key: value for key, value in metrics["pairs"].items() if key != "pairs"}
    return {"accuracy": metrics["accuracy"], **groups, **pairs}


def record_challenge(names: Sequence[str], seed: int, found: list[Evaluation]) -> None:
    """Record one row per model."""
    for name, each in zip(names, found, strict=True):
        record("challenge", name, seed=seed, **group_scores(each.metrics))


def main(preset: str, seeds: list[str]) -> None:
    """Measure and record."""
    for seed in map(int, seeds):
        run = OUTPUT / f"preset-{preset}-{seed}"
        kinds = [kind for kind in NGRAM_ENCODERS if (OUTPUT / f"{run.name}-{kind}").exists()]
        runs = [run, *(run.with_name(f"{run.name}-{kind}") for kind in kinds)]
        names = [preset, *kinds, "all" if len(kinds) > 1 else "both"]
        record_ensemble(preset, seed, names, evaluated(runs, None))
        beside = [preset, *(f"{name}, beside {preset}" for name in names[1:])]
        record_challenge(beside, seed, evaluated(runs, "challenge"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or ["0"])
