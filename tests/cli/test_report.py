"""``imdb-lstm report``: what is asked for is written where it is asked for."""

import shutil

from test_report import told

from imdb_lstm.cli import main


def test_the_page_is_written_into_the_run_or_where_it_is_asked_for(home, tiny_linear, capsys):
    shutil.copytree(tiny_linear, home / "saved_models" / "linear")
    words = "report linear --split validation --other-run tiny --device cpu"
    assert main(words.split()) == 0
    path = "saved_models/linear/evaluation/tiny-validation/report.html"
    assert capsys.readouterr().out.startswith(f"written to {path} (0.")
    assert "--other-run saved_models/tiny" in told((home / path).read_text())
    words = "report linear --output a.html --device cpu --rating-column stars"
    assert main(words.split()) == 0
    page = told((home / "a.html").read_text())
    assert "the test split of tiny.csv" in page
    assert "--rating-column stars" in page and "By star rating" not in page
