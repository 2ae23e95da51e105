"""Texts that show what a network of reviews reads well, and what fools it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from imdb_lstm.data.labels import NAMES
from imdb_lstm.metrics.logits import predicted_classes
from imdb_lstm.runs.run import NetworkRun

FILE = Path(__file__).with_name("examples.json")


class Example(NamedTuple):
    """A text, the class that it is of, the class that it is given, and why."""

    text: str
    label: str
    verdict: str
    why: str

    @property
    def fools(self) -> bool:
        """Whether the verdict is wrong."""
        return self.label != self.verdict


def examples_of(run: NetworkRun) -> list[Example]:
    """The examples that are true of a run: none where its classes are not those of sentiment."""
    if run.classes.names != NAMES:
        return []
    every = [Example(**each) for each in json.loads(FILE.read_text(encoding="utf-8"))]
    logits = run.predict_logits([each.text for each in every])
    verdicts = predicted_classes(logits - run.threshold).tolist()
    return [each for each, k in zip(every, verdicts, strict=True) if NAMES[k] == each.verdict]
