"""What is read once from a pipe can be read again, and leaves no file behind."""

import io
import resource
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imdb_lstm.data.files.spool import spooled
from imdb_lstm.errors import OutputError

CONTENT = bytes(range(256)) * 100
MOVES = st.one_of(
    st.tuples(st.just("read"), st.integers(0, 30_000)),
    st.tuples(st.just("seek"), st.integers(0, 30_000), st.just(io.SEEK_SET)),
    st.tuples(st.just("seek"), st.integers(0, 9), st.just(io.SEEK_CUR)),
    st.tuples(st.just("seek"), st.integers(-25_600, 9), st.just(io.SEEK_END)),
    st.tuples(st.just("tell")),
)


def opener(content):
    return spooled(io.TextIOWrapper(io.BytesIO(content)), "-", 0)


@given(st.lists(st.tuples(st.booleans(), MOVES), max_size=20))
def test_two_readers_are_like_two_open_files(moves):
    """Each has its own place, as two files opened by name would."""
    opened = opener(CONTENT)
    readers, files = [opened(), opened()], [io.BytesIO(CONTENT), io.BytesIO(CONTENT)]
    for which, (name, *arguments) in moves:
        found = getattr(readers[which], name)(*arguments)
        assert found == getattr(files[which], name)(*arguments)


def test_no_file_can_be_found_while_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    opened = opener(b"A private letter.")
    assert not list(tmp_path.iterdir())
    assert opened().read() == opened().read() == b"A private letter."


def test_a_text_stream_without_bytes_is_taken_too():
    assert spooled(io.StringIO("Fin\udcff é"), "-", 0)().read() == "Fin? é".encode()


def test_temporary_space_that_is_full_is_an_error_of_writing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, limits[1]))  # SIGXFSZ is ignored by Python
    try:
        with pytest.raises(OutputError, match=f"{tmp_path} cannot hold the texts: File too large"):
            opener(CONTENT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
