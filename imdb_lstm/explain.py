"""Explanation: texts → what each of their words adds to a saved run's logit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm import artifacts, attribution, gates, inference, ngram_attribution, runtime
from imdb_lstm.errors import ConfigError, OutputError
from imdb_lstm.explanation import KNOWN, LEFT_OUT, UNKNOWN, Explanation, Word
from imdb_lstm.explanation_page import page
from imdb_lstm.gate_plots import gates_figure, units_figure
from imdb_lstm.text import UNKNOWN_ID, locate, shorten

METHODS = ("integrated-gradients", "occlusion", "both")
UNITS = 3  # drawn apart


class Explainer:
    """A finished run that tells what each word of a text adds to its logit.

    ``method``: one of ``METHODS``. For a linear run, which has no embeddings, "both" is the exact
    weights of its n-grams, and occlusion. Raises ``ConfigError`` for another method, or one that
    the run does not allow.
    """

    def __init__(self, folder: Path, method: str = "both") -> None:
        if method not in METHODS:
            raise ConfigError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
        self.run, self.method = artifacts.load_run(folder), method
        self.linear = self.run.config.is_linear
        if self.linear and method == "integrated-gradients":
            raise ConfigError(
                f"{folder} is linear and has no embeddings to integrate gradients by: "
                "choose --method occlusion or both"
            )
        if not self.linear and method != "occlusion":
            self._gradients = attribution.IntegratedGradients(self.run.model)

    def explain(self, text: str) -> Explanation:
        """Explain one raw text, of any length."""
        return self._by_ngrams(text) if self.linear else self._by_network(text)

    def gate_figures(self, text: str) -> dict[str, Any]:
        """LAYER-DIRECTION and LAYER-DIRECTION-units → matplotlib figure, of every LSTM layer.

        The units drawn apart are the ``UNITS`` whose hidden states change most over the text.
        Raises ``ConfigError`` for a run that has no LSTM layer.
        """
        names = [] if self.linear else gates.recurrent_layers(self.run.model)
        if not names:
            raise ConfigError(f"{self.run.folder} has no LSTM layer whose gates could be drawn")
        ids, kept = self._encode(text)
        places = _places(text)
        words = [places[index][0] for index in kept]
        figures = {}
        for name in names:
            for direction, found in vars(gates.trace(self.run.model, ids, name)).items():
                if found is not None:
                    most = np.argsort(-np.ptp(found.hidden, axis=0))[:UNITS].tolist()
                    title, values = f"{name}, {direction}", vars(found)
                    figures[f"{name}-{direction}"] = gates_figure(words, values, title)
                    figures[f"{name}-{direction}-units"] = units_figure(words, values, most, title)
        return figures

    def _encode(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Ids that the network reads, int32 (T,), and which words of the text they are, (T,)."""
        assert self.run.vocabulary is not None
        every = self.run.vocabulary.encode(text)
        kept = shorten(np.arange(len(every)), self.run.config.maximum_length)
        return every[kept], kept

    def _by_network(self, text: str) -> Explanation:
        model: Any = self.run.model
        places = _places(text)
        ids, kept = self._encode(text)
        measures: dict[str, np.ndarray | None] = {}
        error, steps = None, None
        if self.method != "occlusion":
            found = self._gradients(ids)
            measures["integrated_gradients"], error, steps = found.values, found.error, found.steps
        if self.method != "integrated-gradients":
            measures["occlusion"] = attribution.occlusion(model, ids)
        measures["running_logit"] = attribution.running_logits(model, ids)
        measures["attention"] = attribution.attention_weights(model, ids)
        kinds = np.full(len(places), LEFT_OUT, dtype=object)
        kinds[kept] = np.where(ids == UNKNOWN_ID, UNKNOWN, KNOWN)
        logit, baseline = inference.predict_logits(model, [ids, np.full_like(ids, UNKNOWN_ID)])
        return Explanation(
            text, _words(places, kinds), float(logit), float(baseline),
            _spread(measures, kept, len(places)), error, steps,
        )  # fmt: skip

    def _by_ngrams(self, text: str) -> Explanation:
        model: Any = self.run.model
        places = locate(text)
        tokens = [token for token, _, _ in places]
        logit = float(model.predict_logits([text])[0])
        measures: dict[str, np.ndarray | None] = {}
        error = None
        if self.method == "both":
            shares = measures["ngram_weights"] = ngram_attribution.shares(model, tokens)
            error = attribution.completeness_error(float(shares.sum()), logit - model.bias)
        measures["occlusion"] = ngram_attribution.occlusion(model, tokens)
        measures["running_logit"] = ngram_attribution.running_logits(model, tokens)
        words = _words(places, [KNOWN if model.knows(token) else UNKNOWN for token in tokens])
        spread = _spread(measures, np.arange(len(tokens)), len(tokens))
        return Explanation(text, words, logit, model.bias, spread, error, None)


def _places(text: str) -> list[tuple[str, int, int]]:
    """``locate``, but an empty text is one unknown word, as to a network."""
    return locate(text) or [("", 0, 0)]


def _words(places: Sequence[tuple[str, int, int]], kinds: Iterable[str]) -> tuple[Word, ...]:
    return tuple(Word(*place, kind) for place, kind in zip(places, kinds, strict=True))


def _spread(
    measures: Mapping[str, np.ndarray | None], kept: np.ndarray, words: int
) -> dict[str, list[float | None]]:
    """The measures there are, with None for the words that were not kept."""
    found: dict[str, list[float | None]] = {}
    for name, values in measures.items():
        if values is not None:
            found[name] = [None] * words
            for index, value in zip(kept.tolist(), values.tolist(), strict=True):
                found[name][index] = round(value, 6)
    return found


def load(folder: Path, method: str = "both", device: str = "auto") -> Explainer:
    """Load the run in a folder. Raises ``RunError`` when it is missing or damaged."""
    runtime.set_up(device)
    return Explainer(folder, method)


def write(
    explanations: Iterable[Explanation], run: str, html: Path | None, json: Path | None
) -> None:
    """Write a page, a JSON file, or both. Raises ``OutputError`` when one cannot be written."""
    for path in filter(None, (html, json)):
        if not path.parent.is_dir():  # before the work
            raise OutputError(f"{path} cannot be written: there is no folder {path.parent}")
    found = list(explanations)
    if json is not None:
        rows = [explanation.as_dict() for explanation in found]
        artifacts.write_json(json, {"run": run, "explanations": rows})
    if html is not None:
        artifacts.write_text(html, page(found, run))


def write_gates(explainer: Explainer, texts: Sequence[str], folder: Path) -> None:
    """Write ``gate_figures`` of every text into a folder, the number of the text before each."""
    for number, text in enumerate(texts, 1):
        figures = explainer.gate_figures(text)
        named = {f"{number}-{name}": figure for name, figure in figures.items()}
        artifacts.write_figures(folder, named)
