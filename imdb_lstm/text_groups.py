"""Groups of reviews by what stands in their texts, for ``metrics.by_group``."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

# Those of C. Potts (2011), Sentiment Symposium Tutorial, sentiment.christopherpotts.net/lingstruc,
# to which cannot, neither, nobody and nor come. Every token that ends in n't is one, too.
NEGATIONS = frozenset(
    re.findall(
        r"\w+",
        "never no nothing nowhere noone none not havent hasnt hadnt cant couldnt shouldnt wont "
        "wouldnt dont doesnt didnt isnt arent aint cannot neither nobody nor",
    )
)


def is_negation(token: str) -> bool:
    """Whether a token of ``text.tokenise`` denies.

    >>> [token for token in ("wasn't", "never", "dont", "knot") if is_negation(token)]
    ["wasn't", 'never', 'dont']
    """
    return token in NEGATIONS or token.endswith("n't")


def negation_share(tokens: Sequence[str]) -> float:
    """The share of the tokens that deny; 0.0 without tokens.

    >>> negation_share(["not", "bad", "at", "all"])
    0.25
    """
    return sum(map(is_negation, tokens)) / len(tokens) if tokens else 0.0


def share_group(shares: ArrayLike, limits: Sequence[int]) -> list[str]:
    """The name of the group of each share, (n,) from 0 to 1: none, or between limits in per cent.

    ``limits`` rise; a share that equals one lies below it.

    >>> share_group([0.0, 0.01, 0.011, 0.9], limits=(1, 3))
    ['0 %', '0-1 %', '1-3 %', 'over 3 %']
    """
    lower = (0, *limits[:-1])
    between = [f"{low}-{high} %" for low, high in zip(lower, limits, strict=True)]
    names = ["0 %", *between, f"over {limits[-1]} %"]
    places = np.searchsorted(np.array((0, *limits)) / 100, np.asarray(shares), side="left")
    return [names[place] for place in places.tolist()]
