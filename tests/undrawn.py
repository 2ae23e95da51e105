"""Figures that are not drawn into files: drawing one takes as long as training a tiny network."""

import base64
import os
from pathlib import Path

from matplotlib.figure import Figure

DRAW = Figure.savefig
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTjYxQAAAABJRU5ErkJggg=="
)


def savefig_undrawn(figure, target, **options):
    """Draw into a stream as ever; a file is a picture of one pixel."""
    if isinstance(target, str | os.PathLike):
        Path(target).write_bytes(PIXEL)
    else:
        DRAW(figure, target, **options)
