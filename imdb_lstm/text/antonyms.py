"""The lexicon of opposites: what a word or phrase of a review becomes in a review that disagrees.

The package has one, ``antonyms.toml``, whose first lines describe the format. A file of a user is
added to it and overrides it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from imdb_lstm.errors import ConfigError

BUNDLED = Path(__file__).with_name("antonyms.toml")
DIRECTIONS = ("both", "to_positive", "to_negative")
NEGATIVE, POSITIVE = 0, 1
VERB_FORMS = ("base", "third person", "past")
LISTS = ("carriers", "fillers", "alternatives", "downtoners", "blocking", "breaks")
# What a phrase does. Of those that turn, a reverser also turns what it governs.
WORD, REVERSER = "word", "reverser"
KEEP, UNTURNED, DROPPED, AUXILIARY = "keep", "unturned", "dropped", "auxiliary"
CARRIER, FILLER, ALTERNATIVE, DOWNTONER = "carrier", "filler", "alternative", "downtoner"
BLOCKING, BREAK = "blocking", "break"

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """What a phrase does in a review, and what takes its place.

    ``kind``: one of the constants above. ``label``: what a word says, 0 negative or 1 positive.
    ``forms``: of a verb, its three forms; ``form``: which of them an auxiliary asks for.
    """

    kind: str
    new: str = ""
    label: int = NEGATIVE
    forms: tuple[str, ...] = ()
    form: int = 0


@dataclass
class Lexicon:
    """Rules by phrase, in lower case, and the longest phrases that start with a word.

    >>> bundled().rules[("awful",)].new
    'wonderful'
    """

    rules: dict[Phrase, Rule] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)

    def add(self, phrase: Phrase, rule: Rule) -> None:
        """Add a rule; it replaces that of the same phrase."""
        self.rules[phrase] = rule
        self.longest[phrase[0]] = max(len(phrase), self.longest.get(phrase[0], 0))

    def opposite(self, phrase: str) -> str | None:
        """Return what takes the place of a word or phrase, or None.

        >>> bundled().opposite("a waste of time"), bundled().opposite("film")
        ('time well spent', None)
        """
        rule = self.rules.get(words_of(phrase))
        return rule.new if rule and rule.kind in (WORD, REVERSER) else None


def words_of(phrase: str) -> Phrase:
    """Return the words of a phrase in lower case; a hyphen is a space.

    >>> words_of("Must-see")
    ('must', 'see')
    """
    return tuple(phrase.lower().replace("’", "'").replace("-", " ").split())


def bundled() -> Lexicon:
    """Return the lexicon of the package."""
    return read_lexicon()


def read_lexicon(path: str | Path = "") -> Lexicon:
    """Return the lexicon of the package, with the entries of the file ``path`` if it is given.

    Raises ``ConfigError``, naming file and entry, for one that cannot be read.
    """
    lexicon = Lexicon()
    for file in (BUNDLED, *([Path(path)] if path else [])):
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{file} cannot be read as TOML: {error}") from error
        for phrase, rule in _rules(values, str(file)).items():
            lexicon.add(phrase, rule)
    return lexicon


def _rules(values: Mapping[str, Any], file: str) -> dict[Phrase, Rule]:
    """Return the rules of a file. Raises ``ConfigError`` for two different ones of a phrase."""
    ranks: tuple[dict[Phrase, Rule], ...] = ({}, {}, {})  # a later one overrides
    for name, section in values.items():
        if not isinstance(section, dict):
            raise ConfigError(f"{file}: {name} is no section; see docs/augmentation.md")
        rules = _SPECIAL.get(name, _opposites)(name, section, file)
        for phrase, rule in rules:
            if not phrase:
                raise ConfigError(f"{file}: a phrase of [{name}] is empty")
            into = ranks[{UNTURNED: 0, KEEP: 2}.get(rule.kind, 1)]
            if into.get(phrase, rule).new != rule.new:
                raise ConfigError(
                    f"{file}: {' '.join(phrase)!r} becomes both {into[phrase].new!r} and "
                    f"{rule.new!r}: leave one out"
                )
            into.setdefault(phrase, rule)
    return ranks[0] | ranks[1] | ranks[2]


def _opposites(name: str, section: Mapping[str, Any], file: str) -> Iterator[tuple[Phrase, Rule]]:
    """Yield the rules of a section of opposites."""
    kind = REVERSER if name == "reversers" else WORD
    for direction, entries in section.items():
        if direction not in DIRECTIONS or not isinstance(entries, dict):
            raise ConfigError(
                f"{file}: [{name}] has {direction!r}; write [{name}.both], [{name}.to_positive] or "
                f"[{name}.to_negative]"
            )
        for left, right in entries.items():
            pairs = _pairs(left, right, file)
            verb = name.startswith("verbs") and " " not in left and len(pairs) >= len(VERB_FORMS)
            label = POSITIVE if direction == "to_negative" else NEGATIVE
            yield from _one_way(pairs, kind, label, verb)
            if direction == "both":
                yield from _one_way([pair[::-1] for pair in pairs], kind, POSITIVE, verb)


def _one_way(
    pairs: list[tuple[str, str]], kind: str, label: int, verb: bool
) -> Iterator[tuple[Phrase, Rule]]:
    """Yield the rules of the pairs of one entry, whose left sides say ``label``."""
    forms = tuple(left for left, _ in pairs[: len(VERB_FORMS)]) if verb else ()
    for left, right in pairs:
        yield words_of(left), Rule(kind, right, label, forms)


def _pairs(left: str, right: Any, file: str) -> list[tuple[str, str]]:
    """Return an entry without its short forms; the right side may have none.

    >>> _pairs("poor/weak plot", "fine/strong plot", "mine.toml")
    [('poor plot', 'fine plot'), ('weak plot', 'strong plot')]
    """
    if not isinstance(right, str) or not right.strip():
        raise ConfigError(f"{file}: {left!r} needs a text that takes its place, not {right!r}")
    sides = [[word.split("/") for word in side.split()] for side in (left, right)]
    sizes = [[len(word) for word in side if len(word) > 1] for side in sides]
    if sizes[1] not in ([], sizes[0]):
        raise ConfigError(
            f"{file}: {left!r} and {right!r} need the same numbers of words between slashes"
        )
    choices = list(product(*map(range, sizes[0])))
    return [(_chosen(sides[0], choice), _chosen(sides[1], choice)) for choice in choices]


def _chosen(side: list[list[str]], choice: tuple[int, ...]) -> str:
    """Return a side with one of the words of every group."""
    rest = iter(choice)
    return " ".join(word[next(rest)] if len(word) > 1 else word[0] for word in side)


def _negation(name: str, section: Mapping[str, Any], file: str) -> Iterator[tuple[Phrase, Rule]]:
    """Yield the rules of ``[negation]``."""
    for key, value in section.items():
        of = dict if key in ("dropped", "auxiliaries") else list
        _check_texts(value, of, f"{file}: [negation] {key}")
        if key == "dropped":
            yield from ((words_of(old), Rule(DROPPED, new)) for old, new in value.items())
        elif key == "auxiliaries":
            for old, form in value.items():
                if form not in VERB_FORMS:
                    raise ConfigError(f"{file}: {old!r} needs one of {', '.join(VERB_FORMS)}")
                yield words_of(old), Rule(AUXILIARY, form=VERB_FORMS.index(form))
        elif key == "carriers":
            for verb in value:
                forms = tuple(verb.split("/"))
                yield from (((form,), Rule(CARRIER, forms=forms)) for form in forms)
        elif key in LISTS:
            kind = key.removesuffix("s")
            yield from ((words_of(phrase), Rule(kind)) for phrase in value)
        else:
            raise ConfigError(f"{file}: [negation] has no {key!r}")


def _check_texts(value: Any, kind: type, place: str) -> None:
    """Raise ``ConfigError`` for what is no list of texts, or no table of texts."""
    texts = value.values() if isinstance(value, dict) else value
    if not isinstance(value, kind) or not all(isinstance(each, str) for each in texts):
        raise ConfigError(f"{place} must be a {'table' if kind is dict else 'list'} of texts")


def _keep(name: str, section: Mapping[str, Any], file: str) -> Iterator[tuple[Phrase, Rule]]:
    """Yield the phrases that stay as they are."""
    phrases = section.get("phrases", [])
    _check_texts(phrases, list, f"{file}: [keep] phrases")
    for phrase in phrases:
        for left, _ in _pairs(phrase, phrase, file):
            yield words_of(left), Rule(KEEP)


def _unturned(name: str, section: Mapping[str, Any], file: str) -> Iterator[tuple[Phrase, Rule]]:
    """Yield the phrases that say something and have no opposite."""
    for key, label in (("negative", NEGATIVE), ("positive", POSITIVE)):
        phrases = section.get(key, [])
        _check_texts(phrases, list, f"{file}: [unturned] {key}")
        yield from ((words_of(phrase), Rule(UNTURNED, label=label)) for phrase in phrases)


_SPECIAL = {"negation": _negation, "keep": _keep, "unturned": _unturned}
