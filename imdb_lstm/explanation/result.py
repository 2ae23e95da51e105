"""One explained text, as plain values: its words and the contribution of each to the logit.

The logit is that of one class, ``of``, less that of another, ``against``: see ``class_pair``. Of
two classes it is the one logit that there is, or minus that logit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from textwrap import shorten
from typing import Any

import numpy as np

from imdb_lstm.explanation.class_pair import SECOND_CLASS, ClassPair, by_probability
from imdb_lstm.explanation.marks import STRENGTHS, mark_style
from imdb_lstm.metrics.logits import predicted_classes, probabilities

KNOWN, UNKNOWN, LEFT_OUT = "known", "unknown", "left out"
NOT_READ = {UNKNOWN: "unknown to the model", LEFT_OUT: "left out, because the text is too long"}
GAP = " […] "  # in an excerpt

# Measures in units of the logit; the first one that an explanation has is shown by colour.
CONTRIBUTIONS = {
    "integrated_gradients": "integrated gradients",
    "ngram_weights": "n-gram weights",
    "occlusion": "occlusion",
}
MEASURES = {**CONTRIBUTIONS, "prefix_logit": "prefix logit", "attention": "attention"}


@dataclass(frozen=True)
class Word:
    """A token as the model reads it, its start and end in the text, and its ``kind``.

    ``kind``: known; unknown, which is every token outside the vocabulary; or left out, between the
    head and the tail of a text that is longer than the model reads.
    """

    token: str
    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Omitted:
    """What an explanation of a long text does not show.

    ``words`` between the head and the tail, before the word of index ``before``; all
    ``characters`` that are not in the text, also those inside it that are no words; and the
    ``contribution`` of the omitted words to the logit, None if the model did not read them.
    """

    words: int
    characters: int
    before: int
    contribution: float | None


@dataclass(frozen=True, repr=False)
class Explanation:
    """The prediction of a run for a text, and the contribution of each word to it.

    ``text``: what is shown of the text, which is all of it unless ``omitted`` says otherwise.
    ``measures``: name, one of ``MEASURES``, → one value per word, None where it was left out.
    ``baseline``: the logit of a text of as many unknown words. ``error``: the difference between
    the sum of the first measure and logit − baseline, relative to the latter; None for occlusion,
    whose sum need not be equal. ``steps``: those of integrated gradients, None without them.
    ``classes``: the names of all classes. ``threshold``: of the one logit of two classes. ``pair``:
    the numbers of ``of`` and ``against``. ``class_logits``: of three and more classes, the logit of
    each. ``others``: explanations of the same text with other pairs, for a page. ``temperature``:
    that of the run.
    """

    text: str
    words: tuple[Word, ...]
    logit: float
    baseline: float
    measures: Mapping[str, Sequence[float | None]]
    error: float | None
    steps: int | None
    omitted: Omitted | None = None
    classes: tuple[str, ...] = ("negative", "positive")
    threshold: float = 0.0
    pair: ClassPair = SECOND_CLASS
    class_logits: tuple[float, ...] = ()
    others: tuple[Explanation, ...] = ()
    temperature: float = 1.0

    @property
    def length(self) -> int:
        """Number of words in the text, also of those that are omitted."""
        return len(self.words) + (self.omitted.words if self.omitted else 0)

    def position(self, index: int) -> int:
        """Return the place of a word in the text, from 1, counting those that are omitted."""
        skipped = self.omitted and index >= self.omitted.before
        return index + 1 + (self.omitted.words if self.omitted and skipped else 0)

    @property
    def of(self) -> str:
        """The name of the class that is explained: contributions above zero speak for it."""
        return self.classes[self.pair.of]

    @property
    def against(self) -> str:
        """The name of the class that it is compared with."""
        return self.classes[self.pair.against]

    @property
    def probabilities(self) -> dict[str, float]:
        """The temperature-scaled probability of each class, the largest first, by its name."""
        logits = self._logits()
        found = probabilities(logits / self.temperature)[0].tolist()
        return {self.classes[number]: found[number] for number in by_probability(logits)}

    @property
    def probability(self) -> float:
        """Probability of the second of two classes; of more, that of the verdict."""
        return self.probabilities[self.verdict if self.class_logits else self.classes[1]]

    @property
    def verdict(self) -> str:
        """The name of the predicted class."""
        return self.classes[predicted_classes(self._logits() - self.threshold)[0]]

    @property
    def boundary(self) -> float:
        """Where a logit changes the verdict, or makes the two of three and more classes equal."""
        return 0.0 if self.class_logits else self.threshold * (1 if self.pair.of else -1)

    def _logits(self) -> np.ndarray:
        """The logits that the run has predicted: (1,), or (1, classes)."""
        if self.class_logits:
            return np.array([self.class_logits])
        return np.array([self.logit if self.pair.of else -self.logit])

    def probability_words(self, form: str = ".1%") -> str:
        """Return the probability in words: of the second of two classes, or of the verdict."""
        whose = "" if self.class_logits else f" of {self.classes[1]}"
        return f"probability{whose} {self.probability:{form}}"

    def question(self) -> str:
        """Return which class is explained against which; "" for the second of two classes."""
        plain = not self.class_logits and self.pair == SECOND_CLASS
        return "" if plain else f"{self.of} rather than {self.against}"

    @property
    def coloured(self) -> str:
        """Name of the measure that is shown by colour."""
        return next(name for name in CONTRIBUTIONS if name in self.measures)

    def contributions(self) -> list[float]:
        """Return the coloured measure, one value per word, zero where a word was left out."""
        return [value or 0.0 for value in self.measures[self.coloured]]

    def grades(self) -> list[int]:
        """Return sign and strength of each word, −4 to 4, relative to the strongest one."""
        values = self.contributions()
        most = max(map(abs, values), default=0.0) or 1.0
        return [round(STRENGTHS * value / most) for value in values]

    def strongest(self, count: int, sign: int) -> list[int]:
        """Return the indices of the words that contribute most to ``of`` (1), ``against`` (−1)."""
        values = [sign * value for value in self.contributions()]
        order = sorted(range(len(values)), key=lambda index: -values[index])
        return [index for index in order[:count] if values[index] > 0]

    def pieces(self) -> Iterator[tuple[str, int | None]]:
        """Yield the text in pieces, each with the index of its word, or None between words."""
        end = 0
        for index, word in enumerate(self.words):
            if word.start > end:
                yield self.text[end : word.start], None
            yield self.text[word.start : word.end], index
            end = word.end
        if end < len(self.text):
            yield self.text[end:], None

    def excerpt(self, most: int, around: int = 6) -> Explanation:
        """Return the explanation of the text around its strongest words, with […] between them.

        Each of the strongest words is kept with ``around`` words before and after it, until at
        least ``most`` words are kept. A text of at most ``most`` words is returned whole.
        """
        if len(self.words) <= most:
            return self
        text, words, end = "", [], 0
        chosen = self._around_strongest(most, around)
        for before, index in zip([-1, *chosen], chosen, strict=False):
            word = self.words[index]
            text += self.text[end : word.start] if index == before + 1 else GAP if end else "[…] "
            words.append(replace(word, start=len(text), end=len(text) + word.end - word.start))
            text += self.text[word.start : word.end]
            end = word.end
        text += self.text[end:] if chosen[-1] == len(self.words) - 1 else GAP.rstrip()
        measures = {name: [row[index] for index in chosen] for name, row in self.measures.items()}
        return replace(self, text=text, words=tuple(words), measures=measures, omitted=None)

    def _around_strongest(self, most: int, around: int) -> list[int]:
        """Indices, in order, of the words that ``excerpt`` keeps."""
        strengths = [abs(value) for value in self.contributions()]
        kept: set[int] = set()
        for index in sorted(range(len(strengths)), key=lambda index: -strengths[index]):
            if len(kept) >= most:
                break
            kept |= {*range(max(0, index - around), min(len(strengths), index + around + 1))}
        return sorted(kept)

    def __repr__(self) -> str:
        """Return one line without the numbers of each word."""
        question = f"; {self.question()}" if self.question() else ""
        text = shorten(self.text, 60, placeholder=" …")
        return f"{self.verdict}, {self.probability_words()}{question}: {text}"

    def _repr_html_(self) -> str:
        """Return the verdict and the text with its words marked, for a notebook."""
        grades = self.grades()
        marked = [
            f'<span style="{mark_style(grades[index])}">{escape(piece)}</span>'
            if index is not None and grades[index]
            else escape(piece)
            for piece, index in self.pieces()
        ]
        notes = [escape(self.question()), f"{self.unread()}." if self.unread() else ""]
        note = "".join(f"<br><small>{words}</small>" for words in notes if words)
        return (
            f"<p><b>{escape(self.verdict)}</b>, {escape(self.probability_words())}{note}</p>"
            f'<p style="line-height: 2; max-width: 50em; white-space: pre-wrap">{"".join(marked)}'
            "</p>"
        )

    def unread(self) -> str:
        """Return a phrase that counts unknown words and words left out; empty if there are none.

        It also counts what is not shown.
        """
        counts = {kind: sum(word.kind == kind for word in self.words) for kind in NOT_READ}
        omitted = self.omitted
        if omitted and omitted.contribution is None:
            counts[LEFT_OUT] += omitted.words
        found = [f"{NOT_READ[kind]}: {count:,}" for kind, count in counts.items() if count]
        if omitted:
            found.append(
                f"not shown here: {omitted.words:,} words, {omitted.characters:,} characters"
            )
        return "; ".join([f"Words: {self.length:,}", *found]) if found else ""

    def completeness(self) -> str:
        """Return a sentence that compares the sum of the contributions with the logit's change."""
        name = CONTRIBUTIONS[self.coloured]
        outside = (self.omitted.contribution if self.omitted else None) or 0.0
        added = sum(self.contributions()) + outside
        total = f"{name[0].upper()}{name[1:]} sum to {added:+.3f}"
        logit = "difference of the two logits" if self.class_logits else "logit"
        change = (
            f"the {logit} changes by {self.logit - self.baseline:+.3f}, from {self.baseline:+.3f} "
            f"for unknown words only to {self.logit:+.3f}"
        )
        if self.error is None:
            return f"{total}; {change}; for occlusion the two need not be equal"
        if self.steps is None:
            return f"{total}; {change}. An n-gram classifier has no embeddings for gradients"
        return f"{total}; {change} (error {self.error:.2%}, {self.steps} steps)"

    def as_dict(self) -> dict[str, Any]:
        """Return everything ready for JSON, each word with its measures.

        ``omitted`` is there only if something is; ``of``, ``against`` and ``probabilities`` only if
        it is not the one logit of two classes that is explained.
        """
        rows = zip(*self.measures.values(), strict=True)
        pair = {
            "of": self.of,
            "against": self.against,
            "probabilities": {name: round(value, 6) for name, value in self.probabilities.items()},
        }
        return {
            "text": self.text,
            "probability": round(self.probability, 6),
            "verdict": self.verdict,
            **(pair if self.question() else {}),
            "logit": round(self.logit, 6),
            "baseline_logit": round(self.baseline, 6),
            "completeness_error": self.error,
            "steps": self.steps,
            **({"omitted": vars(self.omitted)} if self.omitted else {}),
            "words": [
                {**vars(word), **dict(zip(self.measures, row, strict=True))}
                for word, row in zip(self.words, rows, strict=True)
            ],
        }
