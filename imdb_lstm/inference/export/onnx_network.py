"""A network as an ONNX graph, built from a saved one: ids → logits and probabilities.

Shapes: B reviews, T tokens, D values per token, K logits. Reviews are padded with zeros on the
right.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from imdb_lstm.inference.export.onnx_graph import FLOAT, INT, INT32, Graph, Tokens, cut, dense
from imdb_lstm.inference.export.onnx_layers import plain, recurrent
from imdb_lstm.inference.export.onnx_pooling import pooled
from imdb_lstm.models.numpy.embedding import BIGRAM_STEP, Embedding
from imdb_lstm.models.numpy.saved_layers import SavedLayer

OPSET, IR_VERSION = 17, 8  # both of 2022: ONNX Runtime 1.14 and later


def onnx_network(saved: dict[str, SavedLayer], temperature: float) -> onnx.ModelProto:
    """Build the graph: ``ids``, int64 (B, T) → ``probabilities`` and ``logits``, float32 (B, K).

    Of two classes K is one, and the probability that of the second. ``temperature``: logits are
    divided by it before they become probabilities.
    """
    graph = Graph()
    tokens = _tokens(graph)
    values = _embedded(graph, saved, tokens)
    own = [layer for name, layer in saved.items() if name.startswith("encoder_")]
    if own and own[0].kind == "Recurrent":
        for layer in own:
            values = recurrent(graph, values, tokens, layer)
    else:
        values = plain(graph, values, tokens, saved, own)
    vectors = pooled(graph, values, tokens, saved["pooling"])
    kernel, bias = saved["logit"].part("")
    logits = dense(graph, vectors, kernel, bias)
    scaled = graph("Div", logits, graph.weight(np.array(temperature)))
    found = graph("Sigmoid", scaled) if len(bias) == 1 else graph("Softmax", scaled, axis=1)
    for source, name in ((found, "probabilities"), (logits, "logits")):
        graph.nodes.append(helper.make_node("Identity", [source], [name]))
    return _model(graph, len(bias))


def _model(graph: Graph, outputs: int) -> onnx.ModelProto:
    """The finished model, which is checked."""
    info = helper.make_tensor_value_info
    results = [info(name, FLOAT, ["texts", outputs]) for name in ("probabilities", "logits")]
    made = helper.make_graph(
        graph.nodes, "network", [info("ids", INT, ["texts", "tokens"])], results, graph.constants
    )
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(made, opset_imports=opset, ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return model


def _tokens(graph: Graph) -> Tokens:
    zero = graph.constant(0)
    mask = graph("Cast", graph("Greater", "ids", zero), to=INT32)
    lengths = graph("ReduceSum", mask, graph.constant([1]), keepdims=0)
    shape = graph("Shape", "ids")
    batch, length = (graph("Gather", shape, graph.constant([axis])) for axis in (0, 1))
    weight = graph("Unsqueeze", graph("Cast", mask, to=FLOAT), graph.constant([2]))
    return Tokens(weight, lengths, batch, length)


def _embedded(graph: Graph, saved: dict[str, SavedLayer], tokens: Tokens) -> str:
    """Embed words, and bigrams where the network has them: (B, T, D)."""
    values = _table(graph, saved["embedding"], "ids")
    if "bigrams" not in saved:
        return values
    none = graph("Concat", tokens.batch, graph.constant([1]), axis=0)
    first = graph("ConstantOfShape", none, value=numpy_helper.from_array(np.zeros(1, np.int64)))
    others = cut(graph, "ids", 1, 0, -1)
    before = graph("Mul", graph("Concat", first, others, axis=1), graph.constant(BIGRAM_STEP))
    # As int32, where the sum of a large vocabulary overflows, as it did in training.
    total = graph("Cast", graph("Add", "ids", before), to=INT32)
    buckets = len(Embedding.of(saved["bigrams"]).table)
    rows = graph("Mod", total, graph.constant(buckets, np.int32))
    return graph("Concat", values, _table(graph, saved["bigrams"], rows), axis=2)


def _table(graph: Graph, layer: SavedLayer, ids: str) -> str:
    """Embed ids: (B, T) → (B, T, D). A table of 8 bits stays as it is, one of 4 bits does not."""
    own = Embedding.of(layer)
    if own.scale is None or own.zero is not None:
        return graph("Gather", graph.weight(own.rows(np.arange(len(own.table)))), ids)
    whole = graph("Gather", graph.constant(own.table, np.int8), ids)
    scale = graph("Gather", graph.weight(own.scale[:, None]), ids)
    return graph("Div", graph("Cast", whole, to=FLOAT), scale)
