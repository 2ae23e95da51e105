"""One explained review, as plain values: which words it has, and what each of them adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from textwrap import shorten
from typing import Any

from imdb_lstm.metrics.classification import sigmoid

KNOWN, UNKNOWN, LEFT_OUT = "known", "unknown", "left out"
NOT_READ = {UNKNOWN: "unknown to the model", LEFT_OUT: "left out, as the text is too long"}
GAP = " […] "  # in an excerpt
STRENGTHS = 4  # grades of a contribution that a reader can tell apart
COLOURS = {
    1: ("#DCEDF7", "#B3D9EF", "#7FC0E6", "#4DA6DB"),  # for "positive", the weakest first
    -1: ("#F9E4D6", "#F2C4A3", "#EB9F6B", "#E37B35"),
}  # black letters have a contrast of 7 to 1 or more on each

# The measures that add up to a change of the logit, or are one; the first one found is coloured.
CONTRIBUTIONS = {
    "integrated_gradients": "integrated gradients",
    "ngram_weights": "n-gram weights",
    "occlusion": "occlusion",
}
MEASURES = {**CONTRIBUTIONS, "prefix_logit": "logit so far", "attention": "attention"}
COMPLETE = ("integrated_gradients", "ngram_weights")  # of these the sum is the logit's change


def _mark(piece: str, grade: int) -> str:
    """A word of a grade: a line above and blue for positive, a dashed one below and orange for
    negative, as thick as the word is strong."""
    sign, strength = (1, grade) if grade > 0 else (-1, -grade)
    line = "top: {}px solid" if sign > 0 else "bottom: {}px dashed"
    return (
        f'<span style="background: {COLOURS[sign][strength - 1]}; color: black; '
        f'border-{line.format(strength)} black">{escape(piece)}</span>'
    )


@dataclass(frozen=True)
class Word:
    """A token as the model reads it, where it stands in the text, and its ``kind``.

    An unknown one is in no vocabulary, and all of them are alike to the model; what is left out
    lies between the head and the tail that are kept of a long text.
    """

    token: str
    start: int
    end: int
    kind: str


@dataclass(frozen=True, repr=False)
class Explanation:
    """What a run makes of a text, word by word.

    ``measures``: name, one of ``MEASURES``, → one value a word, None where it was left out.
    ``baseline``: the logit of as many unknown words. ``error``: how far the first measure's sum is
    from logit − baseline, as a share of this, where it should be equal; ``steps`` it took.
    """

    text: str
    words: tuple[Word, ...]
    logit: float
    baseline: float
    measures: Mapping[str, Sequence[float | None]]
    error: float | None
    steps: int | None

    @property
    def probability(self) -> float:
        """Of "positive"."""
        return float(sigmoid([self.logit])[0])

    @property
    def verdict(self) -> str:
        """positive or negative."""
        return "positive" if self.logit > 0 else "negative"

    @property
    def coloured(self) -> str:
        """Name of the measure that is shown on the text."""
        return next(name for name in CONTRIBUTIONS if name in self.measures)

    def contributions(self) -> list[float]:
        """The coloured measure, zero where a word was left out."""
        return [value or 0.0 for value in self.measures[self.coloured]]

    def grades(self) -> list[int]:
        """Sign and strength of every word, −4 to 4, by its share of the strongest contribution."""
        values = self.contributions()
        most = max(map(abs, values), default=0.0) or 1.0
        return [round(STRENGTHS * value / most) for value in values]

    def strongest(self, count: int, sign: int) -> list[int]:
        """Indices of the words that add most for "positive" (sign 1) or against it (−1)."""
        values = [sign * value for value in self.contributions()]
        order = sorted(range(len(values)), key=lambda index: -values[index])
        return [index for index in order[:count] if values[index] > 0]

    def pieces(self) -> Iterator[tuple[str, int | None]]:
        """The text in pieces that make it whole, each with the index of its word, if it is one."""
        end = 0
        for index, word in enumerate(self.words):
            if word.start > end:
                yield self.text[end : word.start], None
            yield self.text[word.start : word.end], index
            end = word.end
        if end < len(self.text):
            yield self.text[end:], None

    def excerpt(self, most: int, around: int = 6) -> Explanation:
        """The text around its strongest words, with […] for what is left out between.

        Word by word, the strongest first, as many words before and after each are kept as
        ``around`` says, until they are ``most`` or a few more. A text of no more stays whole.
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
        return replace(self, text=text, words=tuple(words), measures=measures)

    def _around_strongest(self, most: int, around: int) -> list[int]:
        """Indices, in order, of the words to keep of a text of more than ``most``."""
        strengths = [abs(value) for value in self.contributions()]
        kept: set[int] = set()
        for index in sorted(range(len(strengths)), key=lambda index: -strengths[index]):
            if len(kept) >= most:
                break
            kept |= {*range(max(0, index - around), min(len(strengths), index + around + 1))}
        return sorted(kept)

    def __repr__(self) -> str:
        """One line, not every number."""
        return (
            f"{self.verdict}, probability of positive {self.probability:.1%}: "
            f"{shorten(self.text, 60, placeholder=' …')}"
        )

    def _repr_html_(self) -> str:
        """The verdict, and the text with its words marked: what a notebook shows."""
        marked = [
            escape(piece) if index is None or not grades[index] else _mark(piece, grades[index])
            for grades in [self.grades()]
            for piece, index in self.pieces()
        ]
        note = f"<br><small>{self.unread()}.</small>" if self.unread() else ""
        return (
            f"<p><b>{self.verdict}</b>, probability of positive {self.probability:.1%}{note}</p>"
            f'<p style="line-height: 2; max-width: 50em; white-space: pre-wrap">{"".join(marked)}'
            "</p>"
        )

    def unread(self) -> str:
        """How many words the model does not know, or did not read, in one sentence; empty: none."""
        counts = {kind: sum(word.kind == kind for word in self.words) for kind in NOT_READ}
        told = [f"{NOT_READ[kind]}: {count:,}" for kind, count in counts.items() if count]
        return "; ".join([f"Words: {len(self.words):,}", *told]) if told else ""

    def completeness(self) -> str:
        """What the contributions sum to beside what they should, in one sentence."""
        name = CONTRIBUTIONS[self.coloured]
        total = f"{name[0].upper()}{name[1:]} sum to {sum(self.contributions()):+.3f}"
        change = (
            f"the logit changes by {self.logit - self.baseline:+.3f}, from {self.baseline:+.3f} "
            f"for unknown words alone to {self.logit:+.3f}"
        )
        if self.error is None:
            return f"{total}; {change}: with occlusion the two need not agree"
        if self.steps is None:
            return f"{total}; {change}. A linear run has no embeddings to integrate gradients by"
        return f"{total}; {change} (error {self.error:.2%}, {self.steps} steps)"

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON can hold it; each word with its own measures."""
        rows = zip(*self.measures.values(), strict=True)
        return {
            "text": self.text,
            "probability": round(self.probability, 6),
            "verdict": self.verdict,
            "logit": round(self.logit, 6),
            "baseline_logit": round(self.baseline, 6),
            "completeness_error": self.error,
            "steps": self.steps,
            "words": [
                {**vars(word), **dict(zip(self.measures, row, strict=True))}
                for word, row in zip(self.words, rows, strict=True)
            ],
        }
