"""Every way to predict gives the same logits: the 25,000 test reviews of IMDb.

    python -m benchmarks.parity shipped

Keras is the reference. NumPy, ONNX Runtime and the SavedModel are compared with it by logit, each
as it is exported and loaded in a process of its own, from raw texts. With Apache Beam installed,
``imdb-lstm beam`` is compared with ``imdb-lstm score`` by row.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.processes import own_process
from benchmarks.record import record
from imdb_lstm.inference.export.export import FORMATS
from imdb_lstm.runs.find import SAVED_MODELS, find_run


def test_texts() -> list[str]:
    """The raw texts."""
    from imdb_lstm.data.imdb import load_imdb

    return load_imdb("test").texts


def by_backend(run: str, backend: str) -> np.ndarray:
    """Logits by ``imdb_lstm.load``."""
    from imdb_lstm.inference.classifier import load_classifier

    return load_classifier(run, "cpu", backend).predict_logits(test_texts())


def by_export(run: str, format: str) -> np.ndarray:
    """Logits by the program in an exported folder."""
    from imdb_lstm.inference.export.export import export

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "exported"
        export(find_run(run, SAVED_MODELS), format, folder)
        sys.path.insert(0, str(folder))
        import predict

        return predict.Model(folder).logits(test_texts())


def compare(run: str) -> None:
    """Record how each way differs from Keras."""

    def alone(function: Any, *arguments: Any) -> np.ndarray:
        with own_process() as ask:
            return ask(function, *arguments)

    reference = alone(by_backend, run, "keras")
    ways = {"NumPy": (by_backend, "numpy")} | {
        f"exported: {format}": (by_export, format) for format in FORMATS
    }
    for name, (function, how) in ways.items():
        found = alone(function, run, how)
        apart = np.abs(found - reference)
        record(
            "answer", f"parity with Keras, raw texts: {name}", run=run, reviews=len(found),
            largest_difference_of_a_logit=float(apart.max()),
            above_1e_4=int((apart > 1e-4).sum()),
            other_verdicts=int(((found > 0) != (reference > 0)).sum()),
        )  # fmt: skip


def compare_beam(run: str) -> None:
    """Record how the rows of ``beam`` differ from those of ``score``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [json.dumps({"id": n, "text": text}) for n, text in enumerate(test_texts())]
        (folder / "in.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
        given = str(folder / "in.jsonl")
        runner = ["--runner=DirectRunner", "--direct_num_workers=2",
                  "--direct_running_mode=multi_processing"]  # fmt: skip
        for words in (
            ["score", given, "--output", str(folder / "scored.jsonl"), "--run", run],
            ["beam", given, "--output", str(folder / "beam"), "--run", run, "--", *runner],
        ):
            subprocess.run([sys.executable, "-m", "imdb_lstm", *words], check=True)
        tables = [
            {row["id"]: row for file in folder.glob(pattern) for row in read(file)}
            for pattern in ("scored.jsonl", "beam-*.jsonl")
        ]
    score, beam = tables
    pairs = [(score[key], beam[key]) for key in sorted(score)]
    record(
        "answer", "parity of beam and score, two processes", run=run, reviews=len(beam),
        largest_difference_of_a_probability=max(
            abs(a["probability"] - b["probability"]) for a, b in pairs
        ),
        other_verdicts=sum(a["verdict"] != b["verdict"] for a, b in pairs),
    )  # fmt: skip


def read(file: Path) -> list[dict[str, Any]]:
    """The rows of a file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    compare(sys.argv[1])
    if importlib.util.find_spec("apache_beam"):
        compare_beam(sys.argv[1])
