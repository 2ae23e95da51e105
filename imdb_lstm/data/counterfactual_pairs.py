"""Counterfactual pairs: a review, and the same with edits that reverse its label.

Both reviews of a pair are written as one line of ``counterfactuals/pairs.txt``, so nothing outside
the edits can differ; its README says how the pairs were written.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from imdb_lstm.data.labels import SENTIMENT
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import DataError

PAIRS = Path(__file__).parent / "counterfactuals" / "pairs.txt"
EDIT = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")


def both_texts(text: str) -> tuple[str, str]:
    """Return the negative and the positive text of one with edits.

    >>> both_texts("An hour that {felt like three|flew by}.")
    ('An hour that felt like three.', 'An hour that flew by.')
    """
    return EDIT.sub(r"\1", text), EDIT.sub(r"\2", text)


def read_pairs(path: Path = PAIRS) -> Reviews:
    """Return both reviews of every pair (Kaushik et al. 2020), the original before the edited one.

    ``groups``: original or edited. ``pairs``: the number of the pair, from "1". Raises
    ``DataError`` for a line without a label, without edits or with a stray brace.
    """
    texts: list[str] = []
    labels: list[int] = []
    names: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        original, _, text = line.partition("\t")
        if original not in SENTIMENT.names or re.search(r"[{|}]", EDIT.sub("", text)):
            raise DataError(f"{path}:{number}: label, tab and text with {{bad|good}} are expected")
        first = SENTIMENT.names.index(original)
        both = both_texts(text)
        if both[0] == both[1]:
            raise DataError(f"{path}:{number}: the two reviews are the same")
        texts += both[first], both[1 - first]
        labels += first, 1 - first
        names += f"{path.name}:{number}:original", f"{path.name}:{number}:edited"
    pairs = [str(1 + index // 2) for index in range(len(texts))]
    groups = ["original", "edited"] * (len(texts) // 2)
    unknown = np.full(len(texts), np.nan, np.float32)
    return Reviews(texts, np.array(labels, np.int8), unknown, names, groups, pairs)
