"""What every worker process does before it computes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading

from imdb_lstm.threads import use_one_thread


def prepare_worker() -> None:
    """Compute on one core. What ends the command ends its workers, and not they themselves."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    use_one_thread()


def _end_with_parent() -> None:
    """End this process when its parent has ended: one that is killed cannot end its workers."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
