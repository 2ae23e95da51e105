"""A run as a folder that predicts with NumPy alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.inference.export.folder import write_common
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.saved_layers import SavedLayer
from imdb_lstm.runs.files import write_arrays, write_text
from imdb_lstm.runs.run import NetworkRun, NgramRun, Run

OPTIONS = ("cell", "bidirectional", "chunk_length", "kinds")  # that the layers read
DROPPED = ("mask", "dropout", "embedding_dropout", "word_dropout", "words_and_bigrams")
ABOUT = """It needs `numpy` and `regex`{more}. `weights.npz` has the weights, `vocabulary.txt` the
{words}, one a line; `tokenizer.py` splits texts as training did. All of it can be copied into
another program."""


def write_numpy(run: Run, folder: Path) -> None:
    """Write weights, words and a program. Raises ``OutputError``."""
    if isinstance(run, NgramRun):
        _write_ngrams(run, folder)
    else:
        _write_network(run, folder)


def _write_network(run: NetworkRun, folder: Path) -> None:
    assert isinstance(run.network, NumpyNetwork)
    layers = {name: layer for name, layer in run.network.layers.items() if name not in DROPPED}
    arrays = {
        f"{name}/{path}": array
        for name, layer in layers.items()
        for path, array in layer.arrays.items()
        if "seed_generator" not in path
    }
    write_arrays(folder / "weights.npz", np.savez_compressed, **arrays)
    own = [layer for name, layer in layers.items() if name.startswith("encoder_")]
    encoder = "recurrent" if own and own[0].kind == "Recurrent" else "plain"
    described = {name: _described(layer) for name, layer in layers.items()}
    kinds = {layer.kind for layer in own}
    more = ", and `scipy` for the Transformer" if "TransformerBlock" in kinds else ""
    write_common(
        folder,
        run,
        "numpy_network",
        ABOUT.format(more=more, words="words, of which the first two are padding and unknown"),
        {"encoder": encoder, "layers": described},
        keys={encoder, *kinds, *layers["pooling"].options["kinds"]},
    )


def _described(layer: SavedLayer) -> dict[str, Any]:
    options = {key: value for key, value in layer.options.items() if key in OPTIONS}
    return {"kind": layer.kind, "options": options}


def _write_ngrams(run: NgramRun, folder: Path) -> None:
    model = run.model
    bias = np.asarray(model.bias, np.float32)
    write_arrays(
        folder / "weights.npz", np.savez_compressed, weights=model.weights, bias=bias
    )  # fmt: skip
    write_text(folder / "vocabulary.txt", "".join(f"{ngram}\n" for ngram in model.ngrams))
    about = ABOUT.format(more="", words="n-grams")
    write_common(folder, run, "numpy_ngrams", about, {"damping": model.damping})
