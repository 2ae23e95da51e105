"""Folders of language models: what is saved is loaded, and what does not fit is refused."""

import errno
import os
from dataclasses import replace

import numpy as np
import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.models.network import build_model
from imdb_lstm.runs.files import write_history, write_json, write_text
from imdb_lstm.runs.find import LANGUAGE_MODEL_FILE
from imdb_lstm.runs.manifest import finalize
from imdb_lstm.runs.pretrained import (
    create_pretraining,
    load_language_model,
    write_language_model,
)
from imdb_lstm.runs.run import load_run
from imdb_lstm.runs.starting_run import starting_model
from imdb_lstm.text.vocabulary import Vocabulary

CONFIG = Config(encoder="bilstm", units=3, embedding_dim=2)
VOCABULARY = Vocabulary(["film", "good"])
RANDOM = np.random.default_rng(0)
WEIGHTS = {
    "embedding": RANDOM.normal(size=(4, 2)).astype("float32"),
    "softmax_bias": RANDOM.normal(size=4).astype("float32"),
    **{f"{name}/{part}": RANDOM.normal(size=shape).astype("float32")
       for name in ("forward", "backward")
       for part, shape in (("kernel", (2, 12)), ("recurrent_kernel", (3, 12)), ("bias", (12,)))},
}  # fmt: skip


@pytest.fixture
def finished(tmp_path):
    """The folder of a finished language model."""
    folder = create_pretraining(tmp_path, "words", CONFIG, {"train": "a", "validation": "b"})
    write_language_model(folder, WEIGHTS, VOCABULARY)
    write_history(folder / "history.csv", [{"epoch": 1, "perplexity": 9.0}])
    write_json(folder / "metrics.json", {})
    write_text(folder / "MODEL_CARD.md", "# words")
    return finalize(folder, tmp_path / "words", {"train": "a", "validation": "b"})


def test_what_is_saved_is_loaded_with_matrices_in_half_precision(finished):
    loaded = load_language_model(finished)
    assert loaded.config == CONFIG and loaded.vocabulary.words == VOCABULARY.words
    assert set(loaded.weights) == set(WEIGHTS)
    for name, weight in WEIGHTS.items():
        assert loaded.weights[name].dtype == np.float32
        rounding = 2**-11 if weight.ndim > 1 else 0
        np.testing.assert_allclose(loaded.weights[name], weight, rtol=rounding)


def test_an_encoder_is_initialised_with_the_weights_of_each_direction(finished):
    model = build_model(CONFIG, vocabulary_size=4)
    loaded = load_language_model(finished)
    loaded.start(model, CONFIG)
    encoder = model.get_layer("encoder_1")
    for name in ("forward", "backward"):
        for part, found in zip(
            ("kernel", "recurrent_kernel", "bias"),
            getattr(encoder, f"{name}s").get_weights(),
            strict=True,
        ):
            np.testing.assert_array_equal(found, loaded.weights[f"{name}/{part}"])


def test_a_network_that_does_not_fit_is_refused(finished):
    loaded = load_language_model(finished)
    loaded.check(replace(CONFIG, layers=2, pooling="last", epochs=9))
    for option, value, said in (
        ("units", 4, "units = 3, not 4.*--units 3"),
        ("embedding_dim", 3, "embedding_dim = 2, not 3.*--embedding-dim 2"),
        ("encoder", "lstm", "encoder = bilstm, not lstm"),
        ("bigram_dim", 8, "--bigram-dim 0"),
    ):
        with pytest.raises(ConfigError, match=said):
            loaded.check(replace(CONFIG, **{option: value}))


def test_the_language_model_to_start_from_is_found_by_name_and_checked(finished):
    config = replace(CONFIG, pretrained="words")
    assert starting_model(config, finished.parent).folder == finished
    assert starting_model(CONFIG, finished.parent) is None
    with pytest.raises(ConfigError, match="units = 3, not 4"):
        starting_model(replace(config, units=4), finished.parent)


def test_a_full_disk_leaves_no_part_of_the_weights(tmp_path, monkeypatch):
    def fill_the_disk(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez_compressed", fill_the_disk)
    with pytest.raises(OutputError, match=r"language_model\.npz cannot be written: No space left"):
        write_language_model(tmp_path, WEIGHTS, VOCABULARY)
    assert not any(tmp_path.iterdir())


def test_a_name_in_use_other_values_and_other_reviews_are_refused(finished, tmp_path):
    with pytest.raises(RunError, match="words exists"):
        create_pretraining(tmp_path, "words", CONFIG, {})
    with pytest.raises(ConfigError, match="cannot be the name"):
        create_pretraining(tmp_path, "a/b", CONFIG, {})
    folder = create_pretraining(tmp_path, "more", CONFIG, {"train": "a"})
    assert create_pretraining(tmp_path, "more", CONFIG, {"train": "a"}) == folder
    with pytest.raises(RunError, match="other values of bptt_length"):
        create_pretraining(tmp_path, "more", replace(CONFIG, bptt_length=9), {"train": "a"})
    with pytest.raises(RunError, match="has changed since"):
        create_pretraining(tmp_path, "more", CONFIG, {"train": "c"})


def test_a_damaged_folder_is_refused(finished):
    file = finished / LANGUAGE_MODEL_FILE
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(RunError, match=r"language_model\.npz does not match its checksum"):
        load_language_model(finished)


@pytest.mark.slow
def test_language_models_and_classifiers_are_not_confused(finished, tiny_run):
    with pytest.raises(RunError, match="is a language model: imdb-lstm train --pretrained words"):
        load_run(finished)
    with pytest.raises(RunError, match="is a classifier"):
        load_language_model(tiny_run)
