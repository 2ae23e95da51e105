"""Files that are no table of texts: what they look like, and what to do."""

from __future__ import annotations

import re

from imdb_lstm.data.files.source import Source
from imdb_lstm.errors import DataError

SAVE = "save the texts as .csv, .jsonl, .parquet, .xlsx or .txt"
BINARY = (
    (rb"%PDF-", "a PDF document"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|BM.{4}\0\0\0\0|II\*\0|MM\0\*", "an image"),
    (rb"\xd0\xcf\x11\xe0", "an old Office file (.xls, .doc)"),
    (rb"SQLite format 3\0", "an SQLite database"),
    (rb"\x80[\x02-\x05]", "a Python pickle, which is never loaded, since it could run code"),
    (rb"\x93NUMPY", "a NumPy array"),
    (rb"\x89HDF", "an HDF5 file"),
    (rb"ARROW1\0|\xff\xff\xff\xff.{3}\0", "an Arrow or Feather file"),
    (rb"Obj\x01", "an Avro file"),
    (rb"ORC[\x00-\x08]", "an ORC file"),
    (rb"7z\xbc\xaf\x27\x1c|Rar!\x1a", "a 7z or RAR archive"),
    (rb".{257}ustar", "a tar archive"),
    (rb"\x7fELF|MZ\x90\0", "a program"),
    (rb"OggS\0|ID3[\x02-\x04]|RIFF.{4}(WAVE|AVI )|fLaC\0|\0\0..ftyp", "an audio or video file"),
)
MARKUP = (
    (rb"<!doctype html|<html", "an HTML page (an error page of a download?)"),
    (rb"<\?xml", "an XML file"),
    (rb"\{\\rtf", "an RTF document"),
    (rb"version https://git-lfs\.github\.com/spec", "a Git LFS pointer, not the file itself"),
)
# Bytes that no text has, whatever its encoding; UTF-16 and UTF-32 are looked at before.
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\v\x1a\x1b"))
MOST_CONTROLS = 0.05


def refuse_foreign(source: Source, head: bytes, markup: bool = True) -> None:
    """Raise ``DataError`` for a file that its first bytes tell to be no table of texts.

    Args:
        source: The file.
        head: Its first bytes, decompressed.
        markup: Whether to refuse what is text but no table, such as HTML pages.
    """
    if source.members:
        _refuse_document(source)
        return
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n") if markup else b""
    for text, patterns, flags in ((head, BINARY, re.DOTALL), (start, MARKUP, re.IGNORECASE)):
        for pattern, what in patterns:
            if re.match(pattern, text, flags):
                raise DataError(f"{source.name} looks like {what}: {SAVE}")


def _refuse_document(source: Source) -> None:
    if "xl/workbook.xml" not in source.members:
        raise DataError(
            f"{source.name} looks like a document of an office program, but no .xlsx: {SAVE}"
        )


def refuse_binary(name: str, head: bytes) -> None:
    """Raise ``DataError`` for bytes that are no text.

    >>> refuse_binary("a.csv", b"text,label")
    """
    controls = len(head) - len(head.translate(None, CONTROLS))
    if controls > MOST_CONTROLS * len(head):
        raise DataError(
            f"{name} looks like binary data, not text: {SAVE}, or name its --encoding if it is text"
        )
