"""``imdb-lstm quantize``: what it reports, and that its result is a run like any other."""

import re
from pathlib import Path

import pytest

from imdb_lstm.cli import main


@pytest.mark.slow
def test_it_says_what_was_saved_and_what_was_lost(home, capsys):
    assert main(["quantize", "tiny", "--output", "small", "--max-vocabulary", "30"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    sizes = re.match(r"saved small: ([\d.]+) MB → ([\d.]+) MB; on 12 validation reviews ", printed)
    assert float(sizes[2]) <= float(sizes[1])
    words = r"no logit changed by more than [\d.e-]+, accuracy 0\.\d{4} → 0\.\d{4}\n$"
    assert re.search(words, printed)
    assert main(["predict", "A joy.", "--run", "small"]) == 0
    assert main(["predict", "A joy.", "--run", "small", "--run", "tiny"]) == 0
    assert main(["evaluate", "small", "tiny", "--ensemble"]) == 0
    assert (Path("small") / "evaluation").is_dir()
