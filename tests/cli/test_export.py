"""``imdb-lstm export``: what it says of what it wrote."""

import re
import subprocess
import sys

import pytest

from imdb_lstm.cli import main


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
