"""Train and test this project's networks on all of IMDb, one recorded row a run.

    python -m benchmarks.rows quick 0 1 2          a preset, by seeds
    python -m benchmarks.rows encoders NAME 0 1    an encoder, for every name in ENCODERS
    python -m benchmarks.rows ablations NAME 0 1   what a part brings, for every name in ABLATIONS
    python -m benchmarks.rows shipped              the run that comes with the package, as it is

Name one at a time for its peak memory, which within a process only rises.

Encoders get three epochs each, the bag ten and a higher rate, and the settings of ``plain``. So do
ablations, with one thing changed, to be set beside ``nothing`` of the same seed. The runs lie in
``saved_models/``; one that is finished is not trained again, one that was killed goes on.

For a machine that has a GPU and neither the reviews nor TensorFlow, ``--prepare-only`` makes
ready here what is carried there, and the same words go on there, with the test split as a file:

    KERAS_BACKEND=torch python -m benchmarks.rows ablations NAME 0 1 2 --test test.csv.gz
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.record import record, test_scores
from benchmarks.together import record_challenge
from imdb_lstm.config.options import Config
from imdb_lstm.config.values import load_config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.evaluation.evaluate import evaluate, write_evaluation
from imdb_lstm.runs.files import read_history, read_metrics
from imdb_lstm.runs.find import SHIPPED, find_run
from imdb_lstm.runs.unfinished import unfinished_folder
from imdb_lstm.training.progress import ProgressBar
from imdb_lstm.training.train import train

OUTPUT = Path("saved_models")
BASE = replace(PRESETS["plain"], epochs=3)
ENCODERS = {
    "bag": replace(BASE, encoder="bag", pooling="mean", epochs=10, learning_rate=0.01),
    "lstm": replace(BASE, encoder="lstm"),
    "bilstm": BASE,
    "bilstm, 2 layers": replace(BASE, layers=2),
    "bilstm, attention": replace(BASE, pooling="attention"),
    "gru": replace(BASE, encoder="gru"),
    "bigru": replace(BASE, encoder="bigru"),
    "cnn": replace(BASE, encoder="cnn", units=128),
    "transformer": replace(
        BASE, encoder="transformer", units=128, pooling="mean", maximum_length=256
    ),
}

WHOLE = "three epochs of plain"  # whose parts are taken away, or to which others are added
ABLATIONS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "without word vectors": {"word_vectors": False},
    "without word dropout": {"word_dropout": 0.0},
    "without embedding dropout": {"embedding_dropout": 0.0},
    "without output dropout": {"output_dropout": 0.0},
    "without label smoothing": {"label_smoothing": 0.0},
    "without gradient clipping": {"gradient_clip": 0.0},
    "with a constant learning rate": {"schedule": "constant"},
    "with RMSprop": {"optimizer": "rmsprop"},
    "max pooling only": {"pooling": "max"},
    "last state of the whole review": {"pooling": "last", "chunk_length": 0},
    "one direction": {"encoder": "lstm"},
    "without segments": {"chunk_length": 0},
    "half the units": {"units": BASE.units // 2},
    "a quarter of the vectors": {"embedding_dim": BASE.embedding_dim // 4},
    "vectors that training changes": {"freeze_embeddings": False},
    "with embeddings of word pairs": {"bigram_dim": 32},
    "with L2 of 1e-4": {"l2": 1e-4},
    "with recurrent dropout 0.2": {"recurrent_dropout": 0.2},
    "with weight drop 0.3": {"weight_drop": 0.3},
    "with averaged weights": {"weight_average": 0.999},
    "with weights averaged at 0.99": {"weight_average": 0.99},
    "with adversarial training": {"adversarial_weight": 1.0, "adversarial_radius": 0.5},
    "with virtual adversarial training": {"virtual_weight": 1.0},
    "with mixup 0.4": {"mixup": 0.4},
    "with swaps of a tenth": {"swap": 0.1},
    "with a tenth deleted": {"deletion": 0.1},
    "with a tenth substituted": {"substitution": 0.1},
}


def configurations(words: list[str]) -> list[tuple[str, str, Config, dict[str, Any]]]:
    """Kind, name, configuration and further facts of every row that the words ask for."""
    facts = {}
    match words:
        case ["encoders", name, *seeds]:
            kind, config = "encoder", ENCODERS[name]
        case ["ablations", part, *seeds]:
            kind, config, facts = "ablation", replace(BASE, **ABLATIONS[part]), {"whole": WHOLE}
            name = WHOLE if part == "nothing" else f"{WHOLE}, {part}"
        case [name, *seeds]:
            kind, config = "preset", PRESETS[name]
    return [(kind, name, replace(config, seed=int(seed)), facts) for seed in seeds or ["0"]]


def trained(kind: str, name: str, config: Config, prepare_only: bool = False) -> Path:
    """The finished run, trained now unless it is there; or what is to be carried for it."""
    run = OUTPUT / f"{kind}-{name.replace(', ', '-').replace(' ', '-')}-{config.seed}"
    if not run.exists():
        resume = unfinished_folder(OUTPUT, run.name).exists()
        shown = [ProgressBar(Console())]
        train(config, OUTPUT, run.name, resume, shown, prepare_only=prepare_only)
    return run


def record_run(
    kind: str, name: str, run: Path, seed: int, test: str | None = None, **facts: Any
) -> None:
    """Evaluate a finished run on the test split, and record what it cost and is worth."""
    found = evaluate(run, test)
    write_evaluation(found)
    metrics, history = read_metrics(run), read_history(run)
    epochs = history["seconds"]
    record(
        kind, name, seed=seed, seconds=metrics["seconds"],
        seconds_per_epoch=round(sum(epochs) / len(epochs), 1), epochs=len(epochs),
        best_epoch=metrics["best_epoch"], parameters=metrics["parameters"],
        training_peak_memory_megabytes=metrics["peak_memory_megabytes"],
        validation_accuracy=round(metrics["validation"]["accuracy"], 5),
        machine=metrics["machine"],  # which trained it
        **test_scores(found.reviews.labels, found.logits), **facts,
    )  # fmt: skip


def main() -> None:
    """Measure what the words ask for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("words", nargs="*", default=["quick"])
    parser.add_argument("--prepare-only", action="store_true")
    parser.add_argument("--test", help="the test split as a file")
    asked = parser.parse_args()
    if asked.words[0] == SHIPPED:
        run = find_run(SHIPPED, OUTPUT)
        seed = load_config(run / "config.toml").seed
        record_run("preset", SHIPPED, run, seed, asked.test)
        record_challenge([SHIPPED], seed, [evaluate(run, "challenge")])
        return
    for kind, name, config, facts in configurations(asked.words):
        run = trained(kind, name, config, asked.prepare_only)
        if not asked.prepare_only:
            record_run(kind, name, run, config.seed, asked.test, **facts)


if __name__ == "__main__":
    main()
