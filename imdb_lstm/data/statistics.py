"""Statistics of reviews: summaries of a data set, lengths, padding, and discriminative words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.load import load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.text.tokenizer import single_tokens


class VocabularyGrowth(NamedTuple):
    """Cumulative numbers of tokens, int (n,), and of different words among them, int (n,)."""

    tokens: np.ndarray
    words: np.ndarray


class DiscriminativeWord(NamedTuple):
    """A word, its score, and the number of reviews of each label that contain it.

    ``score``: z-score of the log-odds ratio, above 0 for words of positive reviews and below 0 for
    words of negative ones.
    """

    word: str
    score: float
    negative: int
    positive: int


def describe_reviews(config: Config) -> list[dict[str, str]]:
    """Return printable statistics of the train and of the validation reviews, in this order.

    Test reviews are not included.
    """
    return [_summary(part, config.maximum_length) for part in load_train_and_validation(config)]


def _summary(reviews: Reviews, maximum_length: int) -> dict[str, str]:
    lengths = np.array([len(single_tokens(text)) for text in reviews.texts])
    median, ninetieth, longest = np.percentile(lengths, [50, 90, 100]).astype(int)
    too_long = np.mean(lengths > maximum_length)
    stars, counts = np.unique(reviews.ratings[reviews.ratings > 0], return_counts=True)
    return {
        "reviews": f"{len(reviews):,}",
        "positive": f"{reviews.labels.mean():.1%}",
        "tokens, median": f"{median:,}",
        "tokens, 90th percentile": f"{ninetieth:,}",
        "tokens, longest": f"{longest:,}",
        f"longer than {maximum_length} tokens": f"{too_long:.1%}",
        "exact duplicates": f"{len(reviews) - len(set(reviews.texts)):,}",
        "stars": ", ".join(f"{s}: {c:,}" for s, c in zip(stars, counts, strict=True)) or "unknown",
    }


def kept_share(lengths: np.ndarray, maximum_length: int) -> float:
    """Return the share of all tokens that are kept when reviews are truncated.

    ``lengths``: tokens of each review, int (n,), of which at most ``maximum_length`` are kept.

    >>> kept_share(np.array([100, 300]), maximum_length=200)
    0.75
    """
    return float(np.minimum(lengths, maximum_length).sum() / lengths.sum())


def random_padding_share(lengths: np.ndarray, batch_size: int, seed: int = 0) -> float:
    """Return the share of ids that are padding when reviews are batched in a random order.

    ``batches.Batches.padding_share`` returns that of batches grouped by length.

    >>> random_padding_share(np.array([10, 10, 10]), batch_size=2)
    0.0
    """
    mixed = np.random.default_rng(seed).permutation(lengths)
    batches = [mixed[start : start + batch_size] for start in range(0, len(mixed), batch_size)]
    filled = sum(int(batch.max()) * len(batch) for batch in batches)
    return float(1 - lengths.sum() / filled)


def vocabulary_growth(texts: Sequence[str]) -> VocabularyGrowth:
    """Count tokens and different words after each of n texts, in their order.

    >>> [counts.tolist() for counts in vocabulary_growth(["A good film", "A bad film!"])]
    [[3, 7], [3, 5]]
    """
    seen: set[str] = set()
    tokens, words = [], []
    for text in texts:
        found = single_tokens(text)
        seen.update(found)
        tokens.append(len(found))
        words.append(len(seen))
    return VocabularyGrowth(np.cumsum(tokens, dtype=np.int64), np.array(words, dtype=np.int64))


def discriminative_words(
    texts: Sequence[str], labels: np.ndarray, prior: float = 1.0
) -> list[DiscriminativeWord]:
    """Return all words of the texts, from the most positive to the most negative.

    ``labels``: (n,) of 0 and 1. A word counts once per review. Its score is the difference of its
    log-odds between the labels, divided by the standard deviation of the difference, so rare words
    have low scores. ``prior``: pseudo-count added to every count.

    Source: B. L. Monroe, M. P. Colaresi and K. M. Quinn (2008), Fightin' words, section 3.4.1,
    equations 15, 20 and 22, with the same prior for every word.

    >>> texts = ["good film", "good plot", "bad film", "bad plot"]
    >>> found = discriminative_words(texts, np.array([1, 1, 0, 0]))
    >>> [(word.word, round(word.score, 2)) for word in found]
    [('good', 1.24), ('film', 0.0), ('plot', 0.0), ('bad', -1.24)]
    """
    reviews_with: tuple[Counter[str], Counter[str]] = Counter(), Counter()
    for text, label in zip(texts, labels.tolist(), strict=True):
        reviews_with[label].update(set(single_tokens(text)))
    words = sorted(reviews_with[0].keys() | reviews_with[1].keys())
    counts = np.array([[of_label[word] for word in words] for of_label in reviews_with])
    smooth = counts + prior
    odds = np.log(smooth) - np.log(np.maximum(smooth.sum(axis=1, keepdims=True) - smooth, prior))
    scores = (odds[1] - odds[0]) / np.sqrt((1 / smooth).sum(axis=0))
    order = np.argsort(-scores, kind="stable")
    return [
        DiscriminativeWord(words[i], float(scores[i]), int(counts[0, i]), int(counts[1, i]))
        for i in order
    ]
