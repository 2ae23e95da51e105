"""Does a larger lexicon of opposites help? A network with none, half, all of it, and mined pairs.

    python -m benchmarks.lexicon_size 0 1 2

For each seed a small LSTM is trained on IMDb without counterfactual reviews, and with those of a
random half of the entries of ``antonyms.toml``, of all of them, and of all of them and the
candidates that ``imdb-lstm data antonyms`` proposes, unsorted. It is measured on the validation
reviews and on the counterfactual pairs; the test split is not read.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.ensemble import group_scores
from benchmarks.record import record
from imdb_lstm.config.options import Config
from imdb_lstm.evaluation.evaluate import evaluate
from imdb_lstm.runs.files import read_metrics
from imdb_lstm.text import antonyms
from imdb_lstm.training.train import train

BASE = Config(
    encoder="lstm", units=64, maximum_length=200, word_vectors=False, epochs=2, learning_rate=3e-3
)
SHARE = 0.3


def half(file: Path) -> Path:
    """Write a lexicon with a random half of the entries of the bundled one."""
    chance, kept, of_opposites = random.Random(0), [], False
    for line in antonyms.BUNDLED.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            of_opposites = line.rpartition(".")[2].rstrip("]") in antonyms.DIRECTIONS
        if " = " not in line or not of_opposites or chance.random() < 0.5:
            kept.append(line)
    file.write_text("\n".join(kept), encoding="utf-8")
    return file


def mined(file: Path) -> Path:
    """Write the candidates that the command proposes."""
    command = [sys.executable, "-m", "imdb_lstm", "data", "antonyms", "--data", "imdb"]
    subprocess.run([*command, "--output", file], check=True)
    return file


def measure(name: str, config: Config, folder: Path) -> None:
    """Train one network and record it."""
    run = train(config, folder, f"{name.replace(' ', '-')}-{config.seed}")
    metrics = read_metrics(run)
    record(
        "challenge", f"lexicon: {name}", seed=config.seed,
        **group_scores(evaluate(run, "counterfactuals").metrics),
        validation_accuracy=round(metrics["validation"]["accuracy"], 4),
        counterfactual_texts=metrics.get("counterfactual_texts", 0), seconds=metrics["seconds"],
    )  # fmt: skip


def main(seeds: list[str]) -> None:
    """Measure every lexicon for each seed."""
    whole = antonyms.BUNDLED
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lexicons = {
            "none": (whole, ""),
            "half": (half(folder / "half.toml"), ""),
            "all": (whole, ""),
            "all and mined candidates": (whole, str(mined(folder / "mined.toml"))),
        }
        for seed in map(int, seeds):
            for label, (lexicon, more) in lexicons.items():
                antonyms.BUNDLED = lexicon
                share = 0.0 if label == "none" else SHARE
                config = replace(BASE, seed=seed, counterfactual=share, antonyms=more)
                measure(label, config, folder)


if __name__ == "__main__":
    main(sys.argv[1:] or ["0"])
