"""Short texts whose label depends on one word that turns the rest: a negation, or a "but".

Long reviews have few of these that decide anything, so networks trained on reviews alone read past
them. Both are made from sentences whose own label is known: see ``training.short_texts``.
"""

from __future__ import annotations

import re

import numpy as np

from imdb_lstm.text.antonyms import WORD, Lexicon

# What is negated: "is good" and "I loved".
_PREDICATE = re.compile(
    r"\b(is|was|are|were|be|seems?|looks?|feels?|seemed|looked|felt)\s+"
    r"(?:(so|very|really|truly|quite|pretty|absolutely|just|particularly|especially)\s+)?(\w+)\b",
    re.IGNORECASE,
)
_BE = ("is", "was", "are", "were")
_DEGREES = {"so": "that", "quite": "very", "pretty": "very", "absolutely": "", "just": ""}
_VERDICT = re.compile(r"\bI (?:really |absolutely |just )?(\w+)\b")
_VERBS = {  # what is denied, and its label
    "loved": ("didn't love", 1), "liked": ("didn't like", 1), "enjoyed": ("didn't enjoy", 1),
    "hated": ("didn't hate", 0), "disliked": ("didn't dislike", 0),
    "love": ("don't love", 1), "enjoy": ("don't enjoy", 1), "recommend": ("don't recommend", 1),
    "hate": ("don't hate", 0),
}  # fmt: skip
_WORD = re.compile(r"[\w']+")
_DENIED = re.compile(
    r"\b(?:not|never|no|nothing|nobody|hardly|but|although|though|without|than|if|\w+n't)\b", re.I
)
MOST_WORDS_OF_LABEL = 2  # in a sentence whose label one negation turns

# How the first sentence is conceded: {First}, {Second} as written, {first}, {second} after a comma.
CONNECTIVES = (
    "{First}, but {second}.", "{First}. But {second}.", "{First}, yet {second}.",
    "{First}. Still, {second}.", "{First}. However, {second}.", "{First}. That said, {second}.",
    "{First}. Nevertheless, {second}.", "Yes, {first}. But {second}.",
    "Although {first}, {second}.", "Even though {first}, {second}.", "While {first}, {second}.",
    "{Second}, although {first}.", "{Second}, even though {first}.",
)  # fmt: skip


def negated(sentence: str, label: int, lexicon: Lexicon, random: np.random.Generator) -> str | None:
    """Return a sentence with its one verdict negated, or None where that is not sure.

    ``label``: of the sentence, 0 negative or 1 positive; the result has the other one.

    >>> from imdb_lstm.text.antonyms import bundled
    >>> random = np.random.default_rng(0)
    >>> negated("The acting is really good.", 1, bundled(), random)
    'The acting is not really good.'
    >>> negated("I hated the songs.", 0, bundled(), random)
    "I didn't hate the songs."
    >>> negated("It is good, but boring.", 1, bundled(), random)  # says both
    """
    if _DENIED.search(sentence):
        return None
    said = [_label_of(word, lexicon) for word in _WORD.findall(sentence)]
    if 1 - label in said or said.count(label) > MOST_WORDS_OF_LABEL:
        return None
    predicate = _PREDICATE.search(sentence)
    if predicate and _label_of(predicate[3], lexicon) == label:
        verb, degree = predicate[1], (predicate[2] or "").lower()
        joined = "n't" if verb.lower() in _BE and random.random() < 0.5 else " not"
        degree = _DEGREES.get(degree, degree)
        words = [verb + joined, degree, sentence[predicate.start(3) :]]
        return sentence[: predicate.start()] + " ".join(word for word in words if word)
    verdict = _VERDICT.search(sentence)
    denied, own = _VERBS.get(verdict[1] if verdict else "", ("", 1 - label))
    if verdict is None or own != label:
        return None
    return f"{sentence[: verdict.start()]}I {denied}{sentence[verdict.end() :]}"


def _label_of(word: str, lexicon: Lexicon) -> int | None:
    """The label of a word of the lexicon."""
    if word in _VERBS:
        return _VERBS[word][1]
    rule = lexicon.rules.get((word.lower(),))
    return rule.label if rule and rule.kind == WORD else None


def conceded(first: str, second: str, connective: str) -> str:
    """Join two sentences by one of ``CONNECTIVES``: the label is that of the second.

    >>> conceded("The songs are lovely.", "I was bored.", CONNECTIVES[0])
    'The songs are lovely, but I was bored.'
    >>> conceded("The songs are lovely.", "I was bored.", CONNECTIVES[-1])
    'I was bored, even though the songs are lovely.'
    """
    first, second = (each.strip().rstrip(".!?") for each in (first, second))
    return connective.format(
        First=first, Second=second, first=_in_sentence(first), second=_in_sentence(second)
    )


def _in_sentence(text: str) -> str:
    """Return a sentence as it is written after a comma: without its capital, if it has only one."""
    keeps = re.match(r"I\b|[A-Z][A-Z0-9]", text)
    return text if keeps else text[:1].lower() + text[1:]
