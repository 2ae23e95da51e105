"""What a saved network must be: its layers, their options, and the shapes of their arrays.

A file is compared with this table before anything is computed or built from it, so that no option
of it, such as a number of units, makes anything larger than what it stores.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import numpy as np

from imdb_lstm.config.options import (
    ATTENTION_HEADS,
    KERNEL_SIZE,
    LONGEST_CHUNK,
    MOST_LAYERS,
    POOLINGS,
)
from imdb_lstm.models.numpy.layers import norm_names
from imdb_lstm.models.numpy.saved_layers import SavedLayer

Shapes = dict[
    str, tuple[int, ...]
]  # the path of an array in its layer → its shape, in Keras' order
GATES = {"lstm": 4, "gru": 3}
LAYERS = {
    "mask": "PaddingMask",
    "word_dropout": "WordDropout",
    "embedding": "Embedding",
    "bigram_rows": "BigramHash",
    "bigrams": "Embedding",
    "words_and_bigrams": "Concatenate",
    "embedding_dropout": "SpatialDropout1D",
    "word_norm": "LayerNormalization",
    "positions": "SinusoidalPositions",
    "norm": "LayerNormalization",
    "pooling": "Pooling",
    "dropout": "Dropout",
    "logit": "Dense",
}
GROUPS = {  # with a number after the name
    "encoder": ("Recurrent", "MaskedConvolution", "TransformerBlock"),
    "dropout": ("SpatialDropout1D",),
}
ALWAYS = {"mask", "word_dropout", "embedding", "embedding_dropout", "pooling", "dropout", "logit"}
WITH_BIGRAMS = {"bigram_rows", "bigrams", "words_and_bigrams"}
WITH_BLOCKS = {"word_norm", "positions", "norm"}
SEEDS = "seed_generator"  # part of the paths of random states, which no prediction reads


def check_layers(layers: dict[str, SavedLayer]) -> None:
    """Raise ``ValueError`` for layers, options or shapes that a network does not have."""
    for name, layer in layers.items():
        kinds = (LAYERS[name],) if name in LAYERS else GROUPS.get(name.rpartition("_")[0], ())
        if layer.kind not in kinds:
            raise ValueError(f"unknown layer {name[:60]}, {layer.kind[:60]}")
    encoders = encoder_layers(layers)
    wanted = ALWAYS | {f"encoder_{number}" for number in range(1, len(encoders) + 1)}
    wanted |= WITH_BIGRAMS if "bigrams" in layers else set()
    wanted |= WITH_BLOCKS if encoders and encoders[0].kind == "TransformerBlock" else set()
    if encoders and encoders[0].kind == "Recurrent":
        wanted |= {f"dropout_{number}" for number in range(2, len(encoders) + 1)}
    if wanted != layers.keys():
        odd = ", ".join(sorted(wanted ^ layers.keys()))[:200]
        raise ValueError(f"its layers are not those of a network: {odd}")
    _check_alike(encoders, [name for name in layers if name.startswith("encoder_")])
    for name, shapes in expected_shapes(layers).items():
        _check_arrays(name, layers[name], shapes)


def _check_alike(encoders: list[SavedLayer], names: list[str]) -> None:
    """Raise ``ValueError`` unless the layers of the encoder have one kind, and are in order."""
    shared = ("units", "cell", "bidirectional", "chunk_length", "kernel_size", "heads")
    kinds = [(each.kind, [each.options.get(key) for key in shared]) for each in encoders]
    if any(kind != kinds[0] for kind in kinds):
        raise ValueError("the layers of its encoder differ")
    if names != [f"encoder_{number}" for number in range(1, len(names) + 1)]:
        raise ValueError("the layers of its encoder are not in order")
    if len(names) > MOST_LAYERS:
        raise ValueError(f"its encoder has more than {MOST_LAYERS} layers")


def encoder_layers(layers: dict[str, SavedLayer]) -> list[SavedLayer]:
    """The layers of the encoder, the first one first; none of a bag of embeddings."""
    own = [name for name in layers if name.startswith("encoder_")]
    return [layers[name] for name in sorted(own, key=lambda name: (len(name), name))]


def expected_shapes(layers: dict[str, SavedLayer]) -> dict[str, Shapes]:
    """The arrays of each layer by their paths, with their shapes, as Keras orders them.

    Sizes that only arrays tell, such as the number of words, are those of the arrays.
    Raises ``ValueError`` for an option that is out of bounds.
    """
    found: dict[str, Shapes] = {name: {} for name in layers}
    found["embedding"], width = _table(layers["embedding"])
    if "bigrams" in layers:
        found["bigrams"], more = _table(layers["bigrams"])
        rows = found["bigrams"]["vars/0"][0]
        _check_option(layers["bigram_rows"], "rows", rows)
        width += more
    for name in WITH_BLOCKS & layers.keys() - {"positions"}:
        found[name] = {"vars/0": (width,), "vars/1": (width,)}
    encoders = encoder_layers(layers)
    for number, layer in enumerate(encoders, 1):
        found[f"encoder_{number}"], width = ENCODERS[layer.kind](layer, width)
    found["pooling"], width = _pooling(layers["pooling"], width, encoders)
    outputs = _first(layers["logit"], "vars/1", 1)[0]
    _check_option(layers["logit"], "units", outputs)
    found["logit"] = {"vars/0": (width, outputs), "vars/1": (outputs,)}
    return found


def _check_arrays(name: str, layer: SavedLayer, shapes: Shapes) -> None:
    """Raise ``ValueError`` unless a layer has arrays of these shapes, of finite numbers."""
    own = {path: array for path, array in layer.arrays.items() if SEEDS not in path}
    found = {path: array.shape for path, array in own.items()}
    if found != shapes:
        raise ValueError(f"the arrays of {name} have the shapes {found}, not {shapes}"[:300])
    for path, array in own.items():
        table = layer.kind == "Embedding" and len(own) > 1 and path in ("vars/0", "vars/2")
        if array.dtype != (np.int8 if table else np.float32):
            raise ValueError(f"the arrays of {name} are {array.dtype}")
        if not table and not np.isfinite(array).all():
            raise ValueError(f"the arrays of {name} are not finite")


def _first(layer: SavedLayer, path: str, dimensions: int) -> tuple[int, ...]:
    """The shape of an array that must be there, with as many dimensions and no empty one."""
    array = layer.arrays.get(path)
    if array is None or array.ndim != dimensions or 0 in array.shape:
        raise ValueError(f"a {layer.kind[:60]} has no array {path} of {dimensions} dimensions")
    return array.shape


def _check_option(layer: SavedLayer, key: str, wanted: Any) -> None:
    found = layer.options.get(key)
    if type(found) is not type(wanted) or found != wanted:
        raise ValueError(f"{key} of a {layer.kind} is {str(found)[:60]}, its arrays say {wanted}")


def _whole(layer: SavedLayer, key: str, least: int = 1) -> int:
    """An option that is a whole number."""
    found = layer.options.get(key)
    if type(found) is not int or not least <= found < 2**31:
        raise ValueError(f"{key} of a {layer.kind} is {str(found)[:60]}")
    return found


def _choice(layer: SavedLayer, key: str, known: Any) -> Any:
    """An option that is one of the ``known`` values."""
    found = layer.options.get(key)
    if not isinstance(found, str | bool) or found not in known:
        raise ValueError(f"{key} of a {layer.kind} is {str(found)[:60]}")
    return found


def _table(layer: SavedLayer) -> tuple[Shapes, int]:
    """The arrays of an embedding, see ``embedding.Embedding``, and its width."""
    rows, columns = _first(layer, "vars/0", 2)
    width = _whole(layer, "output_dim")
    _check_option(layer, "input_dim", rows)
    shapes: Shapes = {"vars/0": (rows, width)}
    if "vars/2" in layer.arrays:
        groups = _first(layer, "vars/1", 2)[1]
        more: Shapes = {"vars/1": (rows, groups), "vars/2": (rows, groups), "vars/3": (width,)}
        own = layer.arrays.get("vars/3", np.zeros(0))
        if width > 2 * columns or not ((own >= 0) & (own < groups)).all():
            raise ValueError("the groups of an embedding are not those of its values")
        return {"vars/0": (rows, ceil(width / 2)), **more}, width
    return shapes | ({"vars/1": (rows,)} if "vars/1" in layer.arrays else {}), width


def _recurrent(layer: SavedLayer, width: int) -> tuple[Shapes, int]:
    cell, both = _choice(layer, "cell", GATES), _choice(layer, "bidirectional", (False, True))
    units = _whole(layer, "units")
    if _whole(layer, "chunk_length", 0) > LONGEST_CHUNK:
        raise ValueError(f"a chunk has at most {LONGEST_CHUNK:,} tokens")
    gates = GATES[cell] * units
    found: Shapes = {}
    for name in ("forwards", "backwards") if both else ("forwards",):
        path = f"{name}/cell/vars"
        found[f"{path}/0"], found[f"{path}/1"] = (width, gates), (units, gates)
        found[f"{path}/2"] = (gates,) if cell == "lstm" else (2, gates)
    return found, units * (2 if both else 1)


def _convolution(layer: SavedLayer, width: int) -> tuple[Shapes, int]:
    _check_option(layer, "kernel_size", KERNEL_SIZE)
    units, path = _whole(layer, "units"), "convolution/vars"
    return {f"{path}/0": (KERNEL_SIZE, width, units), f"{path}/1": (units,)}, units


def _block(layer: SavedLayer, width: int) -> tuple[Shapes, int]:
    units = _whole(layer, "units")
    _check_option(layer, "heads", ATTENTION_HEADS)
    heads = (ATTENTION_HEADS, width // ATTENTION_HEADS)
    if width % ATTENTION_HEADS:
        raise ValueError(f"a width of {width} is not a multiple of {ATTENTION_HEADS} heads")
    found: Shapes = {}
    for name in ("query", "key", "value"):
        path = f"attention/{name}_dense/vars"
        found[f"{path}/0"], found[f"{path}/1"] = (width, *heads), heads
    path = "attention/output_dense/vars"
    found[f"{path}/0"], found[f"{path}/1"] = (*heads, width), (width,)
    if len(norm_names(layer)) != 2:
        raise ValueError("a block has two layers of normalisation")
    for name in norm_names(layer):
        found[f"norms/{name}/vars/0"] = found[f"norms/{name}/vars/1"] = (width,)
    for name, shape in (("expand", (width, units)), ("contract", (units, width))):
        found[f"{name}/vars/0"], found[f"{name}/vars/1"] = shape, shape[1:]
    return found, width


def _pooling(layer: SavedLayer, width: int, encoders: list[SavedLayer]) -> tuple[Shapes, int]:
    kinds = layer.options.get("kinds")
    if not isinstance(kinds, list) or not kinds or any(kind not in POOLINGS for kind in kinds):
        raise ValueError(f"kinds of a Pooling are {str(kinds)[:60]}")
    both = bool(encoders) and encoders[0].options.get("bidirectional", False)
    _check_option(layer, "bidirectional", both)
    if len({*kinds}) < len(kinds):
        raise ValueError("a kind of pooling occurs twice")
    own: Shapes = {"vars/0": (width, width), "vars/1": (width, 1)} if "attention" in kinds else {}
    return own, width * len(kinds)


ENCODERS: dict[str, Callable[[SavedLayer, int], tuple[Shapes, int]]] = {
    "Recurrent": _recurrent,
    "MaskedConvolution": _convolution,
    "TransformerBlock": _block,
}
