"""The likely encoding of text that is not UTF-8.

Western text mixes few accented letters with many ASCII ones, so a detector that counts letters is
often wrong about it, and Windows-1252 is right. Other scripts leave no ASCII letters in a word.
What their letters tell beyond doubt is decided here; the rest is left to a detector.
"""

from __future__ import annotations

import re
from collections import Counter

DEFAULT = "cp1252"
WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
WESTERN = 0.5  # the most of a word that western letters outside of ASCII make up, on the average
SIGNS = 0.1  # the most of those that may be signs inside of a word, such as ³
ASCII = bytes(range(128))
# Of codecs that can hardly be told apart, the usual one is asked about.
CENTRAL = ["cp1250", "cp1254", "cp1257", "iso8859_2"]
FOREIGN = [
    "cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256", "cp874", "gb18030", "big5", "cp949",
    "cp932", "euc_jp",
]  # fmt: skip
KANA, HANGUL = "[\u3041-\u30ff]", "[\uac00-\ud7a3]"
ASIAN = (("cp932", KANA, 0.2), ("euc_jp", KANA, 0.2), ("cp949", HANGUL, 0.85))


def legacy_encoding(sample: bytes) -> str:
    r"""Return the Python codec that bytes are most likely written in.

    >>> legacy_encoding("Un café très cher à Genève".encode("cp1252"))
    'cp1252'
    >>> legacy_encoding("とても良い映画でした".encode("euc_jp"))
    'euc_jp'
    """
    words = [word for word in WORD.findall(sample) if not word.isascii()]
    foreign = b"".join(words).translate(None, ASCII)
    long = b"".join(word for word in words if len(word) > 2)
    share = len(long.translate(None, ASCII)) / max(1, len(long))
    # Dashes and quotes between blanks are words of their own here.
    if share < WESTERN or not any(byte >= 0xC0 for byte in foreign):
        if _signs_inside(words) > SIGNS * len(foreign):
            return _detected(sample, CENTRAL)
        return _latin(foreign)
    return _asian(sample) or _hebrew(foreign) or _detected(sample, FOREIGN)


def _signs_inside(words: list[bytes]) -> int:
    """Count the bytes between letters that Windows-1252 reads as signs other than apostrophes."""
    count = 0
    for word in words:
        text = word[1:-1].decode(DEFAULT, "replace")
        # Dashes, dots and quotes do occur between two words.
        count += sum(not (char.isalpha() or char in "’‘“”–—…·«»´°\xad\xa0") for char in text)
    return count


def _latin(foreign: bytes) -> str:
    """Return the codec of a text in Latin letters, by those that do not go together."""
    letters = Counter(foreign.decode(DEFAULT, "replace").lower())
    total = max(1, letters.total())

    def share(names: str) -> float:
        return sum(letters[name] for name in names) / total

    if share("ðýþ") > 0.1 and share("áíóúæ") < 0.05:
        return "cp1254"  # Turkish ğ, ı and ş; Icelandic has the others, too
    czech = share("ìèøò") > 0.1 and share("áíý") > 0.2 and share("ýø") > 0.03
    hungarian = share("õû") > 0.03 and share("á") > 0.1 and not share("ãçä")
    return "cp1250" if (czech and not share("åæ")) or hungarian else DEFAULT


def _asian(sample: bytes) -> str:
    """Return the codec in which most of a text is Japanese or Korean, or ""."""
    for encoding, script, least in ASIAN:
        text = sample.decode(encoding, "replace")
        letters = [char for char in text if char.isalpha() and not char.isascii()]
        if text.count("�") <= 0.02 * len(text) and letters:
            found = len(re.findall(script, text))
            if found >= least * len(letters):
                return encoding
    return ""


def _hebrew(foreign: bytes) -> str:
    """Return the codec of Hebrew, which has no capitals and not the last letters of Russian."""
    letters = [byte for byte in foreign if byte >= 0xC0]
    return "cp1255" if len(letters) > 20 and all(0xE0 <= byte <= 0xFA for byte in letters) else ""


def _detected(sample: bytes, encodings: list[str]) -> str:
    from charset_normalizer import from_bytes

    # The detector reads from the beginning and needs no more than some pages.
    found = from_bytes(sample[:40_000], cp_isolation=encodings, enable_fallback=False).best()
    return found.encoding if found is not None else DEFAULT
