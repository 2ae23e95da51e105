"""Explanation of the logits of a finished run: texts → contributions of their words.

What is explained is the difference of the logits of two classes, see ``class_pair``. Every
``explain`` takes their names, ``of`` and ``against``: by default of two classes the second one
against the first, and of more the predicted one against the most probable other one. It raises
``ConfigError`` for an unknown name, and for the same one twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.errors import ConfigError
from imdb_lstm.explanation.class_pair import ClassPair, choose_pair, pair_of_each
from imdb_lstm.explanation.integrated_gradients import (
    attention_weights,
    completeness_error,
    integrated_gradients,
    occlusion,
)
from imdb_lstm.explanation.lstm_gates import recurrent_layers, trace_gates
from imdb_lstm.explanation.ngram_attribution import (
    ngram_contributions,
    ngram_occlusion,
    ngram_prefix_logits,
)
from imdb_lstm.explanation.reading import locate_ends, shown_text
from imdb_lstm.explanation.result import (
    CONTRIBUTIONS,
    KNOWN,
    LEFT_OUT,
    UNKNOWN,
    Explanation,
    Omitted,
    Word,
)
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.models.numpy.variants import prefix_logits
from imdb_lstm.runs.run import NetworkRun, NgramRun, Run, load_run
from imdb_lstm.text.tokenizer import is_single, single_tokens, tokenise
from imdb_lstm.text.vocabulary import UNKNOWN_ID, shorten

METHODS = ("integrated-gradients", "occlusion", "both")
UNITS = 3  # with a figure of lines
CONTEXT = 100  # words shown on each side of those that are left out of a long text
MOST_PREFIXES = 256  # whose logits are computed, where they cannot share what they read
MOST_NGRAM_WORDS = 4_000  # shown, half of them at either end: n-gram classifiers read every word


@dataclass(frozen=True)
class _Read:
    """What the explanations of a text by a network have in common.

    ``ids``: (T,), those that the network reads, of the words of indices ``rows``. ``logits``: of
    the text, and of as many unknown words. ``occluded`` and ``prefix``: (T,) or (T, classes), or
    None.
    """

    ids: np.ndarray
    rows: np.ndarray
    shown: str
    words: tuple[Word, ...]
    omitted: Omitted | None
    logits: np.ndarray
    occluded: np.ndarray | None
    prefix: np.ndarray | None
    attention: np.ndarray | None


class NetworkExplainer:
    """Explains the logits of a finished network. ``method``: one of ``METHODS``.

    ``prefixes``: whether to compute the prefix logits, which take most of the time.
    """

    def __init__(self, run: NetworkRun, method: str, prefixes: bool = True) -> None:
        self.run, self.method, self.prefixes = run, method, prefixes
        assert isinstance(run.network, NumpyNetwork)
        self.network = run.network

    def explain(self, text: str, of: str | None = None, against: str | None = None) -> Explanation:
        """Explain one raw text, of any length."""
        read = self._read(text)
        pair = choose_pair(read.logits[:1], self.run.classes.names, of, against)
        return self._explained(read, pair)

    def explain_each(self, text: str) -> Explanation:
        """Explain one raw text; ``others`` are the explanations of its other classes.

        At most ``class_pair.MOST_CLASSES`` are explained, the most probable ones.
        """
        read = self._read(text)
        pairs = pair_of_each(read.logits[:1], self.run.classes.names)
        return _joined([self._explained(read, pair) for pair in pairs])

    def _read(self, text: str) -> _Read:
        network = self.network
        ids, kept = self._encode(text)
        tail = self.run.config.maximum_length // 2
        head = self.run.config.maximum_length - tail
        ends = locate_ends(text, head + CONTEXT, tail + CONTEXT, self.run.vocabulary.knows)
        rows = np.searchsorted(ends.indices, kept)
        kinds = np.full(len(ends.places), LEFT_OUT, dtype=object)
        kinds[rows] = np.where(ids == UNKNOWN_ID, UNKNOWN, KNOWN)
        return _Read(
            ids,
            rows,
            *shown_text(text, ends, kinds.tolist()),
            logits=network.logits([ids, np.full_like(ids, UNKNOWN_ID)]),
            occluded=None if self.method == "integrated-gradients" else occlusion(network, ids),
            prefix=prefix_logits(network, ids, MOST_PREFIXES) if self.prefixes else None,
            attention=attention_weights(network, ids),
        )

    def _explained(self, read: _Read, pair: ClassPair) -> Explanation:
        measures: dict[str, np.ndarray | None] = {}
        error, steps = None, None
        if self.method != "occlusion":
            direction = pair.direction(self.network.outputs)
            found = integrated_gradients(self.network, read.ids, direction)
            measures["integrated_gradients"], error, steps = found.values, found.error, found.steps
        if read.occluded is not None:
            measures["occlusion"] = pair.difference(read.occluded)
        if read.prefix is not None:
            measures["prefix_logit"] = pair.difference(read.prefix)
        measures["attention"] = read.attention
        logit, baseline = pair.difference(read.logits).tolist()
        by_word = _by_word(measures, read.rows, len(read.words))
        return Explanation(
            read.shown, read.words, logit, baseline, by_word, error, steps, read.omitted,
            self.run.classes.names, self.run.threshold, pair, _class_logits(read.logits),
            temperature=self.run.temperature,
        )  # fmt: skip

    def gate_figures(self, text: str) -> dict[str, Any]:
        """Return matplotlib figures of every LSTM layer, named LAYER-DIRECTION.

        LAYER-DIRECTION-units shows the ``UNITS`` units whose hidden states have the largest range
        over the text. Raises ``ConfigError`` for a network without an LSTM layer.
        """
        from imdb_lstm.explanation.gate_plots import gates_figure, units_figure  # matplotlib

        names = recurrent_layers(self.network)
        if not names:
            raise ConfigError(f"{self.run.folder} has no LSTM layer, so there are no gates to draw")
        ids, kept = self._encode(text)
        tokens = tokenise(text, self.run.vocabulary.knows) or [""]
        words = [tokens[index] for index in kept.tolist()]
        figures = {}
        for name in names:
            for direction, found in vars(trace_gates(self.network, ids, name)).items():
                if found is not None:
                    most = np.argsort(-np.ptp(found.hidden, axis=0))[:UNITS].tolist()
                    title, values = f"{name}, {direction}", vars(found)
                    figures[f"{name}-{direction}"] = gates_figure(words, values, title)
                    figures[f"{name}-{direction}-units"] = units_figure(words, values, most, title)
        return figures

    def _encode(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Ids that the network reads, int32 (T,), and the indices of their words, (T,)."""
        every = self.run.vocabulary.encode(text)
        kept = shorten(np.arange(len(every)), self.run.config.maximum_length)
        return every[kept], kept


class NgramExplainer:
    """Explains the logits of a finished n-gram classifier.

    ``method``: occlusion, or both, which is occlusion and the exact weights of the n-grams. Raises
    ``ConfigError`` for integrated gradients, because there are no embeddings.
    """

    def __init__(self, run: NgramRun, method: str) -> None:
        self.run, self.method = run, method
        if method == "integrated-gradients":
            raise ConfigError(
                f"{run.folder} is an n-gram classifier and has no embeddings for integrated "
                "gradients: choose --method occlusion or both"
            )

    def explain(self, text: str, of: str | None = None, against: str | None = None) -> Explanation:
        """Explain one raw text, of any length."""
        logits = self.run.model.predict_logits([text])
        pair = choose_pair(logits, self.run.classes.names, of, against)
        return self._explained(text, logits, pair)

    def explain_each(self, text: str) -> Explanation:
        """Explain one raw text; ``others`` are the explanations of its other classes.

        At most ``class_pair.MOST_CLASSES`` are explained, the most probable ones.
        """
        logits = self.run.model.predict_logits([text])
        pairs = pair_of_each(logits, self.run.classes.names)
        return _joined([self._explained(text, logits, pair) for pair in pairs])

    def _explained(self, text: str, logits: np.ndarray, pair: ClassPair) -> Explanation:
        """``logits``: of the text, (1,) or (1, classes)."""
        model, tokens = self.run.model.between(*pair), single_tokens(text)
        logit, baseline = float(pair.difference(logits)[0]), float(model.bias)
        measures: dict[str, np.ndarray | None] = {}
        error = None
        if self.method == "both":
            shares = measures["ngram_weights"] = ngram_contributions(model, tokens)
            error = completeness_error(float(shares.sum()), logit - baseline)
        measures["occlusion"] = ngram_occlusion(model, tokens)
        measures["prefix_logit"] = ngram_prefix_logits(model, tokens)
        ends = locate_ends(text, MOST_NGRAM_WORDS // 2, MOST_NGRAM_WORDS // 2, is_single)
        rows = ends.indices[: len(tokens)]
        kinds = [KNOWN if model.knows(token) else UNKNOWN for token, _, _ in ends.places]
        coloured = next(measures[name] for name in CONTRIBUTIONS if name in measures)
        outside = 0.0 if coloured is None else float(coloured.sum() - coloured[rows].sum())
        shown, words, omitted = shown_text(text, ends, kinds, outside)
        if not tokens:
            words = ()
        listed = {name: None if found is None else found[rows] for name, found in measures.items()}
        by_word = _by_word(listed, np.arange(len(words)), len(words))
        return Explanation(
            shown, words, logit, baseline, by_word, error, None, omitted,
            self.run.classes.names, self.run.threshold, pair, _class_logits(logits),
            temperature=self.run.temperature,
        )  # fmt: skip

    def gate_figures(self, text: str) -> dict[str, Any]:
        """Raise ``ConfigError``: there is no LSTM layer."""
        raise ConfigError(f"{self.run.folder} has no LSTM layer, so there are no gates to draw")


Explainer = NetworkExplainer | NgramExplainer


def _class_logits(logits: np.ndarray) -> tuple[float, ...]:
    """The logits of the first text, of three and more classes; () for two classes."""
    return tuple(logits[0].tolist()) if logits.ndim == 2 else ()


def _joined(explanations: Sequence[Explanation]) -> Explanation:
    return replace(explanations[0], others=tuple(explanations[1:]))


def _by_word(
    measures: Mapping[str, np.ndarray | None], kept: np.ndarray, words: int
) -> dict[str, list[float | None]]:
    """The measures that are not None, with None for the words that were left out."""
    found: dict[str, list[float | None]] = {}
    for name, values in measures.items():
        if values is not None:
            found[name] = [None] * words
            for index, value in zip(kept.tolist(), values.tolist(), strict=True):
                found[name][index] = round(value, 6)
    return found


def load_explainer(folder: Path, method: str = "both") -> Explainer:
    """Load the run in a folder to explain its logits by one of ``METHODS``.

    Raises ``RunError`` when the run is missing or damaged, and ``ConfigError`` for an unknown
    method, or one that does not exist for this kind of run.
    """
    if method not in METHODS:
        raise ConfigError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    return explainer_of(load_run(folder), method)


def explainer_of(run: Run, method: str = "both", prefixes: bool = True) -> Explainer:
    """Explain the logits of a run that is loaded, with NumPy if it is a network."""
    if isinstance(run, NgramRun):
        return NgramExplainer(run, method)
    return NetworkExplainer(run, method, prefixes)
