"""Folders of language models: what is saved is loaded, and what does not suit is refused."""

from dataclasses import replace

import numpy as np
import pytest

from imdb_lstm import artifacts, pretrained
from imdb_lstm.config import Config
from imdb_lstm.errors import ConfigError, RunError
from imdb_lstm.recurrent import Recurrent
from imdb_lstm.text import Vocabulary

CONFIG = Config(encoder="bilstm", units=3, embedding_units=2)
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
    folder = pretrained.begin(tmp_path, "words", CONFIG, {"train": "a", "validation": "b"})
    pretrained.save(folder, WEIGHTS, VOCABULARY)
    artifacts.write_history(folder / "history.csv", [{"epoch": 1, "perplexity": 9.0}])
    artifacts.write_json(folder / "metrics.json", {})
    return artifacts.seal(folder, tmp_path / "words", {"train": "a", "validation": "b"})


def test_what_is_saved_is_loaded_matrices_to_the_precision_of_float16(sealed):
    loaded = pretrained.load(sealed)
    assert loaded.config == CONFIG and loaded.vocabulary.words == VOCABULARY.words
    assert set(loaded.weights) == set(WEIGHTS)
    for name, weight in WEIGHTS.items():
        assert loaded.weights[name].dtype == np.float32
        rounding = 2**-11 if weight.ndim > 1 else 0
        np.testing.assert_allclose(loaded.weights[name], weight, rtol=rounding)


def test_the_card_of_a_language_model_is_checked_where_it_was_made_with_one(sealed, tmp_path):
    assert "MODEL_CARD.md" not in artifacts.check(sealed)["files"]  # of an earlier version
    (sealed / "MODEL_CARD.md").write_text("# words")
    artifacts.seal(sealed, tmp_path / "carded", {"validation": "b"})
    assert pretrained.load(tmp_path / "carded").vocabulary.words == VOCABULARY.words
    (tmp_path / "carded" / "MODEL_CARD.md").unlink()
    with pytest.raises(RunError, match=r"MODEL_CARD\.md is missing"):
        pretrained.load(tmp_path / "carded")


def test_a_classifiers_encoder_begins_with_the_weights_of_each_direction(sealed):
    encoder = Recurrent("lstm", 3, bidirectional=True)
    encoder.build((None, None, 2))
    loaded = pretrained.load(sealed)
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
        ("embedding_units", 3, "embedding_units = 2, not 3.*--embedding-units 2"),
        ("encoder", "lstm", "encoder = bilstm, not lstm"),
        ("pair_units", 8, "--pair-units 0"),
    ],
)
def test_a_network_that_cannot_begin_from_it_is_refused(sealed, option, value, said):
    loaded = pretrained.load(sealed)
    loaded.check(replace(CONFIG, layers=2, pooling="last", epochs=9))
    with pytest.raises(ConfigError, match=said):
        loaded.check(replace(CONFIG, **{option: value}))


def test_a_name_in_use_other_values_and_other_reviews_are_refused(sealed, tmp_path):
    with pytest.raises(RunError, match="words exists"):
        pretrained.begin(tmp_path, "words", CONFIG, {})
    with pytest.raises(ConfigError, match="cannot be the name"):
        pretrained.begin(tmp_path, "a/b", CONFIG, {})
    folder = pretrained.begin(tmp_path, "more", CONFIG, {"train": "a"})
    assert pretrained.begin(tmp_path, "more", CONFIG, {"train": "a"}) == folder
    with pytest.raises(RunError, match="other values of window"):
        pretrained.begin(tmp_path, "more", replace(CONFIG, window=9), {"train": "a"})
    with pytest.raises(RunError, match="has changed since"):
        pretrained.begin(tmp_path, "more", CONFIG, {"train": "c"})


def test_a_damaged_folder_is_refused(sealed):
    file = sealed / artifacts.LANGUAGE_MODEL
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(RunError, match=r"language_model\.npz does not have the checksum"):
        pretrained.load(sealed)


def test_a_language_model_is_no_classifier_and_a_classifier_no_language_model(sealed, tiny_run):
    with pytest.raises(RunError, match="is a language model: imdb-lstm train --pretrained words"):
        artifacts.load_run(sealed)
    with pytest.raises(RunError, match="is a classifier"):
        pretrained.load(tiny_run)
