"""The encoding of a text file, found from all of its bytes, and its line ends.

UTF-8 is recognised with certainty, other encodings are a matter of likelihood. Bytes that the
encoding does not know are kept as lone surrogates, U+DC00 and above, so that only their row is
lost and not the file: ``undecodable`` finds them.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from imdb_lstm.data.files.legacy import legacy_encoding
from imdb_lstm.data.files.source import Source
from imdb_lstm.errors import DataError, one_line

CHUNK = 1 << 20
SAMPLE = 200_000  # bytes around those that are not ASCII, for guessing a legacy encoding
MARK = "imdb_lstm_mark"
BAD = re.compile("[\ud800-\udfff]")
# UTF-8 with a few wrong bytes has whole lines that are right, or many right characters for each
# wrong byte. In legacy encodings hardly a line is right by chance, and in Chinese ones every
# second character at most.
UTF8_LINES, UTF8_CHARACTERS = 0.2, 3
ENOUGH = 50_000  # wrong bytes, to be sure that a file is not UTF-8 without reading all of it
BOMS = (  # UTF-32 first: its little-endian mark begins as that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
WIDE = ("utf-16", "utf-32")
ESCAPING = ("utf-7", "unicode-escape", "raw-unicode-escape")  # can name halves of surrogate pairs
NAMES = {
    "utf-8-sig": "UTF-8", "utf-8": "UTF-8", "cp932": "Shift-JIS", "koi8_r": "KOI8-R",
    "euc_jp": "EUC-JP", "gb18030": "GB18030", "big5": "Big5", "cp949": "CP949 (Korean)",
    "utf-16": "UTF-16", "utf-16-le": "UTF-16-LE", "utf-16-be": "UTF-16-BE",
    "utf-32": "UTF-32", "utf-32-le": "UTF-32-LE", "utf-32-be": "UTF-32-BE",
}  # fmt: skip


@dataclass(frozen=True)
class Survey:
    r"""What one pass over the bytes of a text file tells.

    Args:
        encoding: A Python codec.
        newline: The end of a line: "\n", which "\r\n" ends with, or "\r".
        marks: Whether there may be bytes that the encoding does not know.
        boms: Whether byte order marks may occur inside.
        empty: Whether the file has no bytes, or only a byte order mark.
    """

    encoding: str
    newline: str = "\n"
    marks: bool = False
    boms: bool = False
    empty: bool = False

    @property
    def name(self) -> str:
        """The encoding as people write it."""
        windows = re.sub(r"^cp125(\d)$", r"Windows-125\1", self.encoding)
        return NAMES.get(self.encoding) or windows.replace("_", "-").replace("cp", "CP")


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end] or b"\0"
    return "".join(chr(0xDC00 + byte) for byte in wrong), max(error.end, error.start + 1)


codecs.register_error(MARK, _mark)


def survey(source: Source, encoding: str = "auto") -> Survey:
    """Read all bytes once and return the encoding and the line ends.

    Args:
        source: A text file.
        encoding: A codec that is known to be right, or "auto".

    Raises ``DataError`` when the file cannot be read.
    """
    head = source.head()
    given = _with_bom(encoding, head) if encoding != "auto" else None
    wide = given or _marked(head) or _wide(head)
    counts = _count(source, wide or "utf-8-sig")
    if wide is None and counts.bad and not counts.is_utf8():
        wide = legacy_encoding(bytes(counts.sample))
        counts = _count(source, wide)
    newline = "\r" if counts.returns and not counts.newlines else "\n"
    found = wide or "utf-8-sig"
    marks = counts.bad > 0 or codecs.lookup(found).name in ESCAPING
    return Survey(found, newline, marks, counts.boms > 0, not counts.characters)


def _with_bom(encoding: str, head: bytes) -> str:
    """Return a codec that is given by hand, so that a byte order mark is not part of the text."""
    name = codecs.lookup(encoding).name
    if name == "utf-8":
        return "utf-8-sig"
    for mark, marked in BOMS[:4]:
        if head.startswith(mark) and name == f"{marked}-{'le' if mark[0] == 0xFF else 'be'}":
            return marked
    if name in WIDE and not _marked(head):
        return _wide(head) or f"{name}-le"
    return encoding


def _marked(head: bytes) -> str | None:
    return next((name for mark, name in BOMS if head.startswith(mark)), None)


def _wide(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 without a byte order mark, by where the zero bytes are."""
    head = head[: len(head) // 4 * 4]
    if not head or 0 not in head:
        return None
    zeros = [head[place::4].count(0) / (len(head) / 4) for place in range(4)]
    if min(zeros[2:]) > 0.9 and zeros[0] < 0.5:
        return "utf-32-le"
    if min(zeros[:2]) > 0.9 and zeros[3] < 0.5:
        return "utf-32-be"
    even, odd = head[::2].count(0), head[1::2].count(0)
    for name, most, least in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        # Zero bytes in few places are characters of a UTF-8 file, unless that is impossible.
        if most > 10 * least and (most > len(head) / 8 or not _is_utf8(head)):
            return name if _plausible(head, name) else None
    return None


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _plausible(head: bytes, encoding: str) -> bool:
    """Whether a decoding gives characters, and lines of them."""
    text = head.decode(encoding, "replace")[:4_000]
    return text.count("�") <= 0.02 * len(text) and ("\n" in text or "\r" in text)


@dataclass
class _Counts:
    good: int = 0  # characters that are not ASCII
    bad: int = 0  # undecodable bytes
    good_lines: int = 0  # lines of which some characters are not ASCII, and all are right
    bad_lines: int = 0
    boms: int = 0
    newlines: int = 0
    returns: int = 0
    characters: int = 0
    sample: bytearray = field(default_factory=bytearray)

    def is_utf8(self) -> bool:
        lines = self.good_lines + self.bad_lines
        return self.good_lines >= UTF8_LINES * lines or self.good >= UTF8_CHARACTERS * self.bad


def _count(source: Source, encoding: str) -> _Counts:
    try:
        return _count_chunks(source, encoding, "strict")
    except UnicodeError:
        pass
    try:
        return _count_chunks(source, encoding, MARK)
    except UnicodeError as error:  # of codecs that leave no bytes out
        message = f"{source.name} cannot be read as {encoding}: {one_line(str(error))}"
        raise DataError(message) from error


def _count_chunks(source: Source, encoding: str, errors: str) -> _Counts:
    counts = _Counts()
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with source.open() as stream:
        while chunk := stream.read(CHUNK):
            _count_chunk(counts, decoder.decode(chunk), chunk, errors)
            if counts.bad > ENOUGH and not counts.is_utf8():
                return counts
        _count_chunk(counts, decoder.decode(b"", final=True), b"", errors)
    return counts


def _count_chunk(counts: _Counts, text: str, chunk: bytes, errors: str) -> None:
    counts.characters += len(text)
    counts.newlines += text.count("\n")
    counts.returns += text.count("\r")
    if text.isascii():
        return
    counts.boms += text.count("\ufeff")
    if errors == "strict":
        return
    lines = [line for line in text.split("\n") if not line.isascii()]
    wrong = sum(BAD.search(line) is not None for line in lines)
    counts.bad_lines += wrong
    counts.good_lines += len(lines) - wrong
    bad = len(BAD.findall(text)) if wrong else 0
    counts.bad += bad
    counts.good += len(text) - len(text.encode("ascii", "ignore")) - bad
    if bad:
        _sample_around(counts.sample, chunk)


def _sample_around(sample: bytearray, chunk: bytes) -> None:
    """Keep the lines that have bytes outside of ASCII."""
    for line in chunk.splitlines(keepends=True):
        if len(sample) >= SAMPLE:
            return
        if not line.isascii():
            sample += line[:SAMPLE]


def undecodable(text: str, encoding: str) -> str | None:
    r"""Return the first byte in a text that the encoding does not know, or ``None``.

    >>> undecodable("caf\udce9", "UTF-8")
    'byte 0xe9 is not UTF-8'
    """
    found = None if text.isascii() else BAD.search(text)
    if found is None:
        return None
    code = ord(found[0])
    if not 0xDC00 <= code <= 0xDCFF:
        return f"half of a surrogate pair is not {encoding}"
    return f"byte 0x{code - 0xDC00:02x} is not {encoding}"
