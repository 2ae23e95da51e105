"""Soft labels: what finished models say of the reviews that nobody labelled.

A network that learns them beside the labelled reviews learns from three times as much text
(self-training: Scudder 1965; with noise in the student alone, which the dropouts are, Xie et al.
2020, "Self-training with Noisy Student", section 2; soft targets: Hinton, Vinyals & Dean 2015).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def soft_labels(
    validation_logits: Sequence[np.ndarray],
    validation_labels: np.ndarray,
    logits: Sequence[np.ndarray],
) -> np.ndarray:
    """Probabilities of "positive", float32 (n,), by all teachers together.

    Each teacher gives its logits on validation, (v,), and on the reviews to label, (n,). How much
    each counts, and how sure they are together, is a logistic regression on validation (stacking:
    Wolpert 1992), of one weight a teacher and a bias. A teacher that is too sure is tempered:

    >>> sure = np.array([9.0, 9.0, 9.0, -9.0, -9.0, -9.0])
    >>> labels = np.array([1, 1, 0, 0, 0, 1])  # right two times of three
    >>> soft_labels([sure], labels, [np.array([9.0, -9.0])]).astype(float).round(2).tolist()
    [0.67, 0.33]
    """
    from sklearn.linear_model import LogisticRegression

    known, unknown = (np.stack(list(parts), axis=1) for parts in (validation_logits, logits))
    scale = known.std(axis=0) + 1e-12
    model = LogisticRegression(C=1e4).fit(known / scale, validation_labels)
    return model.predict_proba(unknown / scale)[:, 1].astype(np.float32)
