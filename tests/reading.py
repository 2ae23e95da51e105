"""Small files for the tests of the readers: written, and read with everything that was told."""

from imdb_lstm.data.files.open import open_table, open_tables
from imdb_lstm.data.files.rows import FileOptions


def written(folder, content, name="a.csv", encoding="utf-8"):
    """Write bytes, or text in an encoding, and return the path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path, **options):
    """Open a file, skipping bad rows unless told otherwise. Returns the table and its rows."""
    table = open_table(path, FileOptions(**{"bad_rows": "skip", **options}))
    return table, list(table.rows())


def read_folder(path, **options):
    """Open the tables of a folder as ``read`` does a file. Returns them and all their rows."""
    tables = open_tables(str(path), FileOptions(**{"bad_rows": "skip", **options}))
    return tables, [row for table in tables for row in table.rows()]


def values(rows):
    """The values of rows, without the names of the columns."""
    return [tuple(row.values.values()) for row in rows]
