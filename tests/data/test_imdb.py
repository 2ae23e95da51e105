"""IMDb in miniature: prepared completely from an archive or folder, or refused without traces."""

import gzip
import io
import re
import shutil
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from tensorflow_datasets.core import DatasetBuilder

from imdb_lstm.data import imdb
from imdb_lstm.data.imdb import (
    FILE_NAMES,
    _sha256,
    is_prepared,
    load_imdb,
    load_imdb_texts,
    load_imdb_unlabelled,
    prepare_imdb,
    tfds_folder,
)
from imdb_lstm.errors import DataError, OutputError

FOLDERS = {  # folder: number of its reviews, and their stars
    "train/pos": (3, 8), "train/neg": (4, 2), "train/unsup": (5, 0),
    "test/pos": (2, 10), "test/neg": (3, 1),
}  # fmt: skip
COUNTS = {"train": 7, "test": 5, "unsupervised": 5}


def members():
    """Name → bytes of every file in the archive; one text occurs twice, all are non-ASCII."""
    files = {"aclImdb/README": b"not a review", "aclImdb/train/urls_pos.txt": b"http://"}
    for folder, (count, stars) in FOLDERS.items():
        for i in range(count):
            text = f"{folder} n\u00famero {i}<br />quite so. "
            files[f"aclImdb/{folder}/{i}_{stars}.txt"] = text.encode()
    files["aclImdb/train/neg/3_2.txt"] = files["aclImdb/train/neg/0_2.txt"]
    return files


def make_archive(path, files):
    """A tar.gz with folders and files, like the official one."""
    with tarfile.open(path, "w:gz") as archive:
        for name in ("aclImdb", "aclImdb/train", "aclImdb/train/pos"):
            folder = tarfile.TarInfo(name)
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture(autouse=True)
def tiny_counts(monkeypatch):
    monkeypatch.setattr(imdb, "EXPECTED_REVIEWS", COUNTS)


@pytest.fixture
def archive(tmp_path):
    return make_archive(tmp_path / "aclImdb_v1.tar.gz", members())


@pytest.fixture
def folder(archive, tmp_path):
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "extracted", filter="data")
    return tmp_path / "extracted" / "aclImdb"


def assert_nothing_is_prepared():
    """No data set, complete or partial, in the tfds folder."""
    assert not is_prepared()
    left = [path for path in tfds_folder().rglob("*") if path.is_file()]
    assert not [path for path in left if "1.0.0" in str(path)]


def columns(reviews):
    return reviews.texts, reviews.labels.tolist(), reviews.ratings.tolist(), reviews.names


def test_every_review_of_an_archive_has_its_label_stars_and_file_name(archive):
    prepare_imdb(archive)
    files = members()
    for split in ("train", "test"):
        reviews = load_imdb(split)
        labelled = re.compile(f"aclImdb/{split}/(pos|neg)/")
        assert sorted(reviews.names) == sorted(filter(labelled.match, files))
        for text, label, stars, name in zip(*columns(reviews), strict=True):
            assert text == files[name].decode().strip()
            assert label == ("pos" in name)
            assert stars == int(name.removesuffix(".txt").rpartition("_")[2])
        assert (reviews.labels.dtype, reviews.ratings.dtype) == (np.int8, np.float32)


@pytest.mark.slow
def test_archive_and_folder_give_the_same_reviews_in_the_same_order(
    archive, folder, monkeypatch, tmp_path
):
    found = {}
    for source in (archive, folder, folder.parent):
        monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / f"tfds {len(found)}"))
        prepare_imdb(source)
        found[source] = [columns(load_imdb(split)) for split in ("train", "test", "unsupervised")]
    assert found[archive] == found[folder] == found[folder.parent]


def test_the_archive_is_needed_only_for_the_first_load(archive, monkeypatch):
    monkeypatch.setenv("IMDB_ARCHIVE", str(archive))
    first = load_imdb("test")
    monkeypatch.delenv("IMDB_ARCHIVE")
    archive.unlink()
    assert is_prepared()
    assert columns(load_imdb("test")) == columns(first)


def test_all_is_train_then_test_and_validation_is_empty(archive):
    prepare_imdb(archive)
    train, test = columns(load_imdb("train")), columns(load_imdb("test"))
    assert columns(load_imdb("all")) == tuple(a + b for a, b in zip(train, test, strict=True))
    assert len(load_imdb("validation")) == 0


def test_progress_names_the_source(archive):
    lines = []
    prepare_imdb(archive, lines.append)
    assert lines == [f"preparing from {archive}"]


def test_names_are_indices_when_tfds_downloaded_the_data_set(archive):
    (prepare_imdb(archive) / FILE_NAMES).unlink()
    reviews = load_imdb("test")
    assert reviews.names == [f"test:{i}" for i in range(5)]
    assert len(reviews.ratings) == 5 and np.isnan(reviews.ratings).all()


def drop_one(path):
    files = members()
    del files["aclImdb/train/unsup/1_0.txt"]
    make_archive(path, files)


def no_reviews(path):
    make_archive(path, {"somewhere/else.txt": b"text"})


def truncate(path):
    path.write_bytes(path.read_bytes()[:-60])


def halve(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def wrong_checksum_of_gzip(path):
    endless = gzip.decompress(path.read_bytes()).rstrip(b"\0")  # otherwise the end is not read
    path.write_bytes(gzip.compress(endless)[:-8] + bytes(8))


def garble(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + bytes(100) + whole[300:])


def replace_by_text(path):
    path.write_text("<html>404 Not Found</html>")


def replace_by_gzipped_text(path):
    path.write_bytes(gzip.compress(b"not a tar archive" * 100))


def not_utf_8(path):
    make_archive(path, members() | {"aclImdb/test/pos/0_10.txt": b"caf\xe9"})


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [
    drop_one, no_reviews, truncate, halve, wrong_checksum_of_gzip, garble, replace_by_text,
    replace_by_gzipped_text, not_utf_8, Path.unlink,
], ids=lambda spoil: spoil.__name__)  # fmt: skip
def test_a_bad_archive_is_refused_by_name_and_leaves_nothing_half_prepared(spoil, archive):
    spoil(archive)
    with pytest.raises(DataError, match=archive.name):
        prepare_imdb(archive)
    assert_nothing_is_prepared()
    make_archive(archive, members())
    prepare_imdb(archive)  # a good archive works afterwards
    assert len(load_imdb("train")) == 7


def test_links_and_bombs_in_an_archive_lead_nowhere(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    names = {"../out.txt": tarfile.REGTYPE, "/out.txt": tarfile.REGTYPE,
             "link.txt": tarfile.SYMTYPE, "hard.txt": tarfile.LNKTYPE,
             "pipe.txt": tarfile.FIFOTYPE, "device.txt": tarfile.CHRTYPE}  # fmt: skip
    with tarfile.open(tmp_path / "links.tar.gz", "w:gz") as archive:
        for name, kind in names.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(tmp_path / "secret.txt")
            archive.addfile(member)
    source = imdb.LocalSource(tmp_path / "links.tar.gz")
    found = [(name, stream.read()) for name, stream in source.iter_archive(source.path)]
    assert found == [("../out.txt", b""), ("/out.txt", b"")]
    assert {path.name for path in tmp_path.iterdir()} == {"secret.txt", "links.tar.gz"}
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("aclImdb/train/pos/0_9.txt")
        member.size = 20_000_000
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    source = imdb.LocalSource(tmp_path / "bomb.tar.gz")
    with pytest.raises(DataError, match="a review has 20,000,000 bytes"):
        list(source.iter_archive(source.path))


def test_a_folder_with_missing_reviews_is_refused(folder):
    (folder / "test" / "pos" / "0_10.txt").unlink()
    with pytest.raises(DataError, match="incomplete"):
        prepare_imdb(folder)
    assert_nothing_is_prepared()


def test_another_folder_is_refused(tmp_path):
    (tmp_path / "photos").mkdir()
    with pytest.raises(DataError, match="photos has no aclImdb/train/pos"):
        prepare_imdb(tmp_path / "photos")
    assert_nothing_is_prepared()


def test_an_archive_of_the_official_size_needs_the_official_checksum(archive, monkeypatch):
    monkeypatch.setattr(imdb, "OFFICIAL_BYTES", archive.stat().st_size)
    with pytest.raises(DataError, match="SHA-256"):
        prepare_imdb(archive)
    assert_nothing_is_prepared()
    monkeypatch.setattr(imdb, "OFFICIAL_SHA256", _sha256(archive))
    lines = []
    prepare_imdb(archive, lines.append)
    assert "checksum correct" in lines[0]


def test_without_file_names_nothing_is_prepared(archive, monkeypatch):
    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(imdb, "_write_names", no_space)
    with pytest.raises(OutputError, match="No space left"):
        prepare_imdb(archive)
    assert_nothing_is_prepared()


def test_a_folder_that_cannot_be_written_is_named(archive, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "file" / "tfds"))
    with pytest.raises(OutputError, match="tfds cannot be written"):
        prepare_imdb(archive)


@pytest.mark.parametrize("error", [ConnectionError("unreachable"), TimeoutError(), ValueError("x")])
def test_without_archive_and_network_the_error_names_three_solutions(error, monkeypatch):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(DatasetBuilder, "download_and_prepare", refuse)
    monkeypatch.setattr(imdb, "_is_reachable", lambda: True)
    with pytest.raises(DataError) as caught:
        load_imdb("train")
    for part in ("(1)", "(2)", "(3)", "IMDB_ARCHIVE", "TFDS_DATA_DIR", "--data sample"):
        assert part in str(caught.value)
    assert_nothing_is_prepared()


def test_without_a_network_no_download_is_tried_unless_there_is_a_proxy(monkeypatch):
    tried = []
    monkeypatch.setattr(imdb, "_download", tried.append)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with pytest.raises(DataError, match="IMDb is not on this machine"):
        prepare_imdb(None)
    assert not tried
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    prepare_imdb(None)
    assert len(tried) == 1


def test_a_host_whose_address_is_never_found_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(imdb, "SECONDS_TO_ANSWER", 0.05)
    monkeypatch.setattr(imdb, "_answers", lambda host: time.sleep(5))
    began = time.monotonic()
    assert not imdb._is_reachable()
    assert time.monotonic() - began < 2


def test_a_missing_archive_does_not_start_a_download(monkeypatch, tmp_path):
    monkeypatch.setenv("IMDB_ARCHIVE", str(tmp_path / "nope.tar.gz"))
    monkeypatch.setattr(imdb, "_download", lambda builder: pytest.fail("tried to download"))
    with pytest.raises(DataError, match=r"nope\.tar\.gz: no such archive or folder"):
        load_imdb("train")


def test_the_tfds_folder_depends_on_the_variable_and_the_home(monkeypatch, tmp_path):
    assert tfds_folder() == tmp_path / "tfds"
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("", "~/tensorflow_datasets"):
        monkeypatch.setenv("TFDS_DATA_DIR", value)
        assert tfds_folder() == tmp_path / "tensorflow_datasets"


def test_a_prepared_data_set_can_be_moved(archive, monkeypatch, tmp_path):
    prepare_imdb(archive)
    before = columns(load_imdb("train"))
    shutil.move(tmp_path / "tfds", tmp_path / "elsewhere")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "elsewhere"))
    assert columns(load_imdb("train")) == before


def test_without_a_terminal_nothing_is_written_to_standard_error(archive, capsys):
    prepare_imdb(archive)
    assert capsys.readouterr().err == ""


def test_texts_by_name_are_those_of_the_labelled_reviews(archive):
    prepare_imdb(archive)
    for split in ("train", "test"):
        reviews = load_imdb(split)
        assert load_imdb_texts(split) == dict(zip(reviews.names, reviews.texts, strict=True))


def test_unlabelled_texts_do_not_include_copies_of_test_texts(tmp_path):
    files = members()
    shouted = files["aclImdb/test/pos/1_10.txt"].decode().upper().replace(" ", "  ")
    files["aclImdb/train/unsup/2_0.txt"] = shouted.encode()
    prepare_imdb(make_archive(tmp_path / "aclImdb_v1.tar.gz", files))
    wanted = {files[f"aclImdb/train/unsup/{i}_0.txt"].decode().strip() for i in (0, 1, 3, 4)}
    assert set(load_imdb_unlabelled(load_imdb_texts("test").values())) == wanted
