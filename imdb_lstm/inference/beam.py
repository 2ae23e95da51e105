"""Scoring as a transform of Apache Beam, for collections that one machine does not hold.

Needs the extra ``beam``. Runs are loaded once per worker process, in NumPy; they must be found
there: in the installed package, as ``shipped`` is, or in a folder that all workers see.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.utils.shared import Shared

from imdb_lstm.data.files.json_values import JsonError, parse_line
from imdb_lstm.data.texts import as_text
from imdb_lstm.inference import score as scoring
from imdb_lstm.inference.classifier import Classifier, load_classifier
from imdb_lstm.inference.predictions import Columns
from imdb_lstm.metrics.decision_rule import DecisionRule
from imdb_lstm.threads import use_one_thread

SCORED, REJECTED = "scored", "rejected"


class Loaded(NamedTuple):
    """What a worker process needs to score."""

    classifier: Classifier
    rule: DecisionRule


class ScoreRows(beam.PTransform):
    """Dictionaries with a text → those with the columns of ``imdb-lstm score``.

    The result has two collections: ``scored``, and ``rejected``, the dictionaries ``{"reason":
    ..., "row": ...}`` of rows without the column or whose value is no text. A missing text is an
    empty one.

    >>> with beam.Pipeline() as pipeline:  # doctest: +SKIP
    ...     found = pipeline | beam.Create([{"text": "A joy."}]) | ScoreRows("shipped")
    ...     found.scored | beam.Map(print)
    """

    def __init__(
        self,
        run: str | Sequence[str] | None = None,
        text_column: str = "text",
        abstention_rate: float = 0.0,
        precision: tuple[str, float] | None = None,
    ) -> None:
        super().__init__()
        self._options = (run, text_column, abstention_rate, precision)

    def expand(self, rows: Any) -> Any:
        """Score the rows in batches of up to ``score.CHUNK``."""
        batches = rows | beam.BatchElements(min_batch_size=1, max_batch_size=scoring.CHUNK)
        score = beam.ParDo(_ScoreBatch(*self._options))
        return batches | score.with_outputs(REJECTED, main=SCORED)


class _ScoreBatch(beam.DoFn):
    """Scores lists of rows, with runs that all threads of a process share."""

    def __init__(
        self,
        run: str | Sequence[str] | None,
        column: str,
        abstention_rate: float,
        precision: tuple[str, float] | None,
    ) -> None:
        self._run, self._column = run, column
        self._chosen = abstention_rate, precision
        self._shared = Shared()

    def setup(self) -> None:
        """Load the runs, unless another thread has."""
        self._loaded = self._shared.acquire(self._load)

    def _load(self) -> Any:
        use_one_thread()  # a runner starts a process for each core
        classifier = load_classifier(self._run, "cpu", "numpy")
        rule, _ = scoring.decision_rule_of(classifier.runs, *self._chosen)
        return _Holder(Loaded(classifier, rule))

    def process(self, batch: list[Mapping[str, Any]]) -> Iterator[Any]:
        """Yield the rows of a batch, those that have no text as rejected."""
        good = []
        for row in batch:
            if reason := self._problem(row):
                yield beam.pvalue.TaggedOutput(REJECTED, {"reason": reason, "row": row})
            else:
                good.append(row)
        classifier, rule = self._loaded.value
        texts = [as_text(row[self._column]) for row in good]
        scored = scoring.score_chunk(classifier, texts, rule)
        columns = Columns((), classifier.classes, details=True)
        for row, found in zip(good, scored, strict=True):
            yield columns.row(row, found)

    def _problem(self, row: Any) -> str:
        if not isinstance(row, Mapping):
            return "no dictionary"
        if self._column not in row:
            return f"no column {self._column!r}"
        is_text = not isinstance(row[self._column], (dict, list))
        return "" if is_text else f"{self._column!r} contains no text"


class _Holder:
    """An object that can be referred to weakly, as ``Shared`` needs it."""

    def __init__(self, value: Loaded) -> None:
        self.value = value


def score_files(
    pattern: str,
    output: str,
    run: str | Sequence[str] | None = None,
    text_column: str = "text",
    abstention_rate: float = 0.0,
    options: Sequence[str] = (),
) -> None:
    """Score JSON lines of all files of a pattern, and write JSON lines in several files.

    Args:
        pattern: Files, in any file system that Beam knows; those that end in .gz are unpacked.
        output: The beginning of the names of the files ``OUTPUT-00000-of-00004.jsonl``; rows that
            cannot be read are in ``OUTPUT.rejects-00000-of-00001.jsonl``.
        run: A run, or several.
        text_column: The column of the text.
        abstention_rate: See ``score.decision_rule_of``.
        options: Of the pipeline, as ``--runner=DirectRunner``.

    The order of rows is not kept.
    """
    with beam.Pipeline(options=PipelineOptions(list(options))) as pipeline:
        lines = pipeline | beam.io.ReadFromText(pattern)
        parsed = lines | beam.ParDo(_parse).with_outputs(REJECTED, main=SCORED)
        found = parsed[SCORED] | ScoreRows(run, text_column, abstention_rate)
        rejected = (parsed[REJECTED], found[REJECTED]) | beam.Flatten()
        _write(found[SCORED], "scored", output)
        _write(rejected, "rejected", f"{output}.rejects")


def _parse(line: str) -> Iterator[Any]:
    """Yield the object of a line; blank lines are left out."""
    if not line.strip():
        return
    try:
        yield parse_line(line)
    except JsonError as error:
        yield beam.pvalue.TaggedOutput(REJECTED, {"reason": str(error), "row": line})


def _write(rows: Any, name: str, output: str) -> None:
    lines = rows | f"Encode {name}" >> beam.Map(_encoded)
    _ = lines | f"Write {name}" >> beam.io.WriteToText(output, file_name_suffix=".jsonl")


def _encoded(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=str)
