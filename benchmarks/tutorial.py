"""The networks of two well-known tutorials, trained on the same reviews and machine.

    python -m benchmarks.tutorial 0
    python -m benchmarks.tutorial 0 tensorflow
    python -m benchmarks.tutorial 0 tensorflow --reviews 200

keras (keras.io/examples/nlp/bidirectional_lstm_imdb): 20,000 words, the last 200 tokens, padded on
the left without a mask, two BiLSTM(64) layers, Adam, batches of 32, two epochs.

tensorflow (tensorflow.org/text/tutorials/text_classification_rnn): 1,000 words, whole reviews, an
embedding of 64 with a mask, one BiLSTM(64), a hidden layer of 64, Adam with a learning rate of
1e-4, shuffled batches of 64, ten epochs.

Both tutorials use the test split for validation; here it is scored once, at the end.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import keras
import numpy as np

from benchmarks.record import record, test_scores
from imdb_lstm.data.imdb import load_imdb
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.device import set_up_device
from imdb_lstm.text.vocabulary import Vocabulary

WORDS, TOKENS = 20_000, 200

Predict = Callable[[list[str]], np.ndarray]


def last_tokens(texts: list[str], vocabulary: Vocabulary) -> np.ndarray:
    """Ids of the last tokens, int32 (n, TOKENS), padded with zeros on the left."""
    ids = np.zeros((len(texts), TOKENS), np.int32)
    for row, text in zip(ids, texts, strict=True):
        kept = vocabulary.encode(text)[-TOKENS:]
        row[TOKENS - len(kept) :] = kept
    return ids


def keras_example(train: Reviews) -> tuple[keras.Model, Predict]:
    """Fit the network; return it and a function from texts to logits."""
    vocabulary = Vocabulary.from_texts(train.texts, WORDS, minimum_count=1)
    inputs = keras.Input((None,), dtype="int32")
    values = keras.layers.Embedding(WORDS, 128)(inputs)
    values = keras.layers.Bidirectional(keras.layers.LSTM(64, return_sequences=True))(values)
    values = keras.layers.Bidirectional(keras.layers.LSTM(64))(values)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(values))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(last_tokens(train.texts, vocabulary), train.labels, 32, epochs=2, verbose=2)

    def predict(texts: list[str]) -> np.ndarray:
        chances = model.predict(last_tokens(texts, vocabulary), 256, verbose=0)[:, 0]
        chances = np.clip(chances.astype(float), 1e-7, 1 - 1e-7)
        return np.log(chances / (1 - chances))

    return model, predict


def tensorflow_tutorial(train: Reviews) -> tuple[keras.Model, Predict]:
    """Fit the network; return it and a function from texts to logits."""
    import tensorflow as tf

    encoder = keras.layers.TextVectorization(max_tokens=1_000)
    encoder.adapt(tf.data.Dataset.from_tensor_slices(train.texts).batch(64))
    model = keras.Sequential([
        encoder,
        keras.layers.Embedding(len(encoder.get_vocabulary()), 64, mask_zero=True),
        keras.layers.Bidirectional(keras.layers.LSTM(64)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(1),
    ])  # fmt: skip
    model.compile(
        keras.optimizers.Adam(1e-4),
        keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    pairs = tf.data.Dataset.from_tensor_slices((train.texts, train.labels))
    pairs = pairs.shuffle(10_000).batch(64).prefetch(tf.data.AUTOTUNE)
    model.fit(pairs, epochs=10, shuffle=False, verbose=2)

    def predict(texts: list[str]) -> np.ndarray:
        unseen = tf.data.Dataset.from_tensor_slices(texts).batch(64)
        return model.predict(unseen, verbose=0)[:, 0]

    return model, predict


EXAMPLES = {
    "keras": ("keras-io example", keras_example),
    "tensorflow": ("TensorFlow RNN tutorial", tensorflow_tutorial),
}


def main() -> None:
    """Measure and record one row."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("example", choices=EXAMPLES, nargs="?", default="keras")
    parser.add_argument("--reviews", type=int, help="train and score on this many reviews only")
    asked = parser.parse_args()
    name, fit = EXAMPLES[asked.example]
    name += f", {asked.reviews} reviews" if asked.reviews else ""
    set_up_device("auto", asked.seed)
    train, test = (part.take(np.arange(len(part))[: asked.reviews])
                   for part in (load_imdb("train"), load_imdb("test")))  # fmt: skip
    began = time.perf_counter()
    model, predict = fit(train)
    seconds = time.perf_counter() - began
    scores = test_scores(test.labels, predict(test.texts))
    record(
        "baseline", name, seed=asked.seed, seconds=round(seconds, 1),
        parameters=model.count_params(), **scores,
    )  # fmt: skip


if __name__ == "__main__":
    main()
