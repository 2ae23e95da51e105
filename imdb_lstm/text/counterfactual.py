"""Counterfactual reviews: a review rewritten so that it says the opposite, with the other label.

A model that learns a review and its opposite, which differ in the words of the verdict alone,
learns to rely on these words and not on others that only occur with a label (Kaushik, Hovy & Lipton
2020, "Learning the Difference that Makes a Difference with Counterfactually-Augmented Data";
Gardner et al. 2020, "Evaluating Models' Local Decision Boundaries via Contrast Sets"). There people
rewrite the reviews. Here words are replaced by antonyms of a lexicon, as in Wang & Culotta 2021,
"Robustness to Spurious Correlations in Text Classification via Automatically Generated
Counterfactuals".

Every word of the lexicon is turned, of either label, so that the whole verdict is the opposite.
Where a word is negated, the negation is dropped and the word stays: "not good" becomes "good", and
"not bad" becomes "bad". Quotations and titles stay, as far as they can be told. A review is refused
where its verdict would be turned in part only, see ``counterfactual``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from imdb_lstm.text.antonyms import AUXILIARY, DOWNTONER, REVERSER, UNTURNED, WORD, Lexicon, Rule
from imdb_lstm.text.clauses import Part, governor, parts_of, verb_after
from imdb_lstm.text.scores import scores
from imdb_lstm.text.sentences import SENTENCE_END

FEWEST = 2  # words of the own label that are turned
OUTWEIGHED = 2.0  # the own words, as a multiple of those of the other label
LEFT_SHARE = 0.5  # words that cannot be turned, at most, as a share of the own words
WORDS_PER_CHANGE = 80  # of a review, at most, for each own word that is turned

_ARTICLE = re.compile(r"(?<![\w'’])(an?)(\s+)$", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiou]|8|11\b|18\b|hono|hour|heir", re.IGNORECASE)
_CONSONANT = re.compile(r"eu|u(?:ni[^nm]|s[ei]|tili)|one\b|once", re.IGNORECASE)


@dataclass(frozen=True)
class Change:
    """A place of a review that is changed: offsets, what is put there, and the label it spoke for.

    ``label`` is None for what only goes with another change, such as a negation that is dropped
    together with one that counts.
    """

    start: int
    end: int
    new: str
    label: int | None


@dataclass(frozen=True)
class Counterfactual:
    """A review that was turned: its text and label after that, and the changes of the original."""

    original: str
    text: str
    label: int
    changes: tuple[Change, ...]

    def words(self) -> list[tuple[str, str]]:
        """Return what was changed into what, in the order of the review."""
        return [(self.original[each.start : each.end].strip(), each.new) for each in self.changes]

    def excerpts(self) -> tuple[str, str]:
        """Return the sentences that were changed, as they were and as they are."""
        ends = [match.span() for match in SENTENCE_END.finditer(self.original)]
        starts = [0, *(end for _, end in ends)]
        before, after = [], []
        for start, end in zip(
            starts, [*(start for start, _ in ends), len(self.original)], strict=True
        ):
            own = [each for each in self.changes if start <= each.start < end]
            if own:
                before.append(self.original[start:end].strip())
                after.append(changed(self.original, own, start, end).strip())
        return " ".join(before), " ".join(after)


def counterfactual(text: str, label: int, lexicon: Lexicon) -> Counterfactual | None:
    """Return the review turned into the other label, 0 negative or 1 positive, or None.

    It is refused, with None, unless at least ``FEWEST`` words speak for its label, twice as many as
    for the other one, with at most ``WORDS_PER_CHANGE`` words of text for each, and few are left
    that cannot be turned.

    >>> from imdb_lstm.text.antonyms import bundled
    >>> counterfactual("An awful film, not funny at all: 2/10.", 0, bundled()).text
    'A wonderful film, funny: 9/10.'
    >>> counterfactual("A wonderful film.", 1, bundled())  # too little to be sure
    """
    changes, left = find_changes(text, lexicon)
    own = sum(each.label == label for each in changes)
    other = sum(each.label == 1 - label for each in changes)
    if own < max(FEWEST, OUTWEIGHED * other, text.count(" ") / WORDS_PER_CHANGE):
        return None
    if sum(each != 1 - label for each in left) > LEFT_SHARE * own:
        return None
    return Counterfactual(text, changed(text, changes), 1 - label, tuple(changes))


def find_changes(text: str, lexicon: Lexicon) -> tuple[list[Change], list[int | None]]:
    """Return the changes of a text in order, and the labels of the words that stay, if known."""
    found = scores(text)
    changes = [Change(each.start, each.end, each.new, each.label) for each in found]
    parts = parts_of(text, lexicon, [(each.start, each.end) for each in found])
    left: list[int | None] = [
        part.rule.label for part in parts if part.rule and part.rule.kind == UNTURNED
    ]
    governed: dict[int, list[int]] = {}
    for place, part in enumerate(parts):
        if part.rule and part.rule.kind == WORD:
            above = governor(parts, place)
            if above is None:
                changes.append(_replaced(text, part, part.rule))
            elif above < 0:
                left.append(None)
            else:
                governed.setdefault(above, []).append(place)
    for above, places in governed.items():
        turned = _turned_governor(text, parts, above, places)
        changes += turned
        left += [] if turned else [None] * len(places)
    for place, part in enumerate(parts):
        if part.rule and part.rule.kind == REVERSER and place not in governed:
            changes.append(_replaced(text, part, part.rule))
    return sorted(changes, key=lambda each: each.start), left


def _replaced(text: str, part: Part, rule: Rule) -> Change:
    """Return the change of a word of the lexicon."""
    return Change(part.start, part.end, like(text[part.start : part.end], rule.new), rule.label)


def _turned_governor(
    text: str, parts: Sequence[Part], above: int, places: Sequence[int]
) -> list[Change]:
    """Return the changes that drop a negation, or turn a reverser; none where it cannot be done."""
    part, rules = parts[above], [rule for place in places if (rule := parts[place].rule)]
    assert part.rule is not None
    first = rules[0]
    if any(rule.label != first.label for rule in rules):  # "never good or bad"
        return []
    if part.rule.kind == REVERSER:
        label = first.label if part.rule.label else 1 - first.label
        return [
            Change(part.start, part.end, like(text[part.start : part.end], part.rule.new), label)
        ]
    changes = _without(text, parts, above, part.rule.new, 1 - first.label)
    if part.rule.kind == AUXILIARY:
        verb = verb_after(parts, above)
        if verb is None or text[verb.start : verb.end].lower() != verb.rule.forms[0]:  # type: ignore[union-attr]
            return []
        base = verb.rule.forms[part.rule.form]  # type: ignore[union-attr]
        changes.append(Change(verb.start, verb.end, like(text[verb.start : verb.end], base), None))
    for place in range(above + 1, places[0]):
        rule = parts[place].rule
        if rule and rule.kind == DOWNTONER:
            changes += _without(text, parts, place, "", None)
    last, after = parts[places[-1]], parts[places[-1] + 1 : places[-1] + 2]
    rule = after[0].rule if after and not last.ends and after[0].ends else None
    if rule and rule.kind == DOWNTONER:
        changes.append(Change(last.end, after[0].end, "", None))  # "not funny at all"
    return changes


def _without(
    text: str, parts: Sequence[Part], place: int, new: str, label: int | None
) -> list[Change]:
    """Return the change that puts ``new`` in the place of a part, or drops it with its space."""
    part = parts[place]
    end = part.end if new else parts[place + 1].start
    return [Change(part.start, end, like(text[part.start : part.end], new), label)]


def like(old: str, new: str) -> str:
    """Return a text with the capitals of another.

    >>> like("Awful", "wonderful"), like("NOT FUNNY", "funny"), like("awful", "wonderful")
    ('Wonderful', 'FUNNY', 'wonderful')
    """
    new = re.sub(r"\bi\b", "I", new)
    if len(old) > 1 and old.isupper() and old != "I":
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def changed(text: str, changes: Sequence[Change], start: int = 0, end: int | None = None) -> str:
    """Return a text, from ``start`` to ``end``, with the changes made, which are in order.

    "a" and "an" before a change agree with what follows, and a capital at the start of a sentence
    stays where its word is dropped.
    """
    end = len(text) if end is None else end
    done, at, capital = "", start, False
    for change in [*changes, Change(end, end, "", None)]:
        between, new = text[at : change.start], change.new
        if capital and (between + new).strip():
            between = between[:1].upper() + between[1:]
            new = new if between else new[:1].upper() + new[1:]
        following = new + text[change.end : end]
        done = _agreeing(done + between, following) + new
        capital = not change.new and text[change.start : change.start + 1].isupper()
        at = change.end
    return done


def _agreeing(before: str, following: str) -> str:
    """Return a text whose last word, if it is "a" or "an", agrees with what follows.

    >>> _agreeing("What a ", "awful film"), _agreeing("An ", "unfunny one")
    ('What an ', 'An ')
    >>> _agreeing("an ", "unique one")
    'a '
    """
    found = _ARTICLE.search(before)
    if not found or not following:
        return before
    vowel = _VOWEL.match(following) and not _CONSONANT.match(following)
    article = found[1]
    shouts = following[:2].isupper() if len(article) == 1 else article[1].isupper()
    end = ("N" if shouts and article[0].isupper() else "n") if vowel else ""
    return before[: found.start(1)] + article[0] + end + found[2]


def balanced(
    texts: Sequence[str], labels: Sequence[int], lexicon: Lexicon, most: int | None = None
) -> list[tuple[int, Counterfactual]]:
    """Turn reviews, as many of either label, in order: (number of the review, what it becomes).

    ``most``: at most this many of both labels together; the first ones are taken.

    >>> from imdb_lstm.text.antonyms import bundled
    >>> texts = ["Awful and boring.", "A dull, stupid film.", "Wonderful and clever."]
    >>> [(number, each.text) for number, each in balanced(texts, [0, 0, 1], bundled())]
    [(0, 'Wonderful and gripping.'), (2, 'Awful and stupid.')]
    """
    each_label = len(texts) if most is None else most // 2
    found: list[list[tuple[int, Counterfactual]]] = [[], []]
    for number, (text, label) in enumerate(zip(texts, labels, strict=True)):
        if len(found[label]) < each_label:
            turned = counterfactual(text, label, lexicon)
            if turned:
                found[label].append((number, turned))
    size = min(map(len, found))
    return sorted(found[0][:size] + found[1][:size], key=lambda pair: pair[0])
