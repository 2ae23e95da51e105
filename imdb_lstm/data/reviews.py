"""The reviews that every source returns, and their seeded, stratified split."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from imdb_lstm.errors import DataError

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

    ``labels``: int8 (n,), 1 is positive. ``ratings``: int8 (n,), stars, 0 for unknown. ``names``:
    the origin of each, a file name or file:row. ``groups``: the group of each. ``pairs``: a name
    shared by the two reviews of a contrast pair. Groups and pairs are "" for a review without, and
    empty lists when no review has one.
    """

    texts: list[str]
    labels: np.ndarray
    ratings: np.ndarray
    names: list[str]
    groups: list[str] = field(default_factory=list)
    pairs: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def none(cls) -> Reviews:
        """Return reviews of length zero."""
        return cls([], np.zeros(0, np.int8), np.zeros(0, np.int8), [])

    def take(self, indices: np.ndarray) -> Reviews:
        """Return the reviews at the indices, in the order of the indices."""
        return Reviews(
            [self.texts[i] for i in indices],
            self.labels[indices],
            self.ratings[indices],
            [self.names[i] for i in indices],
            [self.groups[i] for i in indices] if self.groups else [],
            [self.pairs[i] for i in indices] if self.pairs else [],
        )

    def joined(self, others: Reviews) -> Reviews:
        """Return these reviews followed by the others, without groups and pairs."""
        return Reviews(
            self.texts + others.texts,
            np.concatenate([self.labels, others.labels]),
            np.concatenate([self.ratings, others.ratings]),
            self.names + others.names,
        )

    def stratified_split(self, size: float | int, seed: int) -> tuple[Reviews, Reviews]:
        """Return (kept, held out), a split that keeps the proportions of the labels in both parts.

        ``size``: the share held out, below 1, or the number of reviews. Both parts keep the order
        of the reviews. Raises ``DataError`` when there are too few reviews of a label.
        """
        from sklearn.model_selection import train_test_split

        try:
            kept, held_out = train_test_split(
                np.arange(len(self)), test_size=size, random_state=seed, stratify=self.labels
            )
        except ValueError as error:
            share = size if size >= 1 else f"{size:.0%}"
            raise DataError(
                f"{len(self)} reviews cannot be split so that {share} are held out and both parts "
                "have both labels: give more reviews, or hold out another share"
            ) from error
        return self.take(np.sort(kept)), self.take(np.sort(held_out))

    def fingerprint(self) -> str:
        """Return the SHA-256 of labels and texts in order, which identifies a run's reviews."""
        digest = hashlib.sha256()
        for text, label in zip(self.texts, self.labels.tolist(), strict=True):
            digest.update(f"{label}\x1f{text}\x1e".encode())
        return digest.hexdigest()
