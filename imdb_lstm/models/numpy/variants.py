"""Logits of many reviews that are nearly one: with each of its words unknown, or each beginning.

A recurrent layer reads what such reviews share once. The review itself, and its variants, take
every step together; a variant joins them at the first token in which it differs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.recurrent import Direction, Order, hidden_states, take_step
from imdb_lstm.models.numpy.recurrent_encoder import Pooled, RecurrentEncoder, cut
from imdb_lstm.text.vocabulary import UNKNOWN_ID
from imdb_lstm.threads import on_one_thread


@on_one_thread
def occluded_logits(network: NumpyNetwork, ids: np.ndarray) -> np.ndarray:
    """The logits of a review of T tokens with each one of them unknown: (T,), or (T, classes)."""
    if encoder := _shared(network):
        unknown = encoder.prepare(network.words.rows(np.array([UNKNOWN_ID])))
        return _logits(network, encoder, ids, unknown)
    variants = np.repeat(ids[None], len(ids), axis=0)
    np.fill_diagonal(variants, UNKNOWN_ID)
    return network.logits(list(variants))


@on_one_thread
def prefix_logits(network: NumpyNetwork, ids: np.ndarray, most: int) -> np.ndarray:
    """The logits of the review that ends with each token: (T,), or (T, classes).

    Where the layers cannot share what they read, those of ``most`` prefixes are computed, and
    others are interpolated linearly.
    """
    if encoder := _shared(network):
        return _logits(network, encoder, ids, None)
    stride = -(-len(ids) // most)
    lengths = np.unique([*range(1, len(ids), stride), len(ids)])
    found = network.logits([ids[:length] for length in lengths])
    every = np.arange(1, len(ids) + 1)
    interpolated = np.apply_along_axis(lambda own: np.interp(every, lengths, own), 0, found)
    return interpolated.astype(np.float32)


def _shared(network: NumpyNetwork) -> RecurrentEncoder | None:
    """The encoder, if it is one recurrent layer whose states are pooled while they are read."""
    encoder = network.encoder
    if not isinstance(encoder, RecurrentEncoder) or network.bigrams is not None:
        return None
    weighted = "attention" in encoder.pooling.options["kinds"]
    return None if weighted or len(encoder.layers) > 1 else encoder


def _logits(
    network: NumpyNetwork,
    encoder: RecurrentEncoder,
    ids: np.ndarray,
    unknown: Sequence[np.ndarray] | None,
) -> np.ndarray:
    """The logits of all occluded variants, or, if ``unknown`` is None, of all prefixes.

    ``unknown``: what each direction reads of the unknown word, (1, gates × units).
    """
    inputs = encoder.prepare(network.words.rows(ids))
    chunks, _ = cut(np.array([len(ids)]), encoder.chunk_length)
    halves = []
    for number, (direction, own) in enumerate(zip(encoder.layers[0], inputs, strict=True)):
        parts = np.split(own, np.cumsum(chunks)[:-1])
        replaced = None if unknown is None else unknown[number][0]
        found = [_read_chunk(direction, part, replaced) for part in parts]
        halves.append(_joined(found, prefixes=unknown is None, backwards=direction.backwards))
    lengths = np.arange(1, len(ids) + 1) if unknown is None else np.full(len(ids), len(ids))
    logits = network.last_layer(encoder.concatenated(halves, lengths))
    return logits[:, 0] if network.outputs == 1 else logits


Variants = tuple[Pooled, Pooled]  # of a whole chunk, (1, units), and of its variants, (L, units)


def _read_chunk(direction: Direction, inputs: np.ndarray, replaced: np.ndarray | None) -> Variants:
    """Read a chunk and its variants: with each token ``replaced``, or, if None, its prefixes."""
    if not direction.backwards:
        if replaced is None:
            return _read_prefixes(direction, inputs)
        return _read_together(direction, inputs, replaced)
    whole, variants = _read_together(direction, inputs[::-1], replaced)
    return whole, Pooled(*(array[::-1] for array in variants))


def _read_prefixes(direction: Direction, inputs: np.ndarray) -> Variants:
    """Read a chunk of L tokens, (L, gates × units), forwards, which reads its prefixes too."""
    length = np.array([len(inputs)])
    order = Order.of(length, backwards=False)
    states = hidden_states(direction, inputs, np.arange(len(inputs)), order)
    hidden = np.concatenate([state.copy() for state in states])
    found = Pooled(hidden, np.maximum.accumulate(hidden), np.cumsum(hidden, axis=0))
    return Pooled(*(array[-1:] for array in found)), found


def _read_together(
    direction: Direction, inputs: np.ndarray, replaced: np.ndarray | None
) -> Variants:
    """Read a chunk of L tokens, (L, gates × units), and its variants; see the module.

    Variant t reads ``replaced`` in place of token t; if that is None, it begins with token t.
    """
    length, units = len(inputs), direction.units
    rows = length + 1  # row 0 is the chunk itself, row t + 1 is variant t
    hidden, cell, total = (np.zeros((rows, units), np.float32) for _ in range(3))
    top = np.full((rows, units), -np.inf, np.float32)
    gates = np.empty((rows, inputs.shape[1]), np.float32)
    products = np.empty_like(gates)
    for t in range(length):
        n = t + 2
        gates[:n] = inputs[t]
        if replaced is not None:
            gates[t + 1] = replaced
            for state in (hidden, cell, total, top):
                state[t + 1] = state[0]
        take_step(direction, gates[:n], products[:n], hidden[:n], cell[:n])
        np.maximum(top[:n], hidden[:n], out=top[:n])
        total[:n] += hidden[:n]
    return Pooled(hidden[:1], top[:1], total[:1]), Pooled(hidden[1:], top[1:], total[1:])


def _joined(found: Sequence[Variants], prefixes: bool, backwards: bool) -> Pooled:
    """Join each variant of a chunk with the chunks before it, and those after it.

    After a prefix there are none.
    """
    wholes = [whole for whole, _ in found]
    results = []
    for number, (_, variants) in enumerate(found):
        after = [] if prefixes else wholes[number + 1 :]
        parts = [*wholes[:number], variants, *after]
        shape = variants.last.shape
        last = np.broadcast_to(parts[0 if backwards else -1].last, shape)
        top = np.maximum.reduce([np.broadcast_to(part.max, shape) for part in parts])
        total = np.add.reduce([np.broadcast_to(part.sum, shape) for part in parts])
        results.append(Pooled(last, top, total))
    return Pooled(*(np.concatenate(arrays) for arrays in zip(*results, strict=True)))
