"""Whether a change left what the program computes as it was: the same logits, to the last bit.

    python -m benchmarks.unchanged measure before.npz                # in the checkout of before
    python -m benchmarks.unchanged measure after.npz                 # in that of after
    python -m benchmarks.unchanged compare before.npz after.npz

``measure`` trains every encoder and both kinds of n-grams on the sample, with the techniques that
presets use, a language model and a quantized copy. Where IMDb is prepared it also scores the test
reviews with the network that comes with the package, and trains preset quick on a slice
(``--no-imdb`` leaves both out). It speaks the names of options of either side of their renaming.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

import imdb_lstm

PACKAGE = Path(imdb_lstm.__file__).parent
# Option or value → what it was called before.
FORMER = {
    "pseudo_labels_from": "teacher", "recombined_texts": "patchwork", "bptt_length": "window",
    "sampled_softmax_size": "candidates", "layer_decay": "depth_decay",
    "gradual_unfreezing": "unfreeze_epochs", "embedding_dim": "embedding_units",
    "freeze_embeddings": "frozen_vectors", "bigram_dim": "pair_units",
    "chunk_length": "segment_length", "ngrams-nb": "linear", "ngrams-embedded": "latent",
}  # fmt: skip
ENCODERS = ("lstm", "bilstm", "gru", "bigru", "cnn", "transformer", "bag")
SMALL = {"epochs": 2, "embedding_dim": 16, "units": 8}
CASES: dict[str, dict[str, Any]] = {
    **{encoder: {"encoder": encoder, **SMALL} for encoder in ENCODERS},
    "ngrams-nb": {"encoder": "ngrams-nb"},
    "ngrams-embedded": {"encoder": "ngrams-embedded"},
    "poolings": {"pooling": "last+max+mean+attention", "chunk_length": 0, "layers": 2, **SMALL},
    "dropouts": {"recurrent_dropout": 0.2, "l2": 1e-4, "optimizer": "rmsprop", **SMALL},
    "augmented": {"swap": 0.1, "deletion": 0.1, "weight_drop": 0.2, "bigram_dim": 4, **SMALL},
    "vectors": {"word_vectors": True, "maximum_length": 100, "optimizer": "adamw", **SMALL},
    "pseudo-labels": {
        "pseudo_labels_from": "ngrams-nb+ngrams-embedded+network", "recombined_texts": 1.0,
        "excerpts": 1.0, **SMALL,
    },
    "distilled": {"distilled_from": "bilstm+ngrams-nb", "recombined_texts": 0.5, **SMALL},
}  # fmt: skip
LANGUAGE = {
    "embedding_dim": 16, "units": 8, "bptt_length": 16, "sampled_softmax_size": 64, "epochs": 1,
    "batch_size": 8, "freeze_embeddings": False,
}  # fmt: skip
FINETUNED = {"gradual_unfreezing": 0.2, "layer_decay": 0.5, "chunk_length": 0, **SMALL}


def spoken(options: dict[str, Any]) -> dict[str, Any]:
    """The options, and the encoders among their values, under the names that this checkout has."""
    if set(FORMER) & {field.name for field in fields(_config())}:
        return options
    return {FORMER.get(key, key): _former(key, value) for key, value in options.items()}


def _former(key: str, value: Any) -> Any:
    if key not in ("encoder", "pseudo_labels_from"):
        return value
    return "+".join(FORMER.get(part, part) for part in value.split("+"))


def _config() -> type:
    try:
        from imdb_lstm.config.options import Config
    except ImportError:
        from imdb_lstm.config import Config
    return Config


def sample_texts() -> list[str]:
    """All texts of the bundled sample."""
    [path] = PACKAGE.rglob("sample/reviews.jsonl")
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]


def command(*words: str) -> None:
    """Run the command line of this checkout."""
    subprocess.run([sys.executable, "-m", "imdb_lstm", *words], check=True)


def sample_cases(output: Path) -> dict[str, np.ndarray]:
    """Case → logits of all sample texts, float32 (360,), and of its validation reviews."""
    found = {}
    for name, options in CASES.items():
        asked = spoken({"preset": "small", **options})
        run = imdb_lstm.train("sample", name, output=output, quiet=True, **asked)
        found |= logits_of(name, run)
    return found


def logits_of(name: str, run: Path) -> dict[str, np.ndarray]:
    logits = imdb_lstm.load(run).predict_logits(sample_texts())
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))["validation"]
    scores = [metrics[key] for key in ("accuracy", "log_loss", "auc", "f1", "brier_score")]
    print(f"{name}: mean {logits.mean():+.6f}", flush=True)
    return {name: logits, f"{name}, validation metrics": np.array(scores)}


def language_model(output: Path) -> dict[str, np.ndarray]:
    """A classifier that begins from a language model of the sample, and a quantized copy of it."""
    options = [word for pair in spoken(LANGUAGE).items() for word in _words(*pair)]
    command(
        "pretrain", "--language-model", "--data", "sample", "--preset", "small", "--output",
        str(output), "--name", "words", *options,
    )  # fmt: skip
    asked = spoken({"preset": "small", "pretrained": str(output / "words"), **FINETUNED})
    run = imdb_lstm.train("sample", "finetuned", output=output, quiet=True, **asked)
    smaller = output / "smaller"
    verb = "quantize" if spoken(LANGUAGE) == LANGUAGE else "compact"
    command(verb, str(run), "--bits", "8", "--output", str(smaller))
    return logits_of("finetuned", run) | logits_of("quantized", smaller)


def _words(key: str, value: Any) -> list[str]:
    """An option as the command line takes it."""
    name = key.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}", str(value)]


def imdb_cases(output: Path) -> dict[str, np.ndarray]:
    """Logits of IMDb's test texts: the bundled network on all, preset quick on a slice."""
    import tensorflow_datasets as tfds

    data = tfds.load("imdb_reviews/plain_text", split="test", batch_size=-1)
    texts = [text.decode("utf-8") for text in data["text"].numpy()]
    found = {"shipped, IMDb": imdb_lstm.load("shipped").predict_logits(texts)}
    print(f"shipped: {len(texts):,} reviews", flush=True)
    asked = spoken({"preset": "quick", "train_limit": 2_000})
    run = imdb_lstm.train("imdb", "slice", output=output, **asked)
    found["quick on a slice, IMDb"] = imdb_lstm.load(run).predict_logits(texts[::10])
    return found


def measure(path: Path, with_imdb: bool) -> None:
    """Write the logits of all cases to an ``.npz`` file."""
    began = time.perf_counter()
    output = Path(tempfile.mkdtemp())
    try:
        found = sample_cases(output) | language_model(output)
        if with_imdb:
            found |= imdb_cases(output)
    finally:
        shutil.rmtree(output)
    np.savez(path, **found)
    print(f"{len(found)} arrays in {time.perf_counter() - began:.0f} s: {path}")


def compare(before: Path, after: Path) -> int:
    """Print the largest difference of each array; return how many differ."""
    with np.load(before) as old, np.load(after) as new:
        names = [name for name in old if name in new]
        if missing := set(old) ^ set(new):
            print(f"only on one side: {', '.join(sorted(missing))}")
        differing = 0
        for name in names:
            same = np.array_equal(old[name], new[name])
            differing += not same
            largest = float(np.abs(old[name] - new[name]).max())
            print(f"{name:40} {'the same bits' if same else f'differ by {largest:.3g} at most'}")
    print(f"{len(names)} arrays, {differing} differ")
    return differing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("path", type=Path)
    measuring.add_argument("--no-imdb", action="store_true")
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "compare":
        return compare(arguments.before, arguments.after)
    measure(arguments.path, not arguments.no_imdb)
    return 0


if __name__ == "__main__":
    sys.exit(main())
