"""Mutation testing: the share of small faults in the code that the tests of its folder find.

    pip install mutmut
    python -m benchmarks.mutants text --folder mutants --sample 400

mutmut changes one thing of one function in a copy of the committed files, such as ``<`` to ``<=``,
``and`` to ``or``, or a constant, and runs the tests that call the function: the quick ones, and of
runs also those that need a trained one. A mutant is killed when one of them fails, or takes far
longer. Among the others are some that change nothing that could be seen, such as ``strict=True``
where the lengths are always equal.

Of all mutants of an area a random sample is tried. Those that survive are listed in
``FOLDER/AREA/survivors.txt``; ``mutmut show NAME`` in that folder shows one. Copies made before are
used again, so that an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks.record import record

# area: (files that are changed, below imdb_lstm; tests and doctests that are run)
AREAS = {
    "text": (["text/*.py"], ["tests/text", "imdb_lstm/text"]),
    "readers": (["data/files/*.py", "data/readers.py"], ["tests/data", "imdb_lstm/data"]),
    "batches": (["data/batches.py"], ["tests/data/test_batches.py", "imdb_lstm/data/batches.py"]),
    "metrics": (
        [f"metrics/{name}.py" for name in (
            "calibration", "classification", "contrast_pairs", "decision_rule", "intervals",
            "label_errors", "logits", "per_class", "subgroups")],
        ["tests/metrics", "imdb_lstm/metrics"],
    ),
    "runs": (["runs/*.py"], ["tests/runs", "imdb_lstm/runs"]),
    "numpy": (["models/numpy/*.py"], ["tests/models/numpy", "imdb_lstm/models"]),
}  # fmt: skip
OPTIONS = ["-p", "no:cacheprovider", "-p", "no:xdist"]
QUICK = ["-m", "not slow"]
MINUTES = [f"--ignore=tests/runs/test_{name}.py" for name in ("killed_writes", "shipped")]
KILLED, TIMES = (1, 3), (24, -24, 36, 152, 255)  # exit codes: a test failed, far longer
NOT_CALLED = (5, 33)


def copied(area: str, folder: Path) -> Path:
    """A copy of the committed files, with the configuration of mutmut for an area."""
    copy = folder / area
    if copy.exists():
        return copy
    subprocess.run(
        ["git", "-c", "advice.detachedHead=false", "clone", "--quiet", ".", copy], check=True
    )
    files, tests = AREAS[area]
    values = {
        "source_paths": ["imdb_lstm"],
        "only_mutate": [f"imdb_lstm/{name}" for name in files],
        "also_copy": sorted(path.name for path in copy.iterdir() if path.name[0] != "."),
        "pytest_add_cli_args": [*OPTIONS, *(MINUTES if area == "runs" else QUICK)],
        "pytest_add_cli_args_test_selection": tests,
        "process_isolation": "forkserver",  # TensorFlow does not survive a fork
    }
    with (copy / "pyproject.toml").open("a", encoding="utf-8") as stream:
        stream.write("\n[tool.mutmut]\n")
        stream.writelines(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    return copy


def mutmut(copy: Path, names: list[str]) -> None:
    """Try the mutants of these names; what mutmut prints goes into a file."""
    with (copy / "mutmut.log").open("a", encoding="utf-8") as log:
        subprocess.run(
            [sys.executable, "-m", "mutmut", "run", "--max-children", "2", *names],
            cwd=copy, stdout=log, stderr=log, check=False,
        )  # fmt: skip


def exit_codes(copy: Path) -> dict[str, int | None]:
    """Exit code of the tests of each mutant by its name, None for those not tried."""
    found: dict[str, int | None] = {}
    for path in sorted((copy / "mutants").rglob("*.py.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def main() -> None:
    """Try mutants of the areas that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("areas", nargs="+", choices=list(AREAS))
    parser.add_argument("--folder", type=Path, required=True, help="where the copies are kept")
    parser.add_argument("--sample", type=int, default=400)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for area in asked.areas:
        copy = copied(area, asked.folder)
        if not exit_codes(copy):
            mutmut(copy, ["none of them"])  # it writes them all first
        names = sorted(exit_codes(copy))
        sample = random.Random(0).sample(names, min(asked.sample, len(names)))
        mutmut(copy, sample)
        codes = exit_codes(copy)
        counts = Counter(codes[name] for name in sample)
        survivors = [name for name in sample if codes[name] not in (*KILLED, *TIMES)]
        (copy / "survivors.txt").write_text("".join(f"{name}\n" for name in sorted(survivors)))
        record(
            "reliability", f"mutants of {area} that tests find", mutants=len(names),
            tried=len(sample), found_share=round(1 - len(survivors) / len(sample), 4),
            too_slow=sum(counts[code] for code in TIMES),
            not_called=sum(counts[code] for code in NOT_CALLED),
        )  # fmt: skip


if __name__ == "__main__":
    main()
