"""``imdb-lstm report``: what is asked for is written where it is asked for."""

import shutil

import pytest
from evaluation.report.test_build import told

from imdb_lstm.cli import main


@pytest.mark.slow
def test_the_page_is_written_into_the_run_or_where_it_is_asked_for(home, tiny_ngrams, capsys):
    shutil.copytree(tiny_ngrams, home / "saved_models" / "words")
    words = "report words --split validation --other-run tiny --device cpu"
    assert main(words.split()) == 0
    path = "saved_models/words/evaluation/tiny-validation/report.html"
    assert capsys.readouterr().out.startswith(f"written to {path} (0.")
    assert "--other-run tiny" in told((home / path).read_text())
    words = "report words --output a.html --device cpu --rating-column stars"
    assert main(words.split()) == 0
    page = told((home / "a.html").read_text())
    assert "the test split of tiny.csv" in page
    assert "--rating-column stars" in page and "By star rating" not in page
