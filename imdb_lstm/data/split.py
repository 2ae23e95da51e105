"""Cuts of reviews into a part to learn from and a part held out.

Reviews of one unit stay together: copies and near copies of each other, and reviews with the same
value of ``group_by``. Both parts keep the proportions of the labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imdb_lstm.data.times import moments
from imdb_lstm.errors import DataError


def units(copies: np.ndarray, groups: Sequence[str] = ()) -> np.ndarray:
    """Return the number of each text's unit, int64 (texts,): those of one unit stay together.

    ``copies``: see ``copy_groups``. ``groups``: a value for each text; texts with the same one are
    of one unit, "" is no value.

    >>> units(np.array([0, 1, 0, 2]), ["", "ann", "ann", ""]).tolist()
    [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not groups:
        return copies
    number = {name: int(copies.max()) + 1 + n for n, name in enumerate(dict.fromkeys(groups))}
    linked = [(copy, number[name]) for copy, name in zip(copies, groups, strict=True) if name]
    ones, others = np.array(linked, np.int64).reshape(-1, 2).T
    size = int(copies.max()) + 1 + len(number)
    graph = coo_array((np.ones(len(ones), bool), (ones, others)), shape=(size, size))
    component = connected_components(graph, directed=False)[1][copies]
    return np.unique(component, return_inverse=True)[1]


def held_out(labels: np.ndarray, size: float | int, seed: int, unit: np.ndarray) -> np.ndarray:
    """Return which reviews are held out, bool (n,), about ``size`` of them.

    ``labels``: numbers of classes, (n,). ``size``: a share below 1, or a number. ``unit``: of each
    review, int (n,), see ``units``. Of two classes, the share is exact where every review is a unit
    of its own. Of more, it is rounded for each class, so that a class of few reviews may have none
    held out, but always has one that is not. Raises ``DataError`` when a part would have a single
    label, or the first would lack one that there is.
    """
    if len(np.unique(unit)) == len(unit) and labels.max() < 2:
        chosen = _stratified(labels, size, seed)
    else:
        share = size if size < 1 else size / len(labels)
        chosen = _whole_units(labels, share, seed, unit)
    for part, needed in ((chosen, 2), (~chosen, len(np.unique(labels)))):
        if len(np.unique(labels[part])) < max(2, needed):
            raise DataError(_impossible(labels, size, unit))
    return chosen


def _impossible(labels: np.ndarray, size: float | int, unit: np.ndarray) -> str:
    share = f"{size:,}" if size >= 1 else f"{size:.0%}"
    count, units = len(labels), len(np.unique(unit))
    sizes = np.bincount(labels, minlength=2)
    sizes = sizes[sizes > 0] if len(sizes) > 2 else sizes
    listed = f"{sizes[0]:,} of one label, {sizes[1]:,} of the other"
    if len(sizes) > 2:
        listed = f"of {len(sizes)} labels, {sizes.min():,} to {sizes.max():,} of each"
    which = "" if units == count else f", in {units:,} units that stay together,"
    return (
        f"{count:,} reviews ({listed}){which} cannot be split so that {share} are held out and "
        f"both parts have {'both' if len(sizes) == 2 else 'the'} labels: give more reviews, or "
        "hold out another share"
    )


def _stratified(labels: np.ndarray, size: float | int, seed: int) -> np.ndarray:
    """Return which reviews are held out, when each is a unit of its own."""
    from sklearn.model_selection import train_test_split

    try:
        _, out = train_test_split(
            np.arange(len(labels)), test_size=size, random_state=seed, stratify=labels
        )
    except ValueError as error:
        raise DataError(_impossible(labels, size, np.arange(len(labels)))) from error
    chosen = np.zeros(len(labels), bool)
    chosen[out] = True
    return chosen


def _whole_units(labels: np.ndarray, share: float, seed: int, unit: np.ndarray) -> np.ndarray:
    """Return which reviews are held out, as whole units in a random order.

    A unit of several reviews is held out while it brings the counts of the labels nearer to their
    share; reviews that are units of their own fill up what is missing.
    """
    random, count = np.random.default_rng(seed), int(unit.max()) + 1
    classes = max(2, int(labels.max()) + 1)
    sizes = np.stack([np.bincount(unit[labels == k], minlength=count) for k in range(classes)], 1)
    missing = share * sizes.sum(axis=0)
    out = np.zeros(count, bool)
    single = sizes.sum(axis=1) == 1
    for index in random.permutation(np.flatnonzero(~single)):
        if np.abs(missing - sizes[index]).sum() < np.abs(missing).sum():
            out[index] = True
            missing = missing - sizes[index]
    for label in range(classes):
        among = random.permutation(np.flatnonzero(single & (sizes[:, label] == 1)))
        out[among[: max(0, round(missing[label]))]] = True
    return out[unit]


def folds(labels: np.ndarray, count: int, seed: int, unit: np.ndarray) -> np.ndarray:
    """Return the fold of each review, int (n,) from 1 to ``count``, of about equal sizes.

    Raises ``DataError`` when a fold would lack a label.
    """
    fold = np.zeros(len(labels), np.int64)
    remaining = np.arange(len(labels))
    for number in range(1, count):
        share = 1 / (count - number + 1)
        part = held_out(labels[remaining], share, seed + number, unit[remaining])
        fold[remaining[part]] = number
        remaining = remaining[~part]
    fold[remaining] = count
    return fold


def latest(times: Sequence[str], names: Sequence[str], share: float) -> np.ndarray:
    """Return which reviews are held out, bool (n,): the latest ``share`` of them.

    Reviews of one time stay together. Raises ``DataError``, naming the first review whose time is
    neither a number nor a date, or could be two dates.

    >>> latest(["2024-05-01", "2023-01-01", "2025-01-01"], ["a:1", "a:2", "a:3"], 0.3).tolist()
    [False, False, True]
    """
    found = moments(times, names)
    limit = np.sort(found)[min(len(found) - 1, round((1 - share) * len(found)))]
    return found >= limit
