"""Explanation of the logit of a finished run: texts → contributions of their words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.device import set_up_device
from imdb_lstm.errors import ConfigError, OutputError
from imdb_lstm.explanation.gate_plots import gates_figure, units_figure
from imdb_lstm.explanation.integrated_gradients import (
    IntegratedGradients,
    attention_weights,
    completeness_error,
    occlusion,
    prefix_logits,
)
from imdb_lstm.explanation.lstm_gates import recurrent_layers, trace_gates
from imdb_lstm.explanation.ngram_attribution import (
    ngram_contributions,
    ngram_occlusion,
    ngram_prefix_logits,
)
from imdb_lstm.explanation.page import explanation_page
from imdb_lstm.explanation.result import KNOWN, LEFT_OUT, UNKNOWN, Explanation, Word
from imdb_lstm.models.network import network_logits
from imdb_lstm.runs.files import write_figures, write_json, write_text
from imdb_lstm.runs.run import NetworkRun, NgramRun, load_run
from imdb_lstm.text.tokenizer import is_single, locate
from imdb_lstm.text.vocabulary import UNKNOWN_ID, shorten

METHODS = ("integrated-gradients", "occlusion", "both")
UNITS = 3  # with a figure of lines


class NetworkExplainer:
    """Explains the logits of a finished network. ``method``: one of ``METHODS``."""

    def __init__(self, run: NetworkRun, method: str) -> None:
        self.run, self.method = run, method
        if method != "occlusion":
            self._gradients = IntegratedGradients(run.model)

    def explain(self, text: str) -> Explanation:
        """Explain one raw text, of any length."""
        model, places = self.run.model, self.run.vocabulary.locate(text)
        ids, kept = self._encode(text)
        measures: dict[str, np.ndarray | None] = {}
        error, steps = None, None
        if self.method != "occlusion":
            found = self._gradients(ids)
            measures["integrated_gradients"], error, steps = found.values, found.error, found.steps
        if self.method != "integrated-gradients":
            measures["occlusion"] = occlusion(model, ids)
        measures["prefix_logit"] = prefix_logits(model, ids)
        measures["attention"] = attention_weights(model, ids)
        kinds = np.full(len(places), LEFT_OUT, dtype=object)
        kinds[kept] = np.where(ids == UNKNOWN_ID, UNKNOWN, KNOWN)
        logit, baseline = network_logits(model, [ids, np.full_like(ids, UNKNOWN_ID)])
        return Explanation(
            text, _words(places, kinds), float(logit), float(baseline),
            _by_word(measures, kept, len(places)), error, steps,
        )  # fmt: skip

    def gate_figures(self, text: str) -> dict[str, Any]:
        """Return matplotlib figures of every LSTM layer, named LAYER-DIRECTION.

        LAYER-DIRECTION-units shows the ``UNITS`` units whose hidden states have the largest range
        over the text. Raises ``ConfigError`` for a network without an LSTM layer.
        """
        names = recurrent_layers(self.run.model)
        if not names:
            raise ConfigError(f"{self.run.folder} has no LSTM layer, so there are no gates to draw")
        ids, kept = self._encode(text)
        places = self.run.vocabulary.locate(text)
        words = [places[index][0] for index in kept]
        figures = {}
        for name in names:
            for direction, found in vars(trace_gates(self.run.model, ids, name)).items():
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

    def explain(self, text: str) -> Explanation:
        """Explain one raw text, of any length."""
        model, places = self.run.model, locate(text, is_single)
        tokens = [token for token, _, _ in places]
        logit = float(model.predict_logits([text])[0])
        measures: dict[str, np.ndarray | None] = {}
        error = None
        if self.method == "both":
            shares = measures["ngram_weights"] = ngram_contributions(model, tokens)
            error = completeness_error(float(shares.sum()), logit - model.bias)
        measures["occlusion"] = ngram_occlusion(model, tokens)
        measures["prefix_logit"] = ngram_prefix_logits(model, tokens)
        words = _words(places, [KNOWN if model.knows(token) else UNKNOWN for token in tokens])
        by_word = _by_word(measures, np.arange(len(tokens)), len(tokens))
        return Explanation(text, words, logit, model.bias, by_word, error, None)

    def gate_figures(self, text: str) -> dict[str, Any]:
        """Raise ``ConfigError``: there is no LSTM layer."""
        raise ConfigError(f"{self.run.folder} has no LSTM layer, so there are no gates to draw")


Explainer = NetworkExplainer | NgramExplainer


def _words(places: Sequence[tuple[str, int, int]], kinds: Iterable[str]) -> tuple[Word, ...]:
    return tuple(Word(*place, kind) for place, kind in zip(places, kinds, strict=True))


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


def load_explainer(folder: Path, method: str = "both", device: str = "auto") -> Explainer:
    """Load the run in a folder to explain its logits by one of ``METHODS``.

    Raises ``RunError`` when the run is missing or damaged, and ``ConfigError`` for an unknown
    method, or one that does not exist for this kind of run.
    """
    if method not in METHODS:
        raise ConfigError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    set_up_device(device)
    run = load_run(folder)
    return (
        NgramExplainer(run, method) if isinstance(run, NgramRun) else NetworkExplainer(run, method)
    )


def write_explanations(
    explanations: Iterable[Explanation], run: str, html: Path | None, json: Path | None
) -> None:
    """Write an HTML page, a JSON file, or both. Raises ``OutputError``."""
    for path in filter(None, (html, json)):
        if not path.parent.is_dir():  # before the work
            raise OutputError(f"{path} cannot be written: there is no folder {path.parent}")
    found = list(explanations)
    if json is not None:
        rows = [explanation.as_dict() for explanation in found]
        write_json(json, {"run": run, "explanations": rows})
    if html is not None:
        write_text(html, explanation_page(found, run))


def write_gate_figures(explainer: Explainer, texts: Sequence[str], folder: Path) -> None:
    """Write the ``gate_figures`` of every text into a folder, as NUMBER-NAME.png."""
    for number, text in enumerate(texts, 1):
        figures = explainer.gate_figures(text)
        named = {f"{number}-{name}": figure for name, figure in figures.items()}
        write_figures(folder, named)
