"""What cannot be written is refused before the work, and nothing is opened or changed."""

import os
import socket

import pytest

from imdb_lstm.errors import OutputError
from imdb_lstm.runs.outputs import (
    check_folder,
    check_not_read,
    check_output,
    check_output_in,
    files_of,
    is_stream,
)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in, with a file to read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("text\nfine\n")
    return tmp_path


def test_a_file_that_is_read_is_never_written_by_whatever_name(place):
    os.link("in.csv", "hard.csv")
    (place / "soft.csv").symlink_to("in.csv")
    (place / "folder").mkdir()
    (place / "up").symlink_to(place)
    for name in ("in.csv", "hard.csv", "soft.csv", "./in.csv", "folder/../in.csv", "up/in.csv"):
        for read in ("in.csv", "*.csv", "up/soft.csv", place / "in.csv"):
            with pytest.raises(OutputError, match="is also read by this command"):
                check_output(place / name, None, read)
    check_output(place / "out.csv", "in.csv", "*.csv", "imdb", None)


def test_a_file_in_a_folder_that_is_read_is_not_overwritten(place):
    (place / "reviews").mkdir()
    (place / "reviews" / "a.csv").touch()
    with pytest.raises(OutputError, match="also read"):
        check_output(place / "reviews" / "a.csv", "reviews")
    check_output(place / "reviews" / "new.csv", "reviews")
    with pytest.raises(OutputError, match="also read"):
        check_output_in(place, ("metrics.json", "in.csv"), "in.csv")
    with pytest.raises(OutputError, match="also read"):
        check_output(place / "in.csv", *files_of([place]))


def test_what_is_no_file_is_refused(place):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        (place / "file").touch()
        for name, part in {
            ".": "is a folder", "socket": "neither a file nor a pipe", "no/a.csv": "no folder",
            "file/a.csv": "no folder",
        }.items():  # fmt: skip
            with pytest.raises(OutputError, match=part):
                check_output(place / name)
    with pytest.raises(OutputError, match="file is not a folder"):
        check_folder(place / "file" / "deep" / "down")
    check_folder(place / "new" / "deep" / "down")
    assert not (place / "new").exists()


def test_what_may_not_be_written_is_refused(place, monkeypatch):
    """Root may write anything, so the system's answer is a pretended one."""
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("in.csv"))
    with pytest.raises(OutputError, match="it is read-only"):
        check_output(place / "in.csv")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(OutputError, match="is read-only"):
        check_output(place / "new.csv")
    with pytest.raises(OutputError, match="is read-only"):
        check_folder(place / "new")


def test_a_pipe_is_not_opened(place):
    os.mkfifo("pipe")
    check_output(place / "pipe", "in.csv")  # with a reader missing, opening would not return
    assert is_stream(place / "pipe") and not is_stream(place / "in.csv")
    with pytest.raises(OutputError, match="also read"):
        check_output(place / "pipe", "pipe")


def test_devices_may_be_read_and_written(place):
    null = place / "null"
    null.symlink_to(os.devnull)
    check_output(null, os.devnull)
    check_not_read(null, os.devnull)
    assert is_stream(null)
