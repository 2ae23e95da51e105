"""``imdb-lstm demo``."""

from __future__ import annotations

import os
import tempfile
import webbrowser
from pathlib import Path

from imdb_lstm.cli.console import Run, app, console, examples, find_runs, name_default
from imdb_lstm.cli.export import tell_page
from imdb_lstm.runs.find import results_folder

NAME = "page.html"


@app.command("demo", epilog=examples("imdb-lstm demo", "imdb-lstm demo imdb"))
def demo_command(run: Run = None) -> None:
    """Try a network in your browser: writes the page of export --format html, and opens it.

    The page is in the run's folder, or, where nothing can be written there, in a temporary one.
    """
    (folder,) = find_runs([run] if run else None)
    path = tell_page(folder, _place(results_folder(folder)))
    name_default(folder, run)
    if not webbrowser.open(path.absolute().as_uri()):
        console.print("no browser has been found here: open the file in one")


def _place(folder: Path) -> Path:
    """Where the page of a run is written."""
    if folder.is_dir() and os.access(folder, os.W_OK):
        return folder / NAME
    return Path(tempfile.mkdtemp(prefix="imdb-lstm-")) / NAME
