"""How the program ends and what it prints, whatever its streams, its signals and its words are."""

import csv
import errno
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from saved_runs import write_run

from imdb_lstm.cli import main
from imdb_lstm.runs import find
from imdb_lstm.runs.unfinished import unfinished_folder
from imdb_lstm.training import train as training

ROOT = Path(__file__).parents[2]
PROGRAM = f"{sys.executable} -m imdb_lstm"
TRAIN = ["train", "--data", "sample", "--name", "mine"]


def encoded(encoding):
    """A stream of this encoding, and the bytes that are written to it."""
    written = io.BytesIO()
    return io.TextIOWrapper(written, encoding=encoding, write_through=True), written


class Unwritable(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def write(self, text):
        raise self.error


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("encoding", "expected"), [("ascii", b"caf\\xe9 \\u2603"), ("latin-1", b"caf\xe9 \\u2603")]
)
def test_what_an_encoding_does_not_have_is_escaped(encoding, expected, home, monkeypatch):
    for command in ("predict", "explain"):
        stream, written = encoded(encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        assert main([command, "café ☃"]) == 0
        assert expected[:3] in written.getvalue() and b"\\u2603" in written.getvalue()
        assert command == "explain" or expected in written.getvalue()
        assert b"\\u2581" not in written.getvalue()  # no bars rather than escaped ones


def test_bytes_that_are_not_text_are_shown_as_such(home, capsys):
    assert main(["predict", "dull\udcff", "--output", "out.csv"]) == 0
    with (home / "out.csv").open(encoding="utf-8") as stream:
        assert [row["text"] for row in csv.DictReader(stream)] == ["dull\ufffd"]
    assert main(["predict", "--run", "ru\udcff", "dull"]) == 4
    assert main(["train", "--data", "\udcff.csv"]) == 2
    assert "rename the file" in capsys.readouterr().err


def test_words_after_two_dashes_are_texts(home, capsys):
    for word in ("--debug", "--help", "--", "--version"):
        assert main(["predict", "--", word]) == 0
        (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
        assert row["text"] == word


def test_a_full_standard_output_is_one_line(home, monkeypatch, capsys):
    for command in ("predict dull", "--version", "explain dull"):
        monkeypatch.setattr(sys, "stdout", Unwritable(FULL))
        assert main(command.split()) == 5
        line = capsys.readouterr().err.splitlines()[-1]
        assert line == "imdb-lstm: standard output cannot be written: no space left"


def test_a_reader_that_has_had_enough_is_no_error(home, monkeypatch, capsys):
    for command in ("predict --run tiny dull", "--version", "explain --run tiny dull"):
        monkeypatch.setattr(sys, "stdout", Unwritable(BrokenPipeError(errno.EPIPE, "Broken pipe")))
        assert main(command.split()) == 0, command
        assert capsys.readouterr().err == ""


def test_an_error_that_cannot_be_told_keeps_its_exit_code(home, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Unwritable(FULL))
    assert main(["predict", "--run", "nonesuch", "dull"]) == 4


def test_closed_streams_are_one_line(home, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    for command in ("predict", "explain"):
        assert main([command]) == 3
        assert "standard input is closed" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdout", None)
    for command in ("predict", "explain"):
        assert main([command, "dull"]) == 5
        assert "standard output is closed" in capsys.readouterr().err
    assert main(["predict", "dull", "--output", "out.csv"]) == 0
    assert main(["evaluate"]) == 0


def test_a_training_whose_lines_nobody_reads_says_how_to_resume(home, monkeypatch, capsys):
    def stop(config, output, name, *_):
        unfinished_folder(output, name).mkdir(parents=True)
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(training, "train", stop)
    assert main(TRAIN) == 130
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "interrupted; resume with: imdb-lstm train --resume --name mine"


def test_the_run_that_answers_is_named_unless_it_was_asked_for(home, monkeypatch, capsys):
    for command in ("predict dull", "evaluate"):
        assert main(command.split()) == 0
        assert "run: saved_models/tiny\n" in capsys.readouterr().err, command
    for command in ("predict dull --run tiny", "evaluate tiny"):
        assert main(command.split()) == 0
        assert "run: " not in capsys.readouterr().err, command
    monkeypatch.setattr(find, "SHIPPED_FOLDERS", (home / "package",))
    write_run(home / "package", "shipped")
    (home / "saved_models").rename(home / "elsewhere")
    main(["evaluate", "--data", "sample"])
    assert find.default_run_line(find.find_run(None, find.SAVED_MODELS), find.SAVED_MODELS) == (
        "run: shipped (bundled with the package), since saved_models has no finished run"
    )


@pytest.mark.parametrize("words", [["evaluate", "tiny"], ["compare", "tiny", "twin"]])
def test_tables_that_cannot_be_saved_are_shown_all_the_same(words, home, monkeypatch, capsys):
    (home / "saved_models" / "twin").symlink_to(home / "saved_models" / "tiny")
    for name in ("saved_models/tiny/evaluation", "saved_models/comparison"):
        (home / name).touch()  # as in a folder that cannot be written to
    assert main(words) == 5
    printed = capsys.readouterr()
    assert "accuracy" in printed.out and "written to" not in printed.out
    line = printed.err.splitlines()[-1]
    assert "is not saved: give --output" in line


def test_streams_get_all_and_nothing_else(home, capsys):
    for command in ("explain --json", "predict --output"):
        assert main([*command.split(), os.devnull, "dull", "--run", "tiny"]) == 0
        printed = capsys.readouterr()
        assert printed.out == "" and "written" not in printed.err
    assert Path(os.devnull).is_char_device()


def run(command, **options):
    """Run a shell command in which IL is the program; (exit code, output, errors)."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "IL": PROGRAM}
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, **options
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code", "part"),
    [
        ("$IL --help > /dev/full", 5, "standard output cannot be written"),
        ("$IL predict --run nonesuch dull 2> /dev/full", 4, ""),
        ("$IL predict --run nonesuch dull <&- >&- 2>&-", 4, ""),
        ("$IL predict --run tiny <&-", 3, "standard input is closed"),
        ("$IL predict --run tiny dull >&-", 5, "standard output is closed"),
        ("$IL predict --run tiny dull --output out.csv <&- >&- 2>&-", 0, ""),
        ("$IL --help | head -1 > /dev/null; exit ${PIPESTATUS[0]}", 0, ""),
        ("seq 9999 | $IL predict --run tiny | head -1 > /dev/null; exit ${PIPESTATUS[1]}", 0, ""),
    ],
)
def test_a_process_ends_with_its_code_and_one_line_at_most(command, code, part, home):
    found, _, printed = run(command)
    assert found == code
    assert printed.count("\n") == bool(part) and part in printed
    if "out.csv" in command:
        assert (home / "out.csv").read_text().startswith("probability,verdict,text\n")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_without_a_traceback(number, home):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [*PROGRAM.split(), "predict", "--output", "out.csv"], env=environment,
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    unfinished = ".out.csv.part.*"
    deadline = time.monotonic() + 60
    while not list(home.glob(unfinished)) and time.monotonic() < deadline:
        time.sleep(0.1)  # it then waits for reviews
    process.send_signal(number)
    _, printed = process.communicate(timeout=60)
    assert (process.returncode, printed) == (128 + number, "")
    assert not list(home.glob("*.csv")) and not list(home.glob(unfinished))
