"""One HTML file of a finished network: written, and compared with the run."""

from __future__ import annotations

import base64
import hashlib
import html.entities
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.errors import RunError
from imdb_lstm.explanation.page import render
from imdb_lstm.inference.export.check import check_texts
from imdb_lstm.inference.score import decision_rule_of
from imdb_lstm.models.numpy.network import NumpyNetwork
from imdb_lstm.page.examples import examples_of
from imdb_lstm.page.weights import eight_bit_layers, packed_network
from imdb_lstm.runs.files import make_folder, read_metrics, write_text
from imdb_lstm.runs.find import results_folder
from imdb_lstm.runs.outputs import check_output
from imdb_lstm.runs.run import NetworkRun, NgramRun, Run, load_run
from imdb_lstm.text import patterns
from imdb_lstm.text.vocabulary import encode_texts

FOLDER = Path(__file__).parent
WORKER = ("tokenizer.js", "recurrent.js", "network.js", "gradients.js", "model.js", "worker.js")
PROGRAM = ("elements.js", "reading.js", "figures.js", "several.js", "page.js")
ABSTENTION_RATE = 0.1  # of validation reviews, with which the page would rather abstain


@dataclass(frozen=True)
class Written:
    """A page, and the largest difference of a logit between the run and its weights in 8 bits."""

    path: Path
    bytes: int
    texts: int
    difference: float


def write_page(folder: Path, output: Path | None = None) -> Written:
    """Write a finished run as one HTML file that answers in a browser.

    ``output``: by default beside the run, under its name and ``-html.html``. Raises ``RunError``
    for a run that is no recurrent network, or has no validation logits, and ``OutputError``.
    """
    if output is None:
        output = results_folder(folder).with_name(f"{folder.name}-html.html")
        make_folder(output.parent)
    check_output(output)
    run = load_run(folder)
    network = page_network(run)
    assert isinstance(run, NetworkRun)
    write_text(output, page(run, network, decision_settings(folder)))
    texts = check_texts(run)
    ids = encode_texts(texts, run.vocabulary, run.config.maximum_length)
    difference = float(np.abs(network.logits(ids) - run.network.logits(ids)).max())
    return Written(output, output.stat().st_size, len(texts), difference)


def page_of(folder: Path) -> str:
    """The page of a finished run. Raises ``RunError`` as ``write_page`` does."""
    run = load_run(folder)
    network = page_network(run)
    assert isinstance(run, NetworkRun)
    return page(run, network, decision_settings(folder))


def page_network(run: Run) -> NumpyNetwork:
    """The network of a run with the weights that its page has. Raises ``RunError``."""
    if isinstance(run, NgramRun):
        raise RunError(f"{run.folder} is an n-gram classifier: only a network has an HTML page")
    assert isinstance(run.network, NumpyNetwork)
    layers = run.network.layers
    if not any(layer.kind == "Recurrent" for layer in layers.values()):
        raise RunError(
            f"{run.folder} has the encoder {run.config.encoder}: an HTML page needs lstm, bilstm, "
            "gru or bigru"
        )
    return NumpyNetwork(eight_bit_layers(layers))


def decision_settings(folder: Path) -> dict[str, float]:
    """The temperature of a run, and the logit below which the page abstains."""
    rule, _ = decision_rule_of(folder, ABSTENTION_RATE)
    return {"temperature": read_metrics(folder)["temperature"], "unsureBelow": rule.unsure_below}


def page(run: NetworkRun, network: NumpyNetwork, settings: dict[str, Any]) -> str:
    """The page. ``network``: of ``page_network``. ``settings``: of ``decision_settings``."""
    described, weights = packed_network(network)
    program = joined_files(PROGRAM)
    settings = settings | {
        "classes": list(run.classes.names),
        "threshold": run.threshold,
        "maximumLength": run.config.maximum_length,
        "words": list(run.vocabulary.words),
        "entities": html.entities.html5,
        "letters": {chr(code): twin or "" for code, twin in patterns.LETTERS.items()},
        "marks": patterns.SCRIPT_MARKS,
        "network": described,
    }
    return render(
        "page.html.j2",
        FOLDER,
        title=f"{run.folder.name}, word by word",
        run=run,
        names=run.classes.names,
        described=described,
        abstention_rate=ABSTENTION_RATE,
        examples=examples_of(run),
        style=marked(joined_files(["page.css"])),
        program=marked(program),
        program_hash=f"sha256-{base64.b64encode(hashlib.sha256(program.encode()).digest()).decode()}",
        worker=marked(joined_files(WORKER)),
        settings=marked(embedded_json(settings)),
        weights=marked(base64.b64encode(weights).decode()),
    )


def joined_files(names: Sequence[str]) -> str:
    """The text of files of this folder, one after the other."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


def marked(text: str) -> Any:
    """A text that stands in a page as it is."""
    from markupsafe import Markup

    return Markup(text)


def embedded_json(value: Any) -> str:
    r"""JSON that cannot end the script element it stands in; all of it is ASCII.

    >>> embedded_json("</script>é")
    '"\\u003c/script\\u003e\\u00e9"'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
