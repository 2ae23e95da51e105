"""An exported folder is loaded in a fresh process, and must give the logits of its run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.data.load import load_split
from imdb_lstm.errors import RunError
from imdb_lstm.runs.run import NetworkRun, Run
from imdb_lstm.text.vocabulary import encode_texts

TOLERANCE = 1e-4  # of a logit
TEXTS = ["", "A joy from start to finish: 10/10!", "It isn't good.<br />What a waste &amp; bore."]
CPU = {"CUDA_VISIBLE_DEVICES": "-1"}  # a GPU multiplies with fewer bits
PROGRAM = """
import json, sys
sys.modules["imdb_lstm"] = None  # as where it is not installed
folder, texts = sys.argv[1], json.load(sys.stdin)
sys.path.insert(0, folder)
import pathlib, predict
model = predict.Model(pathlib.Path(folder))
ids = [each.tolist() for each in model.ids(texts)] if hasattr(model, "ids") else None
found = {"logits": model.logits(texts).tolist(), "ids": ids}
sys.stdout.write("\\n" + json.dumps(found))
"""


class Checked(NamedTuple):
    """How many texts were compared, the largest difference of a logit, and texts left out.

    ``otherwise``: texts that the exported tokenizer reads otherwise, so that they say nothing of
    the network.
    """

    texts: int
    difference: float
    otherwise: int


def check(run: Run, folder: Path) -> Checked:
    """Compare an exported folder with its run. Raises ``RunError`` when they differ."""
    texts = check_texts(run)
    words = [sys.executable, "-I", "-c", PROGRAM, str(folder)]
    done = subprocess.run(
        words, input=json.dumps(texts), capture_output=True, text=True, env={**os.environ, **CPU}
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise RunError(f"{run.folder} cannot be exported: what was written fails: {reason[0]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return compare(run, texts, found)


def compare(run: Run, texts: list[str], found: dict) -> Checked:
    """Compare what a fresh process has found. Raises ``RunError`` when it differs."""
    same = np.ones(len(texts), bool)
    if found["ids"] is not None and isinstance(run, NetworkRun):
        ids = encode_texts(texts, run.vocabulary, run.config.maximum_length)
        pairs = zip(ids, found["ids"], strict=True)
        same = np.array([own.tolist() == exported for own, exported in pairs])
    own = run.predict_logits(texts)
    difference = float(np.abs(np.array(found["logits"]) - own)[same].max(initial=0))
    if not difference <= TOLERANCE:  # nor NaN
        raise RunError(
            f"{run.folder} cannot be exported: a logit of what was written differs by "
            f"{difference:.2g}"
        )
    return Checked(int(same.sum()), difference, int((~same).sum()))


def check_texts(run: Run) -> list[str]:
    """Texts to compare: sentences, the validation reviews of the sample, and words of the run."""
    sample = list(load_split(Config(data="sample"), "validation").texts)
    return [*TEXTS, *sample, *_random_texts(run)]


def _random_texts(run: Run) -> list[str]:
    """Texts of random words that the run knows, some longer than it reads."""
    words = np.array(run.vocabulary.words if isinstance(run, NetworkRun) else run.model.ngrams)
    random = np.random.default_rng(0)
    longest = run.config.maximum_length
    return [" ".join(random.choice(words, n)) for n in (1, 7, longest, longest + 9) if len(words)]
