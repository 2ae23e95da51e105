"""The likely encoding of text that is not UTF-8.

Western text mixes few accented letters with many ASCII ones, so a detector that counts letters is
often wrong about it, and Windows-1252 is right. Other scripts leave no ASCII letters in a word,
and Central European languages put signs of Windows-1252 inside of words.
"""

from __future__ import annotations

import re

DEFAULT = "cp1252"
WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
WESTERN = 0.5  # the most of a word that western letters outside of ASCII make up, on the average
SIGNS = 0.1  # the most of those that may be signs inside of a word, such as ³
# Of codecs that tell hardly one text from another, the usual one is asked about.
DETECTED = [
    "cp1250", "cp1251", "koi8_r", "cp866", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp874", "iso8859_2", "iso8859_5", "cp932", "euc_jp", "iso2022_jp", "gb18030", "big5",
    "cp949", "johab", "mac_cyrillic",
]  # fmt: skip


def legacy_encoding(sample: bytes) -> str:
    r"""Return the Python codec that bytes are most likely written in.

    >>> legacy_encoding("Un café très cher à Genève".encode("cp1252"))
    'cp1252'
    """
    words = [word for word in WORD.findall(sample) if not word.isascii()]
    letters = b"".join(words)
    foreign = letters.translate(None, bytes(range(128)))
    # Dashes and quotes between blanks are words of their own here.
    if not any(byte >= 0xC0 for byte in foreign):
        return DEFAULT if not _signs_inside(words) else _detected(sample)
    long = b"".join(word for word in words if len(word) > 2)
    share = len(long.translate(None, bytes(range(128)))) / max(1, len(long))
    if share < WESTERN and _signs_inside(words) <= SIGNS * len(foreign):
        return DEFAULT
    return _detected(sample)


def _signs_inside(words: list[bytes]) -> int:
    """Count the bytes between letters that Windows-1252 reads as signs other than apostrophes."""
    count = 0
    for word in words:
        text = word[1:-1].decode("cp1252", "replace")
        # Dashes, dots and quotes do occur between two words.
        count += sum(not (char.isalpha() or char in "’‘“”–—…·«»´°\xad\xa0") for char in text)
    return count


def _detected(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    # The detector reads from the beginning and needs no more than some pages.
    found = from_bytes(sample[:40_000], cp_isolation=DETECTED, enable_fallback=False).best()
    return found.encoding if found is not None else DEFAULT
