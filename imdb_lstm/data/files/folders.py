"""Folders of texts: a folder per label, or a file per split."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from imdb_lstm.data.files.encoding import MARK, Survey, undecodable
from imdb_lstm.data.files.legacy import legacy_encoding
from imdb_lstm.data.files.rows import BadRow, FileOptions, LeftOut, Row, Table, plural
from imdb_lstm.data.files.source import COMPRESSED, reading
from imdb_lstm.errors import DataError

SPLIT_NAMES = {  # how a split may be called, in a file or by the name of a file or folder
    **dict.fromkeys(("train", "training", "tr"), "train"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development", "eval"), "validation"),
    **dict.fromkeys(("test", "testing", "heldout", "held-out", "holdout"), "test"),
}
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


class TextFiles(NamedTuple):
    """The texts of a folder, and what is left out of it."""

    texts: list[TextFile]
    left: LeftOut


class TableFiles(NamedTuple):
    """The tables of a folder, each with the split that its name tells, "" where none tells one.

    ``others``: how many tables are left out, since their names tell no split and others do.
    """

    files: list[tuple[str, str]]
    others: int


def text_folder(folder: str, options: FileOptions) -> Table:
    """Return the table of a folder with a folder of texts per label.

    Raises ``DataError`` when the folder has nothing of that kind.
    """
    with reading(folder):
        found = _text_files(folder)
    if not found.texts:
        raise DataError(f"{folder} is a folder without texts that can be read: {EXPECTED}")
    return _labelled_table(folder, found, options)


def table_files(folder: str) -> TableFiles:
    """Return the files with tables in a folder, none in a folder of texts."""
    with reading(folder):
        return TableFiles([], 0) if _text_files(folder).texts else _table_files(folder)


def _entries(folder: str, folders: bool) -> list[str]:
    """Return the names in a folder, of files or of folders, without hidden ones."""
    with os.scandir(folder) as entries:
        return sorted(
            each.name for each in entries if each.is_dir() is folders and each.name[0] != "."
        )


def _text_files(folder: str) -> TextFiles:
    """Return the labelled texts in a folder, at any depth of the folders of labels."""
    texts, left = [], LeftOut()
    inner = _entries(folder, folders=True)
    split_folders = [name for name in inner if name.lower() in SPLIT_NAMES]
    for split in split_folders or [""]:
        within = os.path.join(folder, split) if split else folder
        for label in _entries(within, folders=True):
            paths = _texts_below(os.path.join(within, label))
            if label.lower() in UNLABELLED:
                left["text without a label"] += len(paths)
            else:
                texts += [
                    TextFile(path, label, SPLIT_NAMES.get(split.lower(), "")) for path in paths
                ]
    for name in inner if split_folders else ():
        if name not in split_folders and (count := len(_texts_below(os.path.join(folder, name)))):
            left[f"text in folder {name!r}, beside those of splits,"] += count
    return TextFiles(texts, left)


def _texts_below(folder: str) -> list[str]:
    """Return the paths of the texts in a folder and the folders in it."""
    found = [os.path.join(folder, name) for name in _entries(folder, folders=False)]
    found = [path for path in found if _is_text(path)]
    for name in _entries(folder, folders=True):
        found += _texts_below(os.path.join(folder, name))
    return found


def _is_text(name: str) -> bool:
    return name.lower().endswith(".txt")


def _labelled_table(folder: str, found: TextFiles, options: FileOptions) -> Table:
    texts = found.texts
    split = any(text.split for text in texts)
    columns = ("text", "label", *(["split"] if split else []), "name")
    labels = sorted({text.label for text in texts})
    dialect = f"a folder of {len(texts):,} {plural('text', len(texts))}, labels "
    dialect += ", ".join(labels[:10]) + (", …" if len(labels) > 10 else "")

    def read(left: LeftOut) -> Iterator[Row | BadRow]:
        left.update(found.left)
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


def _table_files(folder: str) -> TableFiles:
    found = []
    for name in _entries(folder, folders=False):
        words = re.match("[A-Za-z]*", name.lower())
        stem = name.lower()
        while os.path.splitext(stem)[1] in COMPRESSED:
            stem = os.path.splitext(stem)[0]
        split = SPLIT_NAMES.get(words[0] if words else "", "")
        if stem.endswith(TABLES) or (split and stem.endswith(".txt")):
            found.append((os.path.join(folder, name), split))
    named = [each for each in found if each[1]]
    order = {"train": 0, "validation": 1, "test": 2, "": 3}
    kept = sorted(named or found, key=lambda each: (order[each[1]], each[0]))
    return TableFiles(kept, len(found) - len(kept))


def of_split(table: Table, split: str, others: int) -> Table:
    """Return the table of a file in a folder, with a column of its split if it has one."""

    def read(left: LeftOut) -> Iterator[Row | BadRow]:
        if others:
            left["table without a split in its name"] += others
        for row in table.read(left):
            if isinstance(row, Row) and split:
                row.values["split"] = split
            yield row

    columns = dict.fromkeys((*table.columns, "split")) if split else table.columns
    return replace(table, columns=tuple(columns), read=read)
