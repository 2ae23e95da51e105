"""The page at ``/``."""

from __future__ import annotations

from pathlib import Path

from imdb_lstm.explanation.page import render

TEMPLATES = Path(__file__).parent / "templates"


def page(run: str) -> str:
    """Return the HTML page of a run that is served, which links to ``/docs``."""
    return render("index.html.j2", TEMPLATES, title=run)
