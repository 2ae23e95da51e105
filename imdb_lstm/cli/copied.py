"""What commands print that write a smaller copy of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imdb_lstm.cli.console import console

if TYPE_CHECKING:
    from imdb_lstm.inference.export.copies import Copied


def show_copied(done: Copied) -> None:
    """Print what the copy changed."""
    before, after = done.bytes_before / 1e6, done.bytes_after / 1e6
    console.print(
        f"saved {done.folder}: {before:.2f} MB → {after:.2f} MB; "
        f"on {done.reviews:,} validation reviews no logit changed by more than "
        f"{done.largest_change:.2g}, accuracy "
        f"{done.accuracy_before:.4f} → {done.accuracy_after:.4f}"
    )
