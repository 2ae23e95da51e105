"""The ways of pooling as operators of ONNX: (B, T, D) → (B, D) each."""

from __future__ import annotations

from collections.abc import Callable

from imdb_lstm.inference.export.onnx_graph import Graph, Tokens, cut, dense, hidden
from imdb_lstm.models.numpy.saved_layers import SavedLayer


def pooled(graph: Graph, values: str, tokens: Tokens, layer: SavedLayer) -> str:
    """Pool the tokens of each review in one or several ways: (B, D × kinds)."""
    found = [POOL[kind](graph, values, tokens, layer) for kind in layer.options["kinds"]]
    return graph("Concat", *found, axis=1)


def _sum(graph: Graph, values: str) -> str:
    return graph("ReduceSum", values, graph.constant([1]), keepdims=0)


def _last(graph: Graph, values: str, tokens: Tokens, layer: SavedLayer) -> str:
    following = graph("Concat", tokens.weight, _none(graph, tokens), axis=1)
    following = cut(graph, following, 1, 1, 2**31)
    last = _sum(graph, graph("Mul", values, graph("Sub", tokens.weight, following)))
    if not layer.options["bidirectional"]:
        return last
    first = graph("Gather", values, graph.constant(0), axis=1)
    width = graph("Gather", graph("Shape", values), graph.constant([2]))
    half = graph("Div", width, graph.constant(2))
    halves = cut(graph, last, 1, 0, half), cut(graph, first, 1, half, width)
    return graph("Concat", *halves, axis=1)


def _none(graph: Graph, tokens: Tokens) -> str:
    """No token after the last place: zeros (B, 1, 1)."""
    shape = graph("Concat", tokens.batch, graph.constant([1, 1]), axis=0)
    return graph("ConstantOfShape", shape)


def _max(graph: Graph, values: str, tokens: Tokens, _: SavedLayer) -> str:
    return graph("ReduceMax", hidden(graph, values, tokens), axes=[1], keepdims=0)


def _mean(graph: Graph, values: str, tokens: Tokens, _: SavedLayer) -> str:
    total = _sum(graph, graph("Mul", values, tokens.weight))
    return graph("Div", total, _sum(graph, tokens.weight))


def _attention(graph: Graph, values: str, tokens: Tokens, layer: SavedLayer) -> str:
    projection, query = layer.part("")
    scores = dense(graph, graph("Tanh", dense(graph, values, projection)), query)
    shares = graph("Softmax", hidden(graph, scores, tokens), axis=1)
    return _sum(graph, graph("Mul", shares, values))


POOL: dict[str, Callable[..., str]] = {
    "last": _last,
    "max": _max,
    "mean": _mean,
    "attention": _attention,
}
