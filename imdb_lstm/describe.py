"""What is in the train and validation reviews, in a few rows to look at before training."""

from __future__ import annotations

import numpy as np

from imdb_lstm.config import Config
from imdb_lstm.data import load_train_and_validation
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.text import tokenise


def describe(config: Config) -> list[dict[str, str]]:
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
