"""Folders of language models: what is saved is loaded, and what does not suit is refused."""

from dataclasses import replace

import numpy as np
import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.models.recurrent import Recurrent
from imdb_lstm.runs.files import write_history, write_json
from imdb_lstm.runs.find import LANGUAGE_MODEL_FILE
from imdb_lstm.runs.manifest import finalize, verify
from imdb_lstm.runs.pretrained import create_pretraining, load_language_model, write_language_model
from imdb_lstm.runs.run import load_run
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
def sealed(tmp_path):
    """The folder of a finished language model."""
    folder = create_pretraining(tmp_path, "words", CONFIG, {"train": "a", "validation": "b"})
    write_language_model(folder, WEIGHTS, VOCABULARY)
    write_history(folder / "history.csv", [{"epoch": 1, "perplexity": 9.0}])
    write_json(folder / "metrics.json", {})
    return finalize(folder, tmp_path / "words", {"train": "a", "validation": "b"})


def test_what_is_saved_is_loaded_matrices_to_the_precision_of_float16(sealed):
    loaded = load_language_model(sealed)
    assert loaded.config == CONFIG and loaded.vocabulary.words == VOCABULARY.words
    assert set(loaded.weights) == set(WEIGHTS)
    for name, weight in WEIGHTS.items():
        assert loaded.weights[name].dtype == np.float32
        rounding = 2**-11 if weight.ndim > 1 else 0
        np.testing.assert_allclose(loaded.weights[name], weight, rtol=rounding)


def test_the_card_of_a_language_model_is_checked_where_it_was_made_with_one(sealed, tmp_path):
    assert "MODEL_CARD.md" not in verify(sealed)["files"]  # of an earlier version
    (sealed / "MODEL_CARD.md").write_text("# words")
    finalize(sealed, tmp_path / "carded", {"validation": "b"})
    assert load_language_model(tmp_path / "carded").vocabulary.words == VOCABULARY.words
    (tmp_path / "carded" / "MODEL_CARD.md").unlink()
    with pytest.raises(RunError, match=r"MODEL_CARD\.md is missing"):
        load_language_model(tmp_path / "carded")


def test_a_classifiers_encoder_begins_with_the_weights_of_each_direction(sealed):
    encoder = Recurrent("lstm", 3, bidirectional=True)
    encoder.build((None, None, 2))
    loaded = load_language_model(sealed)
    loaded.start(encoder)
    for name in ("forward", "backward"):
        for part, found in zip(
            ("kernel", "recurrent_kernel", "bias"),
            getattr(encoder, f"{name}s").get_weights(),
            strict=True,
        ):
            np.testing.assert_array_equal(found, loaded.weights[f"{name}/{part}"])


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("units", 4, "units = 3, not 4.*--units 3"),
        ("embedding_dim", 3, "embedding_dim = 2, not 3.*--embedding-dim 2"),
        ("encoder", "lstm", "encoder = bilstm, not lstm"),
        ("bigram_dim", 8, "--bigram-dim 0"),
    ],
)
def test_a_network_that_cannot_begin_from_it_is_refused(sealed, option, value, said):
    loaded = load_language_model(sealed)
    loaded.check(replace(CONFIG, layers=2, pooling="last", epochs=9))
    with pytest.raises(ConfigError, match=said):
        loaded.check(replace(CONFIG, **{option: value}))


def test_a_name_in_use_other_values_and_other_reviews_are_refused(sealed, tmp_path):
    with pytest.raises(RunError, match="words exists"):
        create_pretraining(tmp_path, "words", CONFIG, {})
    with pytest.raises(ConfigError, match="cannot be the name"):
        create_pretraining(tmp_path, "a/b", CONFIG, {})
    folder = create_pretraining(tmp_path, "more", CONFIG, {"train": "a"})
    assert create_pretraining(tmp_path, "more", CONFIG, {"train": "a"}) == folder
    with pytest.raises(RunError, match="other values of window"):
        create_pretraining(tmp_path, "more", replace(CONFIG, window=9), {"train": "a"})
    with pytest.raises(RunError, match="has changed since"):
        create_pretraining(tmp_path, "more", CONFIG, {"train": "c"})


def test_a_damaged_folder_is_refused(sealed):
    file = sealed / LANGUAGE_MODEL_FILE
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(RunError, match=r"language_model\.npz does not have the checksum"):
        load_language_model(sealed)


def test_a_language_model_is_no_classifier_and_a_classifier_no_language_model(sealed, tiny_run):
    with pytest.raises(RunError, match="is a language model: imdb-lstm train --pretrained words"):
        load_run(sealed)
    with pytest.raises(RunError, match="is a classifier"):
        load_language_model(tiny_run)
