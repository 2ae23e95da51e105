"""The README's quickstart, run word for word in an empty folder."""

import re
import shlex
from pathlib import Path

import pytest

from imdb_lstm.cli import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def quickstart():
    """(language, code) of the blocks between the two markers."""
    return BLOCK.findall(README.partition("<!-- quickstart -->")[2].partition("<!-- quick")[0])


def commands(code):
    lines = [line for line in code.splitlines() if "imdb-lstm" in line]
    return [shlex.split(line.partition("imdb-lstm")[2], comments=True) for line in lines]


def test_the_quickstart_works_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (_, shell), (_, python) = quickstart()
    for words in commands(shell):
        assert main(words) == 0, words
    assert "positive" in capsys.readouterr().out
    exec(python, {})
    assert "(2,) float32" in capsys.readouterr().out


@pytest.mark.parametrize("words", [w for _, code in BLOCK.findall(README) for w in commands(code)])
def test_every_option_that_the_readme_names_exists(words, capsys):
    command = words[: 2 if words[0] == "data" else 1]
    main([*command, "--help"])
    known = capsys.readouterr().out
    assert all(word in known for word in words if word.startswith("--"))


def test_the_five_names_work_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    [(_, python)] = BLOCK.findall(
        README.partition("<!-- interface -->")[2].partition("<!-- interface ends")[0]
    )
    exec(python, {})
    printed = capsys.readouterr().out.splitlines()
    for wanted in re.findall(r"print\(.*\)  +# (.*)", python):
        assert any(line.startswith(wanted.removesuffix("...")) for line in printed), wanted
