"""The reviews that every source returns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from imdb_lstm.data.labels import SENTIMENT, Classes

SPLITS = ("train", "validation", "test")


def normalised(text: str) -> str:
    r"""Return a text in lower case with single spaces, for comparing it with others.

    >>> normalised("  A Joy,\nfrom start  to finish.")
    'a joy, from start to finish.'
    """
    return " ".join(text.lower().split())


@dataclass(frozen=True)
class Reviews:
    """Labelled reviews, in a fixed order.

    ``labels``: int8 (n,), numbers of classes. ``ratings``: float32 (n,), stars, NaN for unknown.
    ``names``: the origin of each, a file name or file:line. ``groups``: the group of each.
    ``pairs``: a name shared by the two reviews of a contrast pair. Groups and pairs are "" for a
    review without, and empty lists when no review has one. ``classes``: the names of the labels.
    """

    texts: list[str]
    labels: np.ndarray
    ratings: np.ndarray
    names: list[str]
    groups: list[str] = field(default_factory=list)
    pairs: list[str] = field(default_factory=list)
    classes: Classes = SENTIMENT

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def none(cls, classes: Classes = SENTIMENT) -> Reviews:
        """Return reviews of length zero."""
        return cls([], np.zeros(0, np.int8), np.zeros(0, np.float32), [], classes=classes)

    def take(self, indices: np.ndarray) -> Reviews:
        """Return the reviews at the indices, in the order of the indices."""
        return Reviews(
            [self.texts[i] for i in indices],
            self.labels[indices],
            self.ratings[indices],
            [self.names[i] for i in indices],
            [self.groups[i] for i in indices] if self.groups else [],
            [self.pairs[i] for i in indices] if self.pairs else [],
            self.classes,
        )

    def joined(self, others: Reviews) -> Reviews:
        """Return these reviews followed by the others, without groups and pairs."""
        return Reviews(
            self.texts + others.texts,
            np.concatenate([self.labels, others.labels]),
            np.concatenate([self.ratings, others.ratings]),
            self.names + others.names,
            classes=self.classes,
        )

    def fingerprint(self) -> str:
        """Return the SHA-256 of labels and texts in order, which identifies a run's reviews."""
        digest = hashlib.sha256()
        for text, label in zip(self.texts, self.labels.tolist(), strict=True):
            digest.update(f"{label}\x1f{text}\x1e".encode())
        return digest.hexdigest()
