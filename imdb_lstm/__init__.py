"""imdb_lstm: sentiment classification of film reviews with LSTM networks in Keras.

>>> import imdb_lstm
>>> run = imdb_lstm.train("sample", "first")  # doctest: +SKIP
>>> imdb_lstm.evaluate(run).metrics["accuracy"]  # doctest: +SKIP
0.7888888888888889
>>> imdb_lstm.predict(["A joy from start to finish."], run)  # doctest: +SKIP
array([0.97], dtype=float32)

The five functions are defined in ``api``. Keras and its backend are imported by ``train``
only.
"""

from imdb_lstm.api import evaluate, explain, load, predict, train

__version__ = "0.2.0"
__all__ = ["evaluate", "explain", "load", "predict", "train"]
