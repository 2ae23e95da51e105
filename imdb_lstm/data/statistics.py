"""What is in the train and validation reviews, in a few rows to look at before training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.load import load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.text.tokenizer import tokenise


def describe_reviews(config: Config) -> list[dict[str, str]]:
    """Printable facts of train, and of validation. Test stays unread."""
    return [_facts(part, config) for part in load_train_and_validation(config)]


def _facts(reviews: Reviews, config: Config) -> dict[str, str]:
    lengths = np.array([len(tokenise(text)) for text in reviews.texts])
    median, ninetieth, longest = np.percentile(lengths, [50, 90, 100]).astype(int)
    too_long = np.mean(lengths > config.maximum_length)
    stars, counts = np.unique(reviews.ratings[reviews.ratings > 0], return_counts=True)
    return {
        "reviews": f"{len(reviews):,}",
        "positive": f"{reviews.labels.mean():.1%}",
        "tokens, median": f"{median:,}",
        "tokens, 90th percentile": f"{ninetieth:,}",
        "tokens, longest": f"{longest:,}",
        f"longer than {config.maximum_length} tokens": f"{too_long:.1%}",
        "exact duplicates": f"{len(reviews) - len(set(reviews.texts)):,}",
        "stars": ", ".join(f"{s}: {c:,}" for s, c in zip(stars, counts, strict=True)) or "unknown",
    }


class VocabularyGrowth(NamedTuple):
    """How many distinct words there are, int (n,), among so many tokens, int (n,)."""

    tokens: np.ndarray
    words: np.ndarray


def vocabulary_growth(texts: Sequence[str]) -> VocabularyGrowth:
    """Count tokens and distinct words after each of n texts, in their order.

    >>> [counts.tolist() for counts in vocabulary_growth(["A good film", "A bad film!"])]
    [[3, 7], [3, 5]]
    """
    seen: set[str] = set()
    tokens, words = [], []
    for text in texts:
        found = tokenise(text)
        seen.update(found)
        tokens.append(len(found))
        words.append(len(seen))
    return VocabularyGrowth(np.cumsum(tokens, dtype=np.int64), np.array(words, dtype=np.int64))


class DiscriminativeWord(NamedTuple):
    """A word, how surely it is the positive reviews' own, and how many reviews of each label
    hold it; ``score`` is in standard deviations, below zero for the negative reviews' own."""

    word: str
    score: float
    negative: int
    positive: int


def discriminative_words(
    texts: Sequence[str], labels: np.ndarray, prior: float = 1.0
) -> list[DiscriminativeWord]:
    """Return every word of the texts, the positive reviews' own first, the negative ones' last.

    ``labels``: (n,) of 0 and 1. A word counts once a review. Its score is the difference of its log
    odds, among all words of either label, by the difference's standard deviation, so that a word
    that stood in one review alone does not come first. ``prior``: added to every count.

    Source: B. L. Monroe, M. P. Colaresi and K. M. Quinn (2008), Fightin' words, section 3.4.1,
    equations 15, 20 and 22, with the same prior for every word.

    >>> texts = ["good film", "good plot", "bad film", "bad plot"]
    >>> found = discriminative_words(texts, np.array([1, 1, 0, 0]))
    >>> [(word.word, round(word.score, 2)) for word in found]
    [('good', 1.24), ('film', 0.0), ('plot', 0.0), ('bad', -1.24)]
    """
    holding: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for text, label in zip(texts, labels.tolist(), strict=True):
        holding[label].update(set(tokenise(text)))
    words = sorted(holding[0].keys() | holding[1].keys())
    counts = np.array([[held[word] for word in words] for held in holding])
    smooth = counts + prior
    odds = np.log(smooth) - np.log(np.maximum(smooth.sum(axis=1, keepdims=True) - smooth, prior))
    scores = (odds[1] - odds[0]) / np.sqrt((1 / smooth).sum(axis=0))
    order = np.argsort(-scores, kind="stable")
    return [
        DiscriminativeWord(words[i], float(scores[i]), int(counts[0, i]), int(counts[1, i]))
        for i in order
    ]


def kept_share(lengths: np.ndarray, maximum_length: int) -> float:
    """Share of all tokens that are read, where no more than so many of a review are.

    >>> kept_share(np.array([100, 300]), maximum_length=200)
    0.75
    """
    return float(np.minimum(lengths, maximum_length).sum() / lengths.sum())


def random_padding_share(lengths: np.ndarray, batch_size: int, seed: int = 0) -> float:
    """Share of the ids that are padding in batches of reviews in a random, seeded order.

    That of batches of like lengths is told by ``batches.Batches.padding_share``.

    >>> random_padding_share(np.array([10, 10, 10]), batch_size=2)
    0.0
    """
    mixed = np.random.default_rng(seed).permutation(lengths)
    batches = [mixed[start : start + batch_size] for start in range(0, len(mixed), batch_size)]
    filled = sum(int(batch.max()) * len(batch) for batch in batches)
    return float(1 - lengths.sum() / filled)
