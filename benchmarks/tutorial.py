"""The network of the well-known Keras example, on the same reviews and the same machine.

    python -m benchmarks.tutorial

20,000 words, the last 200 tokens, padded on the left without a mask, two BiLSTM(64) layers, Adam,
batches of 32, two epochs (keras.io/examples/nlp/bidirectional_lstm_imdb). The example validates on
the test split; here it is scored there once, at the end.
"""

from __future__ import annotations

import sys
import time

import keras
import numpy as np

from benchmarks.record import record, test_scores
from imdb_lstm import runtime
from imdb_lstm.data import imdb
from imdb_lstm.text import Vocabulary

WORDS, TOKENS = 20_000, 200


def last_tokens(texts: list[str], vocabulary: Vocabulary) -> np.ndarray:
    """Ids of the last tokens, int32 (n, TOKENS), zeros on the left."""
    ids = np.zeros((len(texts), TOKENS), np.int32)
    for row, text in zip(ids, texts, strict=True):
        kept = vocabulary.encode(text)[-TOKENS:]
        row[TOKENS - len(kept) :] = kept
    return ids


def build() -> keras.Model:
    """The example's network."""
    inputs = keras.Input((None,), dtype="int32")
    values = keras.layers.Embedding(WORDS, 128)(inputs)
    values = keras.layers.Bidirectional(keras.layers.LSTM(64, return_sequences=True))(values)
    values = keras.layers.Bidirectional(keras.layers.LSTM(64))(values)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(values))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def main(seed: int) -> None:
    """Measure one row."""
    runtime.set_up("auto", seed)
    train, test = imdb.load("train"), imdb.load("test")
    began = time.perf_counter()
    vocabulary = Vocabulary.from_texts(train.texts, WORDS, minimum_count=1)
    model = build()
    model.fit(last_tokens(train.texts, vocabulary), train.labels, 32, epochs=2, verbose=2)
    seconds = time.perf_counter() - began
    chances = model.predict(last_tokens(test.texts, vocabulary), 256, verbose=0)[:, 0]
    chances = np.clip(chances.astype(float), 1e-7, 1 - 1e-7)
    scores = test_scores(test.labels, np.log(chances / (1 - chances)))
    record(
        "baseline", "keras-io example", seed=seed, seconds=round(seconds, 1),
        parameters=model.count_params(), **scores,
    )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
