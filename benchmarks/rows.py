"""Train and test this project's networks on all of IMDb, one recorded row per run.

    python -m benchmarks.rows quick 0 1 2          a preset, for each seed
    python -m benchmarks.rows encoders NAME 0 1    an encoder, NAME from ENCODERS
    python -m benchmarks.rows ablations NAME 0 1   an ablation, NAME from ABLATIONS
    python -m benchmarks.rows finished NAME RUN    one row, NAME, of finished runs of several seeds
    python -m benchmarks.rows turned quick 0 1 2   a preset with counterfactual reviews
    python -m benchmarks.rows counterfactuals RUN  finished runs on the counterfactual pairs

The peak memory is that of the process, so name one row at a time to measure it.

Encoders use the settings of ``plain`` with three epochs, the bag with ten and a higher learning
rate. Ablations change one option of ``plain`` with three epochs and are compared with ``nothing``
of the same seed. Runs are saved in ``saved_models/``; a finished run is not trained again, an
interrupted one resumes.

For a machine that has a GPU but neither the reviews nor TensorFlow, ``--prepare-only`` writes the
prepared training file here. Copy the folder to that machine and repeat the command there, with the
test split as a file:

    KERAS_BACKEND=torch python -m benchmarks.rows ablations NAME 0 1 2 --test test.csv.gz
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.ensemble import record_challenge
from benchmarks.record import record, test_scores
from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.config.values import load_config
from imdb_lstm.evaluation.evaluate import (
    evaluate,
)
from imdb_lstm.evaluation.writing import write_evaluation
from imdb_lstm.runs.files import read_history, read_metrics
from imdb_lstm.runs.find import find_run
from imdb_lstm.runs.unfinished import unfinished_folder
from imdb_lstm.training.progress import console_progress
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

TURNED = 0.3  # counterfactual texts, as a share of the train reviews
WHOLE = "three epochs of plain"  # the reference of the ablations
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
    "without chunks": {"chunk_length": 0},
    "half the units": {"units": BASE.units // 2},
    "a quarter of the embedding width": {"embedding_dim": BASE.embedding_dim // 4},
    "trained embeddings": {"freeze_embeddings": False},
    "with hashed bigrams": {"bigram_dim": 32},
    "with L2 of 1e-4": {"l2": 1e-4},
    "with recurrent dropout 0.2": {"recurrent_dropout": 0.2},
    "with weight drop 0.3": {"weight_drop": 0.3},
    "with swaps of a tenth": {"swap": 0.1},
    "with a tenth deleted": {"deletion": 0.1},
    "with a tenth substituted": {"substitution": 0.1},
}


def configurations(words: list[str]) -> list[tuple[str, str, Config, dict[str, Any]]]:
    """Kind, name, configuration and further values of every row that the arguments name."""
    values = {}
    match words:
        case ["encoders", name, *seeds]:
            kind, config = "encoder", ENCODERS[name]
        case ["ablations", part, *seeds]:
            kind, config, values = "ablation", replace(BASE, **ABLATIONS[part]), {"whole": WHOLE}
            name = WHOLE if part == "nothing" else f"{WHOLE}, {part}"
        case ["turned", preset, *seeds]:
            kind, config = "preset", replace(PRESETS[preset], counterfactual=TURNED)
            name = f"{preset}, counterfactual {TURNED}"
        case [name, *seeds]:
            kind, config = "preset", PRESETS[name]
    return [(kind, name, replace(config, seed=int(seed)), values) for seed in seeds or ["0"]]


def trained(kind: str, name: str, config: Config, prepare_only: bool = False) -> Path:
    """The finished run, trained unless it exists; or the folder of the prepared run."""
    run = OUTPUT / f"{kind}-{name.replace(', ', '-').replace(' ', '-')}-{config.seed}"
    if not run.exists():
        resume = unfinished_folder(OUTPUT, run.name).exists()
        with console_progress(Console()) as reporter:
            return train(config, OUTPUT, run.name, resume, prepare_only, reporter)
    return run


def record_run(
    kind: str, name: str, run: Path, seed: int, test: str | None = None, **values: Any
) -> None:
    """Evaluate a finished run on the test split; record its metrics and its cost."""
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
        machine=metrics["machine"],  # that trained it
        **test_scores(found.reviews.labels, found.logits), **values,
    )  # fmt: skip


def record_pairs(name: str) -> None:
    """Record a finished run on the counterfactual pairs."""
    run = find_run(name, OUTPUT)
    seed = load_config(run / "config.toml").seed
    found = evaluate(run, "counterfactuals")
    record_challenge([f"{name}, counterfactual pairs"], seed, [found])


def main() -> None:
    """Measure the rows that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("words", nargs="*", default=["quick"])
    parser.add_argument("--prepare-only", action="store_true")
    parser.add_argument("--test", help="file of the test split")
    asked = parser.parse_args()
    name = asked.words[0]
    if name == "finished":
        for run_name in asked.words[2:]:
            run = find_run(run_name, OUTPUT)
            seed = load_config(run / "config.toml").seed
            record_run("preset", asked.words[1], run, seed, asked.test)
            record_challenge([asked.words[1]], seed, [evaluate(run, "challenge")])
        return
    if name == "counterfactuals":
        for run_name in asked.words[1:]:
            record_pairs(run_name)
        return
    for kind, name, config, values in configurations(asked.words):
        run = trained(kind, name, config, asked.prepare_only)
        if not asked.prepare_only:
            record_run(kind, name, run, config.seed, asked.test, **values)
            if config.counterfactual:
                for data in ("counterfactuals", "challenge"):
                    record_challenge([f"{name}, {data}"], config.seed, [evaluate(run, data)])


if __name__ == "__main__":
    main()
