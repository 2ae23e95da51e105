"""The Large Movie Review Dataset (Maas et al. 2011), read through tensorflow-datasets.

tfds stores it in ``TFDS_DATA_DIR`` (by default ``~/tensorflow_datasets``). If it is not there, it
is prepared once: from the archive or folder in ``IMDB_ARCHIVE``, or by download. tfds drops the
file names, which contain the star ratings, so preparing from an archive saves them in
``file_names.csv`` beside the data set.
"""

from __future__ import annotations

import csv
import errno
import gzip
import hashlib
import logging
import os
import queue
import shutil
import socket
import sys
import tarfile
import threading
import urllib.request
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.data.labels import SENTIMENT, Classes
from imdb_lstm.data.reviews import Reviews, normalised
from imdb_lstm.device import import_backend
from imdb_lstm.errors import DataError, OutputError

OFFICIAL_BYTES = 84_125_825
OFFICIAL_SHA256 = "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"
EXPECTED_REVIEWS = {"train": 25_000, "test": 25_000, "unsupervised": 50_000}
FOLDERS = {"train": ("train/neg", "train/pos"), "test": ("test/neg", "test/pos"),
           "unsupervised": ("train/unsup",)}  # fmt: skip
STARS = ("1", "2", "3", "4", "7", "8", "9", "10")  # 5 and 6 are left out of the data set
IMDB_STARS = Classes(STARS, {name: n for n, name in enumerate(STARS)}, ordered=True)
FILE_NAMES = "file_names.csv"
LARGEST_REVIEW = 10_000_000  # bytes; the longest has 14,000
DAMAGE = (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError,
          AssertionError)  # fmt: skip
# tfds raises AssertionError for a split without reviews.
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS)
HOSTS = (("ai.stanford.edu", 80), ("storage.googleapis.com", 443))  # of the archive, and of tfds
SECONDS_TO_ANSWER = 5.0
WAYS_OUT = (
    "IMDb is not on this machine and could not be downloaded. Three solutions: (1) run once with a "
    "network; (2) get aclImdb_v1.tar.gz from https://ai.stanford.edu/~amaas/data/sentiment/ and "
    "set IMDB_ARCHIVE to it, or to the extracted aclImdb folder; (3) set TFDS_DATA_DIR to a folder "
    "where tfds has prepared imdb_reviews. Without them, --data sample works, and --data challenge "
    "to evaluate"
)


def tfds_folder() -> Path:
    """Return the folder of the data sets of tfds."""
    return Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()


def _builder() -> Any:
    import_backend()  # quietly: tfds imports TensorFlow
    import tensorflow_datasets as tfds

    if not sys.stderr.isatty():  # keeps logs free of progress bars
        tfds.disable_progress_bar()
    return tfds.builder("imdb_reviews/plain_text", data_dir=tfds_folder())


def is_prepared() -> bool:
    """Return whether the data set is prepared on this machine. Imports no TensorFlow."""
    found = tfds_folder().glob("imdb_reviews/plain_text/*/dataset_info.json")
    return any("incomplete" not in path.parent.name for path in found)


def load_imdb(split: str, stars: bool = False) -> Reviews:
    """Return a split, or "all", in the fixed order of tfds; validation is empty.

    ``stars``: the labels are the stars that the reviewers gave, of which eight occur. Raises
    ``DataError`` when the data set is not prepared and cannot be, or its stars are not known.
    """
    if not is_prepared():
        archive = os.environ.get("IMDB_ARCHIVE")
        prepare_imdb(Path(archive).expanduser() if archive else None)
    if split == "validation":
        return Reviews.none(IMDB_STARS if stars else SENTIMENT)
    parts = ("train", "test") if split == "all" else (split,)
    texts: list[str] = []
    labels: list[int] = []
    names: list[str] = []
    for part in parts:
        found = _builder().as_dataset(split=part, batch_size=-1, shuffle_files=False)
        texts += [text.decode("utf-8") for text in found["text"].numpy()]
        labels += found["label"].numpy().tolist()
        names += _names(part, texts[len(names) :])
    ratings = [float(Path(name).stem.partition("_")[2] or "nan") for name in names]
    if stars:
        return Reviews(texts, _star_labels(ratings), np.array(ratings, np.float32), names,
                       classes=IMDB_STARS)  # fmt: skip
    return Reviews(texts, np.array(labels, np.int8), np.array(ratings, np.float32), names)


def _star_labels(ratings: Sequence[float]) -> np.ndarray:
    """Return the classes of the stars, int8 (n,). Raises ``DataError`` where they are unknown."""
    scale = np.array(IMDB_STARS.scale)
    found = np.searchsorted(scale, ratings).clip(max=len(scale) - 1)
    if (scale[found] != ratings).any():
        raise DataError(
            "the stars of IMDb are in the names of its files, which tfds drops when it downloads "
            f"the data set: delete {tfds_folder() / 'imdb_reviews'}, and prepare it from the "
            "archive: imdb-lstm data prepare --archive aclImdb_v1.tar.gz"
        )
    return found.astype(np.int8)


def load_imdb_unlabelled(test: Iterable[str]) -> list[str]:
    """Return the 50,000 reviews without a label, except copies of the ``test`` texts."""
    seen = {normalised(text) for text in test}
    return [t for t in load_imdb_texts("unsupervised").values() if normalised(t) not in seen]


def load_imdb_texts(split: str) -> dict[str, str]:
    """Return name → text of a split, in the fixed order of tfds, without reading its labels."""
    found = _builder().as_dataset(split=split, batch_size=-1, shuffle_files=False)
    texts = [text.decode("utf-8") for text in found["text"].numpy()]
    return dict(zip(_names(split, texts), texts, strict=True))


def prepare_imdb(
    archive: Path | None, progress: Callable[[str], None] = lambda message: None
) -> Path:
    """Prepare the data set from an archive or a folder, or by download, and return its folder.

    Does nothing when it is already prepared. ``progress`` is called with a line about the source.
    Raises ``DataError`` when the archive is missing, damaged, or another data set, or the download
    fails, and ``OutputError`` when the folder of tfds cannot be written.
    """
    if is_prepared():
        return Path(_builder().data_path)
    if archive is None and not _is_reachable():
        raise DataError(WAYS_OUT)
    from tensorflow_datasets.core.download import DownloadConfig

    builder = _builder()
    if archive is None:
        progress("downloading")
        _download(builder)
        return Path(builder.data_path)
    source = LocalSource(archive)
    progress(source.describe())
    original = builder._split_generators  # it uses two methods of its download manager
    builder._split_generators = lambda manager: original(source)
    try:
        builder.download_and_prepare(
            download_config=DownloadConfig(try_download_gcs=False, verify_ssl=True)
        )
        _check_counts(builder, archive)
        _write_names(source, Path(builder.data_path) / FILE_NAMES)
    except BaseException as error:
        shutil.rmtree(builder.data_path, ignore_errors=True)  # never leave a partial data set
        if isinstance(error, DAMAGE):
            raise DataError(f"{archive} is damaged: {error}. Download it again") from error
        if isinstance(error, OSError):
            raise OutputError(f"{tfds_folder()} cannot be written: {error}") from error
        raise
    return Path(builder.data_path)


def _is_reachable() -> bool:
    """Return whether a host of the data set answers within seconds; tfds would try for minutes.

    Behind a proxy only the download itself can tell. A thread each, since looking up the address of
    a host has no time limit.
    """
    if {"http", "https", "all"} & urllib.request.getproxies().keys():
        return True
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
    for host in HOSTS:
        threading.Thread(target=lambda h=host: answers.put(_answers(h)), daemon=True).start()
    try:
        return any(answers.get(timeout=SECONDS_TO_ANSWER) for _ in HOSTS)
    except queue.Empty:
        return False


def _answers(host: tuple[str, int]) -> bool:
    try:
        socket.create_connection(host, SECONDS_TO_ANSWER).close()
    except OSError:
        return False
    return True


def _download(builder: Any) -> None:
    for name in ("absl", "urllib3"):  # a line for each time that they try again
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        builder.download_and_prepare()
    except Exception as error:  # tfds raises whatever its network layers raise
        if isinstance(error, OSError) and error.errno in UNWRITABLE:
            raise OutputError(f"{tfds_folder()} cannot be written: {error.strerror}") from error
        raise DataError(WAYS_OUT) from error


def _check_counts(builder: Any, archive: Path) -> None:
    """Raise ``DataError`` when reviews are missing from the prepared data set."""
    found = {name: split.num_examples for name, split in builder.info.splits.items()}
    if found != EXPECTED_REVIEWS:
        raise DataError(f"{archive} is incomplete: it has {found} reviews, not {EXPECTED_REVIEWS}")


class LocalSource:
    """An archive or an extracted folder, with the methods of the download manager of tfds.

    Raises ``DataError`` when the path is neither, or the official archive with a wrong checksum.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.is_dir():
            self.path = path if path.name == "aclImdb" else path / "aclImdb"
            if not (self.path / "train" / "pos").is_dir():
                raise DataError(f"{path} has no aclImdb/train/pos: is it the extracted archive?")
        elif not path.is_file():
            raise DataError(f"{path}: no such archive or folder")
        elif not tarfile.is_tarfile(path):
            raise DataError(f"{path} is not a tar archive, or is damaged. Download it again")
        elif path.stat().st_size == OFFICIAL_BYTES and _sha256(path) != OFFICIAL_SHA256:
            raise DataError(f"{path} is damaged: its SHA-256 is not {OFFICIAL_SHA256[:12]}...")

    def describe(self) -> str:
        """Return a line that names the source."""
        official = self.path.is_file() and self.path.stat().st_size == OFFICIAL_BYTES
        return f"preparing from {self.path}" + (" (official, checksum correct)" if official else "")

    def download(self, url: str) -> Path:
        """Return the path, whatever the URL is."""
        return self.path

    def iter_archive(self, path: Path) -> Iterator[tuple[str, Any]]:
        """Yield (name starting with aclImdb/, open file) pairs, as the manager of tfds does."""
        if self.path.is_dir():
            for file in sorted(self.path.rglob("*.txt")):
                with file.open("rb") as stream:
                    yield file.relative_to(self.path.parent).as_posix(), stream
            return
        with tarfile.open(self.path) as archive:
            for member in archive:
                if member.isfile():  # nothing is unpacked: names and links lead nowhere
                    if member.size > LARGEST_REVIEW:
                        raise DataError(
                            f"{self.path} is not IMDb: a review has {member.size:,} bytes"
                        )
                    yield member.name.removeprefix("./"), archive.extractfile(member)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _text_key(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()


def _write_names(source: LocalSource, path: Path) -> None:
    """Write split, hash of the text and file name (number_stars.txt) for ``_names``."""
    rows = []
    for name, stream in source.iter_archive(source.path):
        folder = name.removeprefix("aclImdb/").rpartition("/")[0]
        for split in (split for split, folders in FOLDERS.items() if folder in folders):
            rows.append((split, _text_key(stream.read().strip().decode("utf-8")), name))
    with path.open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows(sorted(rows))


def _names(split: str, texts: list[str]) -> list[str]:
    """Return the file name of each text, or ``split:index`` when tfds downloaded the data set."""
    path = next(tfds_folder().glob(f"imdb_reviews/plain_text/*/{FILE_NAMES}"), None)
    if path is None:
        return [f"{split}:{index}" for index in range(len(texts))]
    by_text = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as stream:
        for part, key, name in csv.reader(stream):
            if part == split:
                by_text[key].append(name)
    return [by_text[_text_key(text)].pop(0) for text in texts]
