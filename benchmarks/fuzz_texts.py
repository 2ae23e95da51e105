"""Hostile texts for prediction: no error, no NaN, no hang, and an answer that no neighbour changes.

    python -m benchmarks.fuzz_texts shipped 100000
    python -m benchmarks.fuzz_texts shipped 1000 --seed 7

Texts are drawn from words, markup, marks of any script, half surrogate pairs, control characters
and any code point, repeated up to thousands of times. They are predicted in batches of 500, and
again in another order in batches of another size; every probability must be within 0 and 1 and
differ by at most 1e-6. A few texts of a megabyte, for patterns that backtrack, are timed alone.
"""

from __future__ import annotations

import argparse
import random
import time

import numpy as np

import imdb_lstm
from benchmarks.record import record
from imdb_lstm.text.antonyms import bundled
from imdb_lstm.text.counterfactual import counterfactual

SECONDS = 10  # for a text of a megabyte; a batch of short ones takes less
CLOSE = 1e-6
PIECES = (
    "good", "awful", "not", "n't", "8/10", "<br />", "<", ">", "&amp;", "&#0;", "'", "’", '"', "``",
    "...", "!!!", "-", "--", "_", "*", "http://a.b/c?d=e", "@me", "#1", "🙂", "👩\u200d👧", "é",
    "e\u0301", "影評", "映画", "영화", "فيلم", "סרט", "ภาพ", "फिल्म", "İ", "ß", "ﬁ", "\u200f",
    "\u202e", "\ufeff", "\x00", "\x1b[31m", "\x7f", "\u2028", "\ud800", "\udfff", "\U0010ffff",
    "\n", "\r", "\t", " ", "\u3000", "a" * 50, "1" * 40, "１２", "Ⅷ", "½", "\u0300" * 20,
)  # fmt: skip
LONG = (
    "a", "(", "<", "<br", "'", "a'", "- ", "\u0301", "影", "é ", "not ", "&", "8/", "\ud800",
    "\x00", "🙂\u200d",
)  # fmt: skip


def text(draw: random.Random) -> str:
    """Draw one text of up to a few thousand characters."""
    parts = [
        draw.choice(PIECES) if draw.random() < 0.8 else chr(draw.randrange(0x110000))
        for _ in range(draw.randrange(30))
    ]
    if parts and draw.random() < 0.02:
        parts.append(draw.choice(parts) * draw.randrange(1_000))
    return draw.choice(("", " ")).join(parts)


def probabilities(model: imdb_lstm.Classifier, texts: list[str], size: int) -> np.ndarray:
    """Predict texts in batches; a batch that takes too long is an error."""
    found = []
    for first in range(0, len(texts), size):
        began = time.perf_counter()
        found.append(model.predict(texts[first : first + size]))
        assert time.perf_counter() - began < SECONDS, f"texts {first} to {first + size}"
    return np.concatenate(found)


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run")
    parser.add_argument("cases", type=int)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    draw, model, lexicon = random.Random(asked.seed), imdb_lstm.load(asked.run), bundled()
    texts = [text(draw) for _ in range(asked.cases)]
    order = np.array(draw.sample(range(len(texts)), len(texts)))
    one = probabilities(model, texts, 500)
    other = probabilities(model, [texts[place] for place in order], 173)
    assert np.isfinite(one).all() and ((one >= 0) & (one <= 1)).all()
    difference = float(np.abs(one[order] - other).max())
    assert difference <= CLOSE, difference
    slowest = 0.0
    for piece in LONG:
        began = time.perf_counter()
        long = piece * (1_000_000 // len(piece))
        assert np.isfinite(model.predict([long])).all()
        counterfactual(long, 1, lexicon)
        slowest = max(slowest, time.perf_counter() - began)
    record(
        "reliability", f"{asked.cases:,} hostile texts predicted", run=asked.run, seed=asked.seed,
        largest_difference_by_batch=difference, seconds_of_the_slowest_megabyte=round(slowest, 2),
    )  # fmt: skip


if __name__ == "__main__":
    main()
