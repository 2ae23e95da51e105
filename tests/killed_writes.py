"""Ends a training at each of its writes in turn, for ``runs/test_killed_writes.py``.

``python killed_writes.py CONFIG FOLDER kill|full|quota``: for n = 0, 1, 2, ... a forked process
trains a run into a folder of its own. At its n-th write below that folder, which is a file opened
for writing, a folder made, or a name moved or removed, it is gone without a word (``kill``), or
finds the disk full from then on (``full``); or no file may have more than 2 to the n bytes
(``quota``), so that a write fails in its midst. Then the training is continued undisturbed. Prints
one JSON line for each n: what happened, and what the folder then held.
"""

import errno
import json
import os
import resource
import sys
from pathlib import Path

from matplotlib.figure import Figure
from undrawn import savefig_undrawn

from imdb_lstm.config.values import load_config
from imdb_lstm.errors import UserError
from imdb_lstm.runs.run import load_run
from imdb_lstm.training.train import train

KILLED = 9
WRITES = os.O_WRONLY | os.O_RDWR
TEXTS = ["A good film.", "A bad film."]


def stopped_at(count, folder, kind):
    """Stop this process, or its writing, at a write below the folder."""
    writes = -1

    def hook(event, values):
        nonlocal writes
        path = str(values[0]) if values else ""
        opened = event == "open" and values[2] & WRITES
        if not (opened or event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir")):
            return
        if not path.startswith(str(folder)):
            return
        writes += 1
        if writes == count and kind == "kill":
            os._exit(KILLED)
        if writes >= count and kind == "full" and (opened or event == "os.mkdir"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    sys.addaudithook(hook)


def trained(config, folder):
    """Train as the commands do: go on with what there is. Return the message of an error."""
    unfinished = (folder / ".run.unfinished" / "config.toml").exists()
    try:
        train(config, folder, "run", resume=unfinished)
    except UserError as error:
        return str(error)
    return ""


def forked(work):
    """Run a function in a process of its own: (exit code, the text that it returns)."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        text = work()
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    with open(reader, encoding="utf-8") as stream:
        text = stream.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def answers(folder):
    """What the run of a folder answers, or None where no run is found."""
    if not (folder / "run").exists():
        return None
    return load_run(folder / "run").predict_logits(TEXTS).tolist()


def main(config_file, folder, kind):
    config = load_config(Path(config_file))
    Figure.savefig = savefig_undrawn
    first = Path(folder, "first")  # imports what the others then have
    first.mkdir()
    trained(config, first)

    def disturbed(count, own):
        if kind == "quota":
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << count, resource.RLIM_INFINITY))
        else:
            stopped_at(count, own, kind)
        return trained(config, own)

    for count in range(1000):
        own = Path(folder, str(count))
        own.mkdir()
        code, message = forked(lambda count=count, own=own: disturbed(count, own))
        found = {"code": code, "message": message, "between": answers(own)}
        code, again = forked(lambda own=own: trained(config, own) if answers(own) is None else "")
        found |= {"again": again, "again_code": code, "after": answers(own)}
        found["left"] = sorted(path.name for path in own.iterdir() if path.name != "run")
        print(json.dumps(found), flush=True)
        if found["code"] == 0 and not message:  # as many writes as there are
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
