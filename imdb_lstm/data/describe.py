"""What is in a data set, before anything is trained on it: the first thing to look at.

Rows, labels, lengths, scripts, copies, splits and what looks wrong, and the command to train with.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.copies import copy_groups, text_keys
from imdb_lstm.data.files.rows import BadRow
from imdb_lstm.data.labels import as_number, describe_counts, listed_counts
from imdb_lstm.data.load import BUNDLED, check_trainable, cut_validation, read_splits, split_of
from imdb_lstm.data.readers import Source, read_source
from imdb_lstm.data.reviews import SPLITS, Reviews
from imdb_lstm.data.times import moments
from imdb_lstm.errors import DataError
from imdb_lstm.text.coverage import scripts
from imdb_lstm.text.tokenizer import single_tokens

FEW = 2_000  # train reviews for which the preset ``small`` is recommended
UNBALANCED = 0.4  # of the mean number of reviews of a label; weights are recommended below
FEWEST = 10  # reviews of a label, below which it is told
MOST_ROWS = 20  # suspicious rows listed for each reason
LONG = 5_000  # tokens of a text that is perhaps several
SCRIPT_SAMPLE = 2_000  # texts whose script is looked at


@dataclass(frozen=True)
class Description:
    """A data set in numbers: tables of (name, value), each with a title.

    ``suspicious``: reason → names of rows, "file:line". ``command``: what to train with. ``labels``
    and ``lengths``: for figures; the tokens of each text are int (n,). ``bad``: the rows that
    cannot be read, where they are skipped.
    """

    title: str
    tables: dict[str, dict[str, str]]
    suspicious: dict[str, list[str]]
    advice: list[str]
    command: str
    labels: dict[str, int]
    lengths: np.ndarray
    bad: list[BadRow]


def describe(config: Config) -> Description:
    """Read a data set as training would, and describe it; of built-in ones train and validation.

    Raises ``DataError`` when it cannot be read.
    """
    check_trainable(config)
    if config.of_imdb or config.data in BUNDLED:
        return _describe_built_in(config)
    return _describe_source(config, read_source(config))


def is_unbalanced(reviews: Reviews) -> bool:
    """Return whether a label has less than 0.4 of its share: of two, a fifth of all reviews."""
    counts = np.array(list(_label_counts(reviews).values()))
    return bool(counts.min() < UNBALANCED * counts.mean())


def _describe_built_in(config: Config) -> Description:
    splits = read_splits(config, "train", "validation")
    parts = dict(zip(SPLITS, cut_validation(config, *splits.values()), strict=False))
    both = parts["train"].joined(parts["validation"])
    lengths = _lengths(both.texts)
    tables = {
        "Reviews": _row_facts(both, Source(both, [], [], [], [], [], 0, 0, text_keys([]))),
        "Length": length_facts(lengths, config.maximum_length),
        "Split": _split_facts(parts),
    }
    command = f"imdb-lstm train --data {config.data}"
    return Description(config.data, tables, {}, [], command, _label_counts(both), lengths, [])


def _describe_source(config: Config, source: Source) -> Description:
    reviews = source.reviews
    lengths = _lengths(reviews.texts)
    keys, groups = source.keys, copy_groups(reviews.texts, source.keys)
    tables = {
        "Files": source.files,
        "Reviews": _row_facts(reviews, source) | _copy_facts(keys, groups, reviews.labels),
        "Length": length_facts(lengths, config.maximum_length),
    }
    advice: list[str] = []
    try:
        part = split_of(source, config, groups)
        named = {name: reviews.take(np.flatnonzero(part == name)) for name in SPLITS}
        tables["Split"] = _split_facts(named) | _time_facts(source, config, part)
        if not config.time:
            tables["Split"] |= _overlap_facts(source, groups)
    except DataError as error:
        advice.append(f"it cannot be trained on as it is: {error}")
        named = {}
    suspicious = _suspicious(source, lengths, groups)
    advice += _advice(config, source, named)
    command = train_command(config, reviews, bool(any(source.splits)))
    return Description(
        config.data,
        tables,
        suspicious,
        advice,
        command,
        _label_counts(reviews),
        lengths,
        source.bad,
    )


def _lengths(texts: Sequence[str]) -> np.ndarray:
    return np.array([len(single_tokens(text)) for text in texts], np.int64)


def _label_counts(reviews: Reviews) -> dict[str, int]:
    counts = np.bincount(reviews.labels, minlength=len(reviews.classes)).tolist()
    return dict(zip(reviews.classes.names, counts, strict=True))


def _row_facts(reviews: Reviews, source: Source) -> dict[str, str]:
    """Counts of the rows and labels, and the scripts of the texts."""
    step = max(1, len(reviews) // SCRIPT_SAMPLE)
    found = scripts(reviews.texts[::step]).most_common(5)
    total = sum(count for _, count in found)
    rows = len(reviews) + source.empty + source.left_out + len(source.bad)
    facts = {
        "rows": f"{rows:,}",
        "rows that cannot be read": f"{len(source.bad):,}",
        "rows without a text": f"{source.empty:,}",
        "rows whose label is left out": f"{source.left_out:,}",
        "reviews": f"{len(reviews):,}",
    }
    facts |= {
        f"labelled {name}": f"{count:,} ({count / len(reviews):.1%})"
        for name, count in _label_counts(reviews).items()
    }
    if reviews.classes.meaning:
        facts["meaning of the labels"] = reviews.classes.meaning
    if known := reviews.ratings[~np.isnan(reviews.ratings)].tolist():
        facts["ratings"] = describe_counts(Counter(f"{stars:g}" for stars in known), 12)
    if reviews.groups:
        facts["groups"] = describe_counts(Counter(filter(None, reviews.groups)), 8)
    facts["scripts"] = ", ".join(f"{name} {count / total:.0%}" for name, count in found) or "none"
    return facts


def _copy_facts(keys: np.ndarray, groups: np.ndarray, labels: np.ndarray) -> dict[str, str]:
    """Counts of texts that occur more than once, and of those with several labels."""
    exact = len(keys) - len(np.unique(keys))
    near = len(keys) - len(np.unique(groups)) - exact
    torn = _torn(groups, labels)
    return {
        "copies of an earlier text": f"{exact:,} ({exact / len(keys):.1%})",
        "near copies of an earlier text": f"{near:,}",
        "copies with different labels": f"{torn.sum():,}",
    }


def _torn(groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return which texts have copies with another label, bool (n,)."""
    both = np.unique(np.stack([groups, labels], axis=1), axis=0)[:, 0]
    return np.isin(groups, np.flatnonzero(np.bincount(both) > 1))


def length_facts(lengths: np.ndarray, maximum_length: int) -> dict[str, str]:
    """Return printable statistics of the tokens of each text, int (n,).

    >>> length_facts(np.array([3, 5, 2_000]), 1_024)["median"]
    '5 tokens'
    """
    median, ninetieth, longest = np.percentile(lengths, [50, 90, 100]).astype(int)
    return {
        "median": f"{median:,} tokens",
        "90th percentile": f"{ninetieth:,} tokens",
        "longest": f"{longest:,} tokens",
        f"longer than {maximum_length:,} tokens": f"{np.mean(lengths > maximum_length):.1%}",
        "without a token": f"{np.sum(lengths == 0):,}",
    }


def _split_facts(parts: dict[str, Reviews]) -> dict[str, str]:
    """Reviews and labels of each split."""
    return {
        name: f"{len(part):,} reviews: {listed_counts(_label_counts(part))}"
        if len(part)
        else "none"
        for name, part in parts.items()
    }


def _time_facts(source: Source, config: Config, part: np.ndarray) -> dict[str, str]:
    """The first and the last time of each split, of a cut by time."""
    if not config.time:
        return {}
    order = np.argsort(moments(source.times, source.reviews.names), kind="stable")
    facts = {"made by": f"{config.time}: the latest reviews are held out"}
    for name in SPLITS:
        if len(own := order[part[order] == name]):
            facts[f"{name}, from and to"] = f"{source.times[own[0]]}, {source.times[own[-1]]}"
    return facts


def _overlap_facts(source: Source, groups: np.ndarray) -> dict[str, str]:
    """Held-out reviews of given splits that are copies or near copies of train reviews."""
    if not any(source.splits):
        return {"made by": "a cut at random, with copies on one side"}
    splits = np.array(source.splits)
    learned = groups[splits == "train"]
    return {
        f"{name} reviews that are also in train": (
            f"{np.isin(groups[splits == name], learned).sum():,} of {np.sum(splits == name):,}"
        )
        for name in SPLITS[1:]
        if (splits == name).any()
    }


def _suspicious(source: Source, lengths: np.ndarray, groups: np.ndarray) -> dict[str, list[str]]:
    """Rows to look at, by reason."""
    names = source.reviews.names
    ends = np.array([text.count("\n") for text in source.reviews.texts])
    torn = _torn(groups, source.reviews.labels)
    found = {
        "rows that cannot be read": [f"{bad.path}:{bad.line}: {bad.reason}" for bad in source.bad],
        "no token": [names[i] for i in np.flatnonzero(lengths == 0)],
        f"more than {LONG:,} tokens": [names[i] for i in np.flatnonzero(lengths > LONG)],
        "more than 50 lines: several rows read as one?": [
            names[i] for i in np.flatnonzero(ends > 50)
        ],
        "the same text has several labels": [names[i] for i in np.flatnonzero(torn)],
    }
    return {reason: rows for reason, rows in found.items() if rows}


def _advice(config: Config, source: Source, parts: dict[str, Reviews]) -> list[str]:
    """Sentences on what may spoil a result."""
    reviews = source.reviews
    found = []
    if is_unbalanced(reviews):
        counts = _label_counts(reviews).values()
        found.append(
            f"the labels are unbalanced, with {min(counts):,} to {max(counts):,} reviews: always "
            f"giving the commonest one is right in {max(counts) / len(reviews):.1%}"
        )
    if rare := [f"{name} ({n})" for name, n in _label_counts(reviews).items() if n < FEWEST]:
        found.append(f"too few reviews to learn from, or to measure: {', '.join(rare[:5])}")
    numbers = [as_number(name) for name in reviews.classes.names]
    if len(numbers) > 2 and None not in numbers:
        found.append(
            "if these are stars, --labels stars makes two classes of them, without the middle"
        )
    if len(reviews) < 1_000 and not any(source.splits):
        found.append(
            "with so few reviews one test split says little: --folds 5 tests on all of them in turn"
        )
    if parts and not len(parts["test"]):
        found.append("there are no test reviews: evaluate the run on another file")
    if config.data.startswith(("-", "/dev/")):
        found.append("this is a stream: save it to a file to train on it")
    if source.empty > len(reviews) / 20:
        found.append(f"{source.empty:,} rows have no text: is the text column right?")
    return found


def train_command(config: Config, reviews: Reviews, has_splits: bool) -> str:
    """Return the command that trains on these reviews, with the options that were given."""
    options = {
        field.name: getattr(config, field.name)
        for field in fields(Config)
        if getattr(config, field.name) != field.default
        and field.metadata["group"] in ("reviews", "file", "split")
        and not (field.name == "data" and config.train_file)
    }
    if len(reviews) < FEW:
        options["preset"] = "small"
    if is_unbalanced(reviews):
        options |= {"class_weights": True}
        options |= {"threshold": "f1"} if len(reviews.classes) == 2 else {}
    words = [_written(name, value) for name, value in options.items()]
    return " ".join(["imdb-lstm train", *words])


def _written(name: str, value: Any) -> str:
    """Return an option as it is written in a shell."""
    option = f"--{name.replace('_', '-')}"
    return option if value is True else f"{option} {shlex.quote(str(value))}"
