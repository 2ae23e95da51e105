"""A server in its own process, for tests of the service by real requests."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass
class Server:
    """The process of a server, where it listens, and the file of its log."""

    process: subprocess.Popen
    url: str
    log: Path

    def logged(self, event):
        """The lines of the log that tell of an event; each line must be JSON."""
        whole = self.log.read_text("utf-8").rpartition("\n")[0]  # the last line may be half written
        lines = [json.loads(line) for line in whole.splitlines()]
        return [line for line in lines if line["event"] == event]


@contextmanager
def serving(log, *words, **environment):
    """Start ``imdb-lstm serve`` with these arguments at a free port."""
    command = [sys.executable, "-m", "imdb_lstm", "serve", *map(str, words), "--port", "0"]
    own = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stream, text=True, env=own, cwd=ROOT
        )
    try:
        line = process.stdout.readline()
        assert line, log.read_text("utf-8")
        yield Server(process, re.search(r"http://\S+:\d+", line)[0], log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()
