"""The layers of a network as operators of ONNX.

Recurrent operators are told the lengths of reviews, so that padding is never read. In chunks they
read (B × chunks, length, D), as ``models.recurrent.Recurrent`` does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from imdb_lstm.inference.export.onnx_graph import FLOAT, INT, INT32, Graph, Tokens, cut, dense
from imdb_lstm.models.numpy.layers import EPSILON, norm_names
from imdb_lstm.models.numpy.saved_layers import SavedLayer


def recurrent(graph: Graph, values: str, tokens: Tokens, layer: SavedLayer) -> str:
    """One recurrent layer: (B, T, D) → (B, T, units × directions)."""
    both, cell = layer.options["bidirectional"], layer.options["cell"]
    length = int(layer.options["chunk_length"])
    names = ("forwards", "backwards") if both else ("forwards",)
    order = GATES[cell]
    parts = [[_columns(w, order) for w in layer.part(f"{name}/cell")] for name in names]
    kernels, matrices, biases = (np.stack(each) for each in zip(*parts, strict=True))
    units = matrices.shape[1]
    lengths = tokens.lengths
    if length:
        values, lengths = _chunks(graph, values, tokens, kernels.shape[1], length)
    if cell == "lstm":  # ONNX has a second bias, of the state, which Keras has of a GRU only
        biases = np.stack([biases, np.zeros_like(biases)], axis=1)
    options = {"linear_before_reset": 1} if cell == "gru" else {}
    read = graph(
        cell.upper(),
        graph("Transpose", values, perm=[1, 0, 2]),
        graph.weight(kernels.swapaxes(1, 2)),
        graph.weight(matrices.swapaxes(1, 2)),
        graph.weight(biases.reshape(len(names), -1)),
        lengths,
        direction="bidirectional" if both else "forward",
        hidden_size=units,
        **options,
    )  # (T, directions, B, units)
    read = graph("Transpose", read, perm=[2, 0, 1, 3])
    width = units * len(names)
    if not length:
        return graph("Reshape", read, graph.constant([0, 0, width]))
    shape = graph("Concat", tokens.batch, graph.constant([-1, width]), axis=0)
    joined = graph("Reshape", read, shape)
    return cut(graph, joined, 1, 0, tokens.length)


def _columns(weight: np.ndarray, order: tuple[int, ...]) -> np.ndarray:
    """The columns of the gates in the order of ONNX."""
    gates = np.split(weight, len(order), axis=-1)
    return np.concatenate([gates[number] for number in order], axis=-1)


GATES = {"lstm": (0, 3, 1, 2), "gru": (0, 1, 2)}  # of Keras, in the order of ONNX


def _chunks(graph: Graph, values: str, tokens: Tokens, width: int, length: int) -> tuple[str, str]:
    """Cut into chunks, (B × chunks, ``length``, D), and the tokens of each.

    A chunk that is all padding is said to have one token: ONNX Runtime wants at least one, and
    nobody reads it.
    """
    size = graph.constant([length])
    missing = graph("Mod", graph("Neg", tokens.length), size)
    pads = graph("Concat", graph.constant([0, 0, 0, 0]), missing, graph.constant([0]), axis=0)
    chunks = graph("Reshape", graph("Pad", values, pads), graph.constant([-1, length, width]))
    count = graph("Div", graph("Add", tokens.length, missing), size)
    one, zero = graph.constant(1), graph.constant(0)
    numbers = graph("Range", zero, graph("Squeeze", count), one)
    starts = graph("Mul", numbers, size)
    own = graph("Unsqueeze", graph("Cast", tokens.lengths, to=INT), graph.constant([1]))
    left = graph("Clip", graph("Sub", own, starts), one, graph.constant(length))
    left = graph("Reshape", left, graph.constant([-1]))
    return chunks, graph("Cast", left, to=INT32)


def plain(
    graph: Graph,
    values: str,
    tokens: Tokens,
    saved: dict[str, SavedLayer],
    own: list[SavedLayer],
) -> str:
    """Convolutions, a Transformer, or no layers: (B, T, D) → (B, T, D)."""
    if "word_norm" in saved:
        weights = saved["word_norm"].part("")
        values = _norm(graph, values, weights)
        values = graph("Add", values, _positions(graph, tokens, len(weights[0])))
    for layer in own:
        values = READ[layer.kind](graph, values, tokens, layer)
    return _norm(graph, values, saved["norm"].part("")) if "norm" in saved else values


def _norm(graph: Graph, values: str, weights: list[np.ndarray]) -> str:
    scale, shift = map(graph.weight, weights)
    return graph("LayerNormalization", values, scale, shift, axis=-1, epsilon=float(EPSILON))


def _positions(graph: Graph, tokens: Tokens, width: int) -> str:
    """The positional encoding: (T, ``width``); see ``models.layers.SinusoidalPositions``."""
    pairs = (width + 1) // 2
    rates = np.exp(np.arange(pairs, dtype=np.float32) * np.float32(-2 * 9.210340372 / width))
    zero, one = graph.constant(0), graph.constant(1)
    places = graph("Range", zero, graph("Squeeze", tokens.length), one)
    places = graph("Unsqueeze", graph("Cast", places, to=FLOAT), graph.constant([1]))
    angles = graph("Mul", places, graph.weight(rates[None]))
    code = graph("Concat", graph("Sin", angles), graph("Cos", angles), axis=1)
    return cut(graph, code, 1, 0, width)


def _convolution(graph: Graph, values: str, tokens: Tokens, layer: SavedLayer) -> str:
    kernel, bias = layer.part("convolution")
    before = (len(kernel) - 1) // 2
    channels = graph("Transpose", graph("Mul", values, tokens.weight), perm=[0, 2, 1])
    weights = graph.weight(kernel.transpose(2, 1, 0)), graph.weight(bias)
    read = graph("Conv", channels, *weights, pads=[before, len(kernel) - 1 - before])
    return graph("Mul", graph("Relu", graph("Transpose", read, perm=[0, 2, 1])), tokens.weight)


def _transformer_block(graph: Graph, values: str, tokens: Tokens, layer: SavedLayer) -> str:
    first, second = (layer.part(f"norms/{name}") for name in norm_names(layer))
    read = _attended(graph, _norm(graph, values, first), tokens, layer)
    values = graph("Add", values, read)
    wide = dense(graph, _norm(graph, values, second), *layer.part("expand"))
    contract = layer.part("contract")
    return graph("Add", values, dense(graph, _gelu(graph, wide), *contract))


def _gelu(graph: Graph, values: str) -> str:
    """X Φ(x) = x (1 + erf(x / √2)) / 2."""
    error = graph("Erf", graph("Mul", values, graph.weight(np.array(0.5**0.5))))
    half = graph("Mul", values, graph.weight(np.array(0.5)))
    return graph("Mul", half, graph("Add", error, graph.weight(np.array(1.0))))


def _attended(graph: Graph, values: str, tokens: Tokens, layer: SavedLayer) -> str:
    """Self-attention with several heads: (B, T, D) → (B, T, D)."""

    def heads_of(name: str, perm: list[int], factor: float = 1.0) -> str:
        kernel, bias = layer.part(f"attention/{name}_dense")
        _, heads, size = kernel.shape
        weights = (part.reshape(*part.shape[:-2], heads * size) for part in (kernel, bias))
        found = dense(graph, values, *(weight * np.float32(factor) for weight in weights))
        found = graph("Reshape", found, graph.constant([0, 0, heads, size]))
        return graph("Transpose", found, perm=perm)

    size = layer.part("attention/query_dense")[0].shape[-1]
    query, value = heads_of("query", [0, 2, 1, 3], size**-0.5), heads_of("value", [0, 2, 1, 3])
    scores = graph("MatMul", query, heads_of("key", [0, 2, 3, 1]))
    padding = graph("Sub", tokens.weight, graph.weight(np.array(1.0)))  # -1 on padding
    hidden = graph("Mul", padding, graph.weight(np.array(1e9)))
    hidden = graph("Unsqueeze", graph("Transpose", hidden, perm=[0, 2, 1]), graph.constant([1]))
    shares = graph("Softmax", graph("Add", scores, hidden), axis=-1)
    read = graph("Transpose", graph("MatMul", shares, value), perm=[0, 2, 1, 3])
    kernel, bias = layer.part("attention/output_dense")
    kernel = kernel.reshape(-1, kernel.shape[-1])
    read = graph("Reshape", read, graph.constant([0, 0, len(kernel)]))
    return dense(graph, read, kernel, bias)


READ: dict[str, Callable[..., str]] = {
    "MaskedConvolution": _convolution,
    "TransformerBlock": _transformer_block,
}
