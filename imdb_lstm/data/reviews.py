"""What every source of reviews gives, and the seeded cut of a held-out part."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from imdb_lstm.errors import DataError

SPLITS = ("train", "validation", "test")


def normalised(text: str) -> str:
    """A text without what does not make it another: upper case, and how white space is set.

    >>> normalised("  A Joy,\\nfrom start  to finish.")
    'a joy, from start to finish.'
    """
    return " ".join(text.lower().split())


@dataclass(frozen=True)
class Reviews:
    """Labelled reviews, in a fixed order.

    ``labels``: int8 (n,), 1 is positive. ``ratings``: int8 (n,), stars, 0 where not known.
    ``names``: where each came from, a file name or file:row. ``groups``: what each is an example
    of. ``pairs``: a name that two reviews of opposite labels share. These two are "" for a review
    without, and empty where no review has one.
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
        """No reviews at all."""
        return cls([], np.zeros(0, np.int8), np.zeros(0, np.int8), [])

    def take(self, indices: np.ndarray) -> Reviews:
        """The reviews at the indices, in their order."""
        return Reviews(
            [self.texts[i] for i in indices],
            self.labels[indices],
            self.ratings[indices],
            [self.names[i] for i in indices],
            [self.groups[i] for i in indices] if self.groups else [],
            [self.pairs[i] for i in indices] if self.pairs else [],
        )

    def joined(self, others: Reviews) -> Reviews:
        """These reviews, then the others."""
        return Reviews(
            self.texts + others.texts,
            np.concatenate([self.labels, others.labels]),
            np.concatenate([self.ratings, others.ratings]),
            self.names + others.names,
        )

    def stratified_split(self, size: float | int, seed: int) -> tuple[Reviews, Reviews]:
        """(kept, held out): a seeded share, or number, is held out, with each label's share in it.

        Both keep the order here.

        Raises ``DataError`` when a part would be left without a label.
        """
        from sklearn.model_selection import train_test_split

        try:
            kept, held_out = train_test_split(
                np.arange(len(self)), test_size=size, random_state=seed, stratify=self.labels
            )
        except ValueError as error:
            share = size if size >= 1 else f"{size:.0%}"
            raise DataError(
                f"{len(self)} reviews cannot be cut so that {share} are held out and both labels "
                "stand on either side: give more reviews, or hold another share out"
            ) from error
        return self.take(np.sort(kept)), self.take(np.sort(held_out))

    def fingerprint(self) -> str:
        """SHA-256 over labels and texts in order, by which a run says what it learned from."""
        digest = hashlib.sha256()
        for text, label in zip(self.texts, self.labels.tolist(), strict=True):
            digest.update(f"{label}\x1f{text}\x1e".encode())
        return digest.hexdigest()
