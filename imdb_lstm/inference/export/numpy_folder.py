"""Export to NumPy: weights, vocabulary, and two Python files that predict without this package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from imdb_lstm.inference.export.source import PACKAGE, gather
from imdb_lstm.models.numpy.saved_layers import read_layers
from imdb_lstm.runs.manifest import NETWORK_FILE
from imdb_lstm.runs.run import NetworkRun

MODULES = tuple(
    f"models.numpy.{name}"
    for name in ("saved_layers", "embedding", "layers", "pooling", "recurrent", "recurrent_encoder",
                 "network")
)  # fmt: skip
TEXT_MODULES = ("text.tokenizer", "text.vocabulary")
TEMPLATE = Path(__file__).with_name("predict_numpy.txt")


def write_numpy(run: NetworkRun, temperature: float, folder: Path) -> None:
    """Write the files into an empty folder. Raises ``OSError``."""
    arrays: dict[str, np.ndarray] = {}
    layers = read_layers(run.folder / NETWORK_FILE)
    for name, layer in layers.items():
        arrays |= {f"{name}/{path}": array for path, array in layer.arrays.items()}
    options = {name: [layer.kind, layer.options] for name, layer in layers.items()}
    about = {
        "layers": options,
        "classes": run.classes.names,
        "temperature": temperature,
        "maximum_length": run.config.maximum_length,
    }
    np.savez_compressed(folder / "weights.npz", about=json.dumps(about), **arrays)  # type: ignore[arg-type]
    write_text_files(run, folder)
    head, _, tail = TEMPLATE.read_text(encoding="utf-8").partition("# The network.\n")
    start, _, own = head.partition("# Own.\n")
    network = gather(MODULES, [("models.numpy.network", "NumpyNetwork")], own)
    (folder / "predict.py").write_text(f"{start}{network}\n\n{tail}", encoding="utf-8")


def write_text_files(run: NetworkRun, folder: Path) -> None:
    """Write the vocabulary, and what turns texts into ids: patterns.py and tokenizer.py."""
    run.vocabulary.save(folder / "vocabulary.txt")
    patterns = (PACKAGE / "text" / "patterns.py").read_text(encoding="utf-8")
    (folder / "patterns.py").write_text(patterns, encoding="utf-8")
    (folder / "tokenizer.py").write_text(tokenizer_source(), encoding="utf-8")


def tokenizer_source() -> str:
    """The source of the vocabulary and of the tokenizer that it uses; it imports patterns.py."""
    starts = [("text.vocabulary", name) for name in ("encode_texts", "PADDING_ID")]
    own = "import patterns\n"
    head = '"""Texts to the ids of their tokens."""\n\nfrom __future__ import annotations\n\n'
    return head + gather(TEXT_MODULES, starts, own)
