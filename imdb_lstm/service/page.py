"""The page at ``/``: the run as a network to try, or a few links."""

from __future__ import annotations

from pathlib import Path

from imdb_lstm.errors import RunError
from imdb_lstm.explanation.page import render
from imdb_lstm.page.write import page_of
from imdb_lstm.service.workers import ServedRun

TEMPLATES = Path(__file__).parent / "templates"


def page(run: ServedRun) -> str:
    """Return the HTML page of a run that is served.

    It is the page of ``imdb-lstm demo``, or, for a run that has none, links to ``/docs``.
    """
    try:
        return page_of(run.folder)
    except RunError:
        return render("index.html.j2", TEMPLATES, title=run.name)
