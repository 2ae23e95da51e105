"""The tokenizer as a TensorFlow graph: raw texts → ids.

It does what ``text.tokenizer.clean``, ``Vocabulary.encode`` and ``shorten`` do, but for what
TensorFlow's strings cannot: see docs/export.md.
"""

from __future__ import annotations

from collections import defaultdict
from html.entities import name2codepoint
from typing import Any

import tensorflow as tf

from imdb_lstm.inference.export.re2 import class_of, to_re2
from imdb_lstm.text import patterns
from imdb_lstm.text.vocabulary import UNKNOWN_ID, Vocabulary

MARKUP = r"</?[a-zA-Z!][^<>]{0,98}>"
NUMBERED = (*range(32, 127), *range(160, 384), 8211, 8212, 8216, 8217, 8220, 8221, 8230)
SIGN = r"[@#]|://|www\."
NOT_PLAIN = r"[^\x{00}-\x{2ff}\x{2010}-\x{2027}]"


class TextEncoder(tf.Module):
    """Raw texts, string (n,) → ids, a ragged int32 (n, tokens), at least one of each."""

    def __init__(self, vocabulary: Vocabulary, maximum_length: int) -> None:
        super().__init__()
        self.maximum_length = maximum_length
        ids = tf.range(UNKNOWN_ID + 1, len(vocabulary), dtype=tf.int32)
        pairs = tf.lookup.KeyValueTensorInitializer(list(vocabulary.words), ids)
        self.table = tf.lookup.StaticHashTable(pairs, default_value=UNKNOWN_ID)
        self.plain, self.token = map(to_re2, (patterns.PLAIN_TOKEN, patterns.TOKEN_WITHOUT_SIGNS))
        self.emoji = to_re2(patterns.EMOJI)

    def __call__(self, texts: Any) -> Any:
        """Encode texts in a graph."""
        texts = clean(texts)
        plain = _separated(texts, self.plain)
        other = _contains(texts, f"{NOT_PLAIN}|{SIGN}")
        tokens = _where(other, lambda: _separated(_translated(texts), self.token), plain)
        tokens = tf.strings.split(tokens)  # at white space, which is in no token
        ids = self.table.lookup(tokens)
        ids = _where_ragged(other, lambda: self._without_unknown_emoji(tokens, ids), ids)
        return self._shortened(_never_empty(ids))

    def _without_unknown_emoji(self, tokens: Any, ids: Any) -> Any:
        is_emoji = tf.strings.regex_full_match(tokens.flat_values, self.emoji)
        dropped = tokens.with_flat_values((ids.flat_values == UNKNOWN_ID) & is_emoji)
        return tf.ragged.boolean_mask(ids, tf.logical_not(dropped))

    def _shortened(self, ids: Any) -> Any:
        """The head and the tail of a longer text."""
        tail = self.maximum_length // 2
        lengths = ids.row_lengths()
        places = tf.ragged.range(lengths)
        of_row = ids.with_flat_values(tf.gather(lengths, ids.value_rowids()))
        head = places < self.maximum_length - tail
        short = of_row <= self.maximum_length
        return tf.ragged.boolean_mask(ids, head | short | (places >= of_row - tail))


def clean(texts: Any) -> Any:
    """Texts in lower case, with entities decoded and tags as spaces."""
    texts = _where(_contains(texts, "&"), lambda: _decoded(texts), texts)
    texts = tf.strings.regex_replace(texts, MARKUP, " ")
    texts = tf.strings.lower(texts, encoding="utf-8")
    return _replaced(texts, patterns.LETTERS)


def _decoded(texts: Any) -> Any:
    """Decode the entities of HTML 4, and the commonest numbers; ``&amp;`` last."""
    names: dict[int, list[str]] = defaultdict(list)
    for name, code in name2codepoint.items():
        names[code].append(name)
    for code in NUMBERED:
        names[code].append(f"#0*{code}|#[xX]0*(?i:{code:x})")
    for code in sorted(names, key=lambda code: code == ord("&")):
        letter = "\\\\" if code == ord("\\") else chr(code)
        texts = tf.strings.regex_replace(texts, f"&(?:{'|'.join(names[code])});", letter)
    return texts


def _replaced(texts: Any, table: dict[int, str | None]) -> Any:
    """Replace characters as ``str.translate`` does."""
    groups: dict[str, list[str]] = defaultdict(list)
    for code, letter in sorted(table.items()):
        groups[letter or ""].append(chr(code))
    for letter, characters in groups.items():
        texts = tf.strings.regex_replace(texts, class_of(characters), letter.replace("\\", "\\\\"))
    return texts


def _translated(texts: Any) -> Any:
    """Punctuation of other scripts as its ASCII twin, unless all letters of a text are Latin."""
    latin = _contains(texts, to_re2(patterns.LATIN))
    other = _contains(texts, to_re2(patterns.OTHER_LETTER))
    return tf.where(latin & ~other, texts, _replaced(texts, patterns.LETTERS_AND_MARKS))


def _separated(texts: Any, token: str) -> Any:
    """The tokens with spaces between them, and nothing else."""
    return tf.strings.regex_replace(texts, rf"({token})|(?s:.)", r"\1 ")


def _contains(texts: Any, pattern: str) -> Any:
    return tf.strings.regex_full_match(texts, f"(?s).*(?:{pattern}).*")


def _where(condition: Any, changed: Any, texts: Any) -> Any:
    """Changed texts where a condition holds; nothing is computed where it holds nowhere."""
    return tf.cond(
        tf.reduce_any(condition), lambda: tf.where(condition, changed(), texts), lambda: texts
    )


def _where_ragged(condition: Any, changed: Any, ids: Any) -> Any:
    return tf.cond(tf.reduce_any(condition), changed, lambda: ids)


def _never_empty(ids: Any) -> Any:
    """One unknown word in place of no token."""
    empty = tf.cast(ids.row_lengths() == 0, tf.int64)
    unknown = tf.fill([tf.reduce_sum(empty)], UNKNOWN_ID)
    return tf.concat([ids, tf.RaggedTensor.from_row_lengths(unknown, empty)], axis=1)
