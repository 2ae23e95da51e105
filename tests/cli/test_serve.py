"""``serve`` before it serves: what it refuses, each with one line."""

import socket
import sys

import pytest

from imdb_lstm.cli import main
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.service import server


def refused(capsys, *words):
    """The exit code of a command and its one line."""
    code = main(["serve", *map(str, words)])
    shown = capsys.readouterr()
    assert not shown.out
    [line] = shown.err.splitlines()
    return code, line


def test_what_cannot_be_served_is_told_in_one_line(home, capsys, monkeypatch):
    assert refused(capsys, "none")[0] == RunError.exit_code
    code, line = refused(capsys, "tiny", "saved_models/tiny")
    assert code == ConfigError.exit_code and "two runs have the name tiny" in line
    (home / "saved_models/tiny/vocabulary.txt").write_text("damaged")
    assert refused(capsys, "tiny")[0] == RunError.exit_code


def test_a_port_that_is_taken_is_told(home, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, line = refused(capsys, "tiny", "--port", taken.getsockname()[1])
    assert code == ConfigError.exit_code and "--port" in line


@pytest.mark.parametrize("token", ["", "with blank", "é", "line\nend"])
def test_a_token_that_no_header_can_hold_is_refused(home, capsys, monkeypatch, token):
    monkeypatch.setenv(server.TOKEN, token)
    code, line = refused(capsys, "tiny")
    assert code == ConfigError.exit_code and server.TOKEN in line
    assert not token.strip() or token not in line


def test_without_the_extra_the_command_to_install_it_is_told(home, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    code, line = refused(capsys, "tiny")
    assert code == ConfigError.exit_code and "pip install 'imdb-lstm[serve]'" in line


def test_the_url_has_the_port_that_was_found():
    with server.bind("127.0.0.1", 0) as listening:
        assert server.url_of(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}"
