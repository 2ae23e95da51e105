"""``imdb-lstm export``: what it says of what it wrote."""

import re
import subprocess
import sys

import pytest

from imdb_lstm.cli import demo, main


@pytest.mark.slow
def test_it_says_what_was_saved_and_how_to_try_it(home, capsys):
    assert main(["export", "tiny", "--format", "numpy", "--output", "small"]) == 0
    saved, how = capsys.readouterr().out.splitlines()
    pattern = r"saved small, 0\.\d\d MB: on \d+ texts no logit differs by more than [\d.e-]+ in .*"
    assert re.fullmatch(pattern, saved)
    assert how == 'try it: python small/predict.py "A joy from start to finish."'
    words = [sys.executable, "small/predict.py", "A joy."]
    printed = subprocess.check_output(words, text=True, cwd=home)
    assert re.fullmatch(r"[01]\.\d{4}\t(positive|negative)\tA joy\.\n", printed)


def test_a_page_is_written_and_a_demo_opens_it(home, capsys, monkeypatch):
    opened = []
    monkeypatch.setattr(demo.webbrowser, "open", lambda address: opened.append(address))
    assert main(["export", "tiny", "--format", "html", "--output", "page.html"]) == 0
    [saved] = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"saved page\.html, 0\.\d\d MB: on \d+ texts its weights .* than [\d.e-]+", saved
    )
    assert main(["demo", "tiny"]) == 0
    saved, missing = capsys.readouterr().out.splitlines()
    path = home / "saved_models" / "tiny" / "page.html"
    assert saved.startswith("saved saved_models/tiny/page.html, ") and path.is_file()
    assert opened == [path.as_uri()] and missing.startswith("no browser has been found")


def test_an_unknown_format_is_refused_with_the_known_ones(home, capsys):
    assert main(["export", "tiny", "--format", "pickle"]) == 2
    assert (
        "--format must be one of keras, onnx, saved_model, numpy, html" in capsys.readouterr().err
    )
