"""Copies and near copies among texts, so that none is learned from and tested on.

A copy has the same words, whatever its case, white space and punctuation. A near copy shares most
of its runs of four words, as estimated by MinHash (Broder 1997, On the resemblance and containment
of documents), with candidates found by banding (Leskovec, Rajaraman & Ullman, Mining of Massive
Datasets, section 3.4).
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

import numpy as np

from imdb_lstm.text.tokenizer import tokenise

RUN_WORDS = 4
SHORT = 16  # tokens; one word is too large a part of a shorter text to call the others copies
HASHES = 32
BAND = 2  # hashes of a band: 16 bands find 99.9 % of pairs that share 0.6 of their runs
NEAR = 0.6  # share of equal hashes, an estimate of the share of common runs
CHUNK = 20_000  # texts hashed at a time, which bounds the memory
_PUNCTUATION = str.maketrans(dict.fromkeys(".,;:!?\"'()[]-–—…*_/\\", " "))
_RANDOM = np.random.default_rng(0)
_FACTORS = _RANDOM.integers(1, 2**63, HASHES, dtype=np.uint64) | np.uint64(1)
_POWERS = _RANDOM.integers(1, 2**63, RUN_WORDS, dtype=np.uint64) | np.uint64(1)


def plain_text(text: str) -> str:
    r"""Return a text in lower case, composed, with single spaces instead of punctuation.

    >>> plain_text("  A Joy,\nfrom start -- to finish!")
    'a joy from start to finish'
    """
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    plain = " ".join(composed.lower().translate(_PUNCTUATION).split())
    return plain or " ".join(text.split())  # of punctuation alone, such as "!!!"


def text_keys(texts: Sequence[str]) -> np.ndarray:
    """Return a hash of each text's words, uint64 (texts,): copies have the same.

    >>> keys = text_keys(["A joy!", "a  joy", "A bore."])
    >>> bool(keys[0] == keys[1]), bool(keys[0] == keys[2])
    (True, False)
    """
    digests = b"".join(
        hashlib.blake2b(plain_text(text).encode("utf-8", "replace"), digest_size=8).digest()
        for text in texts
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def copy_groups(texts: Sequence[str], keys: np.ndarray | None = None) -> np.ndarray:
    """Return the number of each text's group, int64 (texts,): copies and near copies share one.

    ``keys``: the ``text_keys`` of the texts, where they are known. Texts of fewer than 16 tokens
    have copies only.

    >>> film = "A quiet film about the sea and its people, told with much patience, wit and love"
    >>> copy_groups([film, "Something else", film.upper(), film + " again"]).tolist()
    [0, 1, 0, 0]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    keys = text_keys(texts) if keys is None else keys
    _, first, copy_of = np.unique(keys, return_index=True, return_inverse=True)
    signatures, long_enough = _signatures([texts[index] for index in first])
    one, other = _near_pairs(signatures, np.flatnonzero(long_enough))
    graph = coo_array((np.ones(len(one), bool), (one, other)), shape=(len(first), len(first)))
    _, component = connected_components(graph, directed=False)
    return _numbered(component[copy_of])


def _numbered(groups: np.ndarray) -> np.ndarray:
    """Return the groups numbered in the order of their first members."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _signatures(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the MinHash of each text, uint16 (texts, HASHES), and whether it has enough words."""
    signatures = np.zeros((len(texts), HASHES), np.uint16)
    enough = np.zeros(len(texts), bool)
    for start in range(0, len(texts), CHUNK):
        part = slice(start, start + CHUNK)
        signatures[part], enough[part] = _chunk_signatures(texts[part])
    return signatures, enough


def _chunk_signatures(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return ``_signatures`` of a few texts, hashed together."""
    hash_of = _WordHashes()
    ids: list[int] = []
    ends = []
    for text in texts:
        ids += [hash_of[word] for word in _words(text)]
        ends.append(len(ids))
    lengths = np.diff([0, *ends])
    enough = lengths >= SHORT
    counts = np.where(enough, lengths - RUN_WORDS + 1, 0)
    signatures = np.zeros((len(texts), HASHES), np.uint16)
    if not enough.any():
        return signatures, enough
    windows = np.lib.stride_tricks.sliding_window_view(np.array(ids, np.uint64), RUN_WORDS)
    starts = np.array([0, *ends[:-1]])
    rows = np.repeat(starts[enough] - np.cumsum(counts[enough]) + counts[enough], counts[enough])
    runs = windows[rows + np.arange(len(rows))] @ _POWERS
    runs ^= runs >> np.uint64(29)
    first = np.cumsum(counts[enough]) - counts[enough]
    for column, factor in enumerate(_FACTORS):
        hashed = (runs * factor) >> np.uint64(32)
        lowest = np.minimum.reduceat(hashed, first)
        signatures[enough, column] = lowest & np.uint64(0xFFFF)  # enough to tell them apart
    return signatures, enough


def _words(text: str) -> list[str]:
    """Return the words of a text; scripts without spaces need the tokenizer, which is slower."""
    return plain_text(text).split() if text.isascii() else tokenise(text)


class _WordHashes(dict[str, int]):
    """A hash of each word, the same in every process, computed once."""

    def __missing__(self, word: str) -> int:
        digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
        self[word] = int.from_bytes(digest, "little")
        return self[word]


def _near_pairs(signatures: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of near copies: of every group with an equal band, the first and another."""
    ones, others = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for start in range(0, HASHES, BAND):
        high, low = signatures[chosen, start], signatures[chosen, start + 1]
        bands = high.astype(np.uint32) << np.uint32(16) | low
        order = np.argsort(bands, kind="stable")
        new = np.append(True, np.diff(bands[order]) != 0) if len(order) else np.zeros(0, bool)
        leader = order[np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))]
        one, other = chosen[leader[~new]], chosen[order[~new]]
        for part in range(0, len(one), 100_000):
            a, b = one[part : part + 100_000], other[part : part + 100_000]
            near = (signatures[a] == signatures[b]).mean(axis=1) >= NEAR
            ones.append(a[near])
            others.append(b[near])
    return np.concatenate(ones), np.concatenate(others)
