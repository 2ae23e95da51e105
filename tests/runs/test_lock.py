"""Locks: of one process at a time, and gone with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from imdb_lstm.errors import OutputError, RunError
from imdb_lstm.runs.lock import LOCK_FILE, check_unlocked, locked

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from imdb_lstm.runs.lock import locked
with locked(Path(sys.argv[1]), "films", "trained"):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_a_lock_names_its_process_and_ends_with_the_block(tmp_path):
    check_unlocked(tmp_path / "none", "films", "trained")
    with locked(tmp_path, "films", "trained"):
        held = rf"films is being trained by process {os.getpid()}: wait for it, or .* --name"
        with pytest.raises(RunError, match=held):
            check_unlocked(tmp_path, "films", "trained")
        with pytest.raises(RunError, match=held), locked(tmp_path, "films", "trained"):
            pytest.fail("locked twice")
    check_unlocked(tmp_path, "films", "trained")
    (tmp_path / LOCK_FILE).write_text("1")  # of a process that was killed, perhaps elsewhere
    check_unlocked(tmp_path, "films", "trained")
    with locked(tmp_path, "films", "trained"):
        assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())


def test_a_folder_that_cannot_be_locked_is_one_kind_of_error(tmp_path):
    with (
        pytest.raises(OutputError, match="cannot be written"),
        locked(tmp_path / "none", "films", "trained"),
    ):
        pytest.fail("there is no such folder")


@pytest.mark.slow
def test_a_lock_vanishes_with_a_process_that_is_killed(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], env=environment, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"locked\n"
        with pytest.raises(RunError, match=f"by process {process.pid}"):
            check_unlocked(tmp_path, "films", "trained")
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    check_unlocked(tmp_path, "films", "trained")
