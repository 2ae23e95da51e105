"""A run as an ONNX file, for ONNX Runtime and other programs in any language."""

from __future__ import annotations

from pathlib import Path

from imdb_lstm.errors import ConfigError
from imdb_lstm.inference.export.folder import settings_of, write_common
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.runs.files import replacing
from imdb_lstm.runs.run import NetworkRun

ABOUT = """`model.onnx` is for ONNX Runtime 1.14 and later:

    session = onnxruntime.InferenceSession("model.onnx")
    probabilities, logits = session.run(["probabilities", "logits"], {{"ids": ids}})

`ids` are int64 (texts, tokens): the number of the line of each token in `vocabulary.txt`, counted
from 0, which is padding on the right; 1 is an unknown word. Every text has at least one token, and
at most {maximum_length} were read in training. Both results are float32: (texts, 1), of the second
of two classes, or (texts, classes). `tokenizer.py` makes the ids; it needs `numpy` and `regex`:

    vocabulary = Vocabulary.load(Path("vocabulary.txt"))
    ids = encode_texts(texts, vocabulary, maximum_length={maximum_length})"""


def write_onnx(run: NetworkRun, folder: Path) -> None:
    """Write the network, its vocabulary and a program.

    Raises ``OutputError``, and ``ConfigError`` where the packages for ONNX are missing.
    """
    try:
        import onnxruntime  # noqa: F401  the program needs it

        from imdb_lstm.inference.export.onnx_network import onnx_network
    except ModuleNotFoundError as error:
        raise ConfigError("--format onnx needs: pip install imdb-lstm[onnx]") from error
    assert isinstance(run.network, NumpyNetwork)
    settings = settings_of(run)
    model = onnx_network(run.network.layers, settings["temperature"])
    with replacing(folder / "model.onnx") as temporary:
        temporary.write_bytes(model.SerializeToString())
    write_common(folder, run, "onnx_session", ABOUT.format(**settings))
