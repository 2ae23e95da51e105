"""Nodes of an ONNX graph, and what the layers of a network share.

Shapes: B reviews, T tokens, D values per token. Reviews are padded with zeros on the right.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from onnx import TensorProto, helper, numpy_helper

LOWEST = np.float32(-1e4)  # in place of padding, where a maximum or a softmax is taken
FLOAT, INT, INT32, BOOL = (
    TensorProto.FLOAT,
    TensorProto.INT64,
    TensorProto.INT32,
    TensorProto.BOOL,
)


class Graph:
    """Nodes and constants. A method of the name of an operator adds it, and names its output."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def __call__(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator; return the name of its first output."""
        name = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def constant(self, value: Any, dtype: Any = np.int64) -> str:
        """Add an array; return its name."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def weight(self, value: np.ndarray | np.floating) -> str:
        """Add an array of float32; return its name."""
        return self.constant(value, np.float32)


class Tokens(NamedTuple):
    """Of each place whether it is a token, float (B, T, 1), and of each review its length, (B,)."""

    weight: str
    lengths: str
    batch: str  # B, int64 (1,)
    length: str  # T, int64 (1,)


def cut(graph: Graph, values: str, axis: int, start: int | str, end: int | str) -> str:
    """Part of an axis, between two places: numbers, or names of them in the graph."""
    ends = [graph.constant([end]) if isinstance(end, int) else end for end in (start, end)]
    return graph("Slice", values, *ends, graph.constant([axis]))


def dense(graph: Graph, values: str, kernel: np.ndarray, bias: np.ndarray | None = None) -> str:
    """A matrix product, and a bias if there is one."""
    found = graph("MatMul", values, graph.weight(kernel))
    return found if bias is None else graph("Add", found, graph.weight(bias))


def hidden(graph: Graph, values: str, tokens: Tokens) -> str:
    """The values, with a low one on padding."""
    mask = graph("Cast", tokens.weight, to=TensorProto.BOOL)
    return graph("Where", mask, values, graph.weight(LOWEST))
