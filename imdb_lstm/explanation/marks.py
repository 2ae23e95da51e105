"""How the words of an explained text are marked: by colour, and by a line above or below."""

from __future__ import annotations

STRENGTHS = 4  # of a contribution; readers do not distinguish more
COLOURS = {
    1: ("#DCEDF7", "#B3D9EF", "#7FC0E6", "#4DA6DB"),  # for the class explained, weakest first
    -1: ("#F9E4D6", "#F2C4A3", "#EB9F6B", "#E37B35"),
}  # black text has a contrast of at least 7 to 1 on each


def mark_style(grade: int) -> str:
    """Return the CSS of a word of a grade, −4 to 4 but not 0.

    A word for the class that is explained is blue with a line above it, one against it orange with
    a dashed line below it; the line is as many pixels thick as the word is strong.

    >>> mark_style(-2)
    'background: #F2C4A3; color: black; padding: 0 .15em; border-bottom: 2px dashed black'
    """
    sign, strength = (1, grade) if grade > 0 else (-1, -grade)
    line = "top: {}px solid" if sign > 0 else "bottom: {}px dashed"
    return (
        f"background: {COLOURS[sign][strength - 1]}; color: black; padding: 0 .15em; "
        f"border-{line.format(strength)} black"
    )
