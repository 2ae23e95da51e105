"""Folders of texts: a folder per label, or a file per split."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from imdb_lstm.data.files.encoding import MARK, Survey, undecodable
from imdb_lstm.data.files.legacy import legacy_encoding
from imdb_lstm.data.files.rows import BadRow, FileOptions, LeftOut, Row, Table, plural
from imdb_lstm.data.files.source import COMPRESSED, reading
from imdb_lstm.errors import DataError

SPLITS = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation",
    "val": "validation", "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip
UNLABELLED = ("unsup", "unlabeled", "unlabelled")  # as in the folder of the IMDb reviews
TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx")
EXPECTED = (
    "a folder of .txt files per label (pos, neg), also inside of train and test, or files named "
    "train, validation and test"
)


class TextFile(NamedTuple):
    """A file with one text, and what its folders tell of it."""

    path: str
    label: str
    split: str


def folder_table(folder: str, options: FileOptions, open_file: Callable[[str], Table]) -> Table:
    """Return the table in a folder with a folder of texts per label, or with a file per split.

    Args:
        folder: The folder.
        options: How to read the files in it.
        open_file: Opens one file as a table.

    Raises ``DataError`` when the folder has nothing of that kind.
    """
    with reading(folder):
        texts, unlabelled = _text_files(folder)
        if texts:
            return _labelled_table(folder, texts, unlabelled, options)
        files = _table_files(folder)
    if not files:
        raise DataError(f"{folder} is a folder without texts that can be read: {EXPECTED}")
    return _joined_table(folder, files, options, open_file)


def _entries(folder: str, folders: bool) -> list[str]:
    """Return the names in a folder, of files or of folders, without hidden ones."""
    with os.scandir(folder) as entries:
        return sorted(
            each.name for each in entries if each.is_dir() is folders and each.name[0] != "."
        )


def _text_files(folder: str) -> tuple[list[TextFile], int]:
    """Return the labelled texts in a folder, and how many have no label."""
    texts, unlabelled = [], 0
    inner = _entries(folder, folders=True)
    split_folders = [name for name in inner if name.lower() in SPLITS]
    for split in split_folders or [""]:
        within = os.path.join(folder, split) if split else folder
        for label in _entries(within, folders=True):
            place = os.path.join(within, label)
            names = [each for each in _entries(place, folders=False) if _is_text(each)]
            if label.lower() in UNLABELLED:
                unlabelled += len(names)
                continue
            kind = SPLITS.get(split.lower(), "")
            texts += [TextFile(os.path.join(place, name), label, kind) for name in names]
    return texts, unlabelled


def _is_text(name: str) -> bool:
    return name.lower().endswith(".txt")


def _labelled_table(
    folder: str, texts: list[TextFile], unlabelled: int, options: FileOptions
) -> Table:
    split = any(text.split for text in texts)
    columns = ("text", "label", *(["split"] if split else []), "name")
    labels = sorted({text.label for text in texts})
    dialect = f"a folder of {len(texts):,} {plural('text', len(texts))}, labels "
    dialect += ", ".join(labels[:10]) + (", …" if len(labels) > 10 else "")

    def read(left: LeftOut) -> Iterator[Row | BadRow]:
        if unlabelled:
            left["text without a label"] += unlabelled
        for number, text in enumerate(texts, 1):
            yield _text_row(number, text, split, options)

    return Table(
        os.path.basename(os.path.normpath(folder)), folder, columns, True, "folder", dialect, read,
        options.bad_rows,
    )  # fmt: skip


def _text_row(number: int, text: TextFile, split: bool, options: FileOptions) -> Row | BadRow:
    name = os.path.basename(text.path)
    try:
        with reading(name), open(text.path, "rb") as stream:
            content = stream.read()
    except DataError as error:
        return BadRow(text.path, 1, str(error))
    decoded, encoding = _decoded(content, options.encoding)
    if wrong := undecodable(decoded, encoding):
        return BadRow(text.path, 1, wrong, decoded)
    values = {"text": decoded.rstrip("\r\n"), "label": text.label}
    return Row(number, values | ({"split": text.split} if split else {}) | {"name": name})


def _decoded(content: bytes, encoding: str) -> tuple[str, str]:
    if encoding == "auto":
        try:
            return content.decode("utf-8-sig"), "UTF-8"
        except UnicodeDecodeError:
            wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
            encoding = "utf-16" if wide else legacy_encoding(content)
    return content.decode(encoding, MARK), Survey(encoding).name


def _table_files(folder: str) -> list[tuple[str, str]]:
    """Return the files with tables in a folder and the split that the name of each tells."""
    found = []
    for name in _entries(folder, folders=False):
        words = re.match("[A-Za-z]*", name.lower())
        stem = name.lower()
        while os.path.splitext(stem)[1] in COMPRESSED:
            stem = os.path.splitext(stem)[0]
        split = SPLITS.get(words[0] if words else "", "")
        if stem.endswith(TABLES) or (split and stem.endswith(".txt")):
            found.append((os.path.join(folder, name), split))
    named = [each for each in found if each[1]]
    order = {"train": 0, "validation": 1, "test": 2, "": 3}
    return sorted(named or found, key=lambda each: (order[each[1]], each[0]))


def _joined_table(
    folder: str,
    files: list[tuple[str, str]],
    options: FileOptions,
    open_file: Callable[[str], Table],
) -> Table:
    """Return the rows of several files as one table, with a column for the split if they have."""
    tables = [(open_file(path), split) for path, split in files]
    names = [name for table, _ in tables for name in table.columns]
    columns = tuple(dict.fromkeys(names + ["split"] * bool(files[0][1])))
    dialect = f"a folder of {len(files)} {plural('file', len(files))}: " + "; ".join(
        f"{table.name}: {table.dialect}" for table, _ in tables[:5]
    )

    def read(left: LeftOut) -> Iterator[Row | BadRow]:
        for table, split in tables:
            for row in table.read(left):
                if isinstance(row, Row) and split:
                    row.values["split"] = split
                yield row

    return Table(
        os.path.basename(os.path.normpath(folder)), folder, columns, True, "folder", dialect, read,
        options.bad_rows,
    )  # fmt: skip
