"""``python -m imdb_lstm``."""

from imdb_lstm.cli import entry_point

entry_point()
