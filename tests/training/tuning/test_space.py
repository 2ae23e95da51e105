"""Search spaces are read with types; bad ones are refused before any training."""

import pytest

from imdb_lstm.config.groups import options_of
from imdb_lstm.config.options import NGRAM_ENCODERS, Config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.errors import ConfigError
from imdb_lstm.training.tuning.space import (
    DEFAULT_SPACE,
    FIXED,
    FIXED_GROUPS,
    Choices,
    Range,
    read_space,
)


def read(tmp_path, text, base=PRESETS["small"], given=()):
    path = tmp_path / "space.toml"
    path.write_text(text)
    return read_space(path, base, given)


def test_ranges_and_choices_are_read_with_the_types_of_their_options(tmp_path):
    found = read(
        tmp_path,
        "units = { low = 16, high = 64, step = 16 }\n"
        "learning_rate = { low = 1e-4, high = 1, log = true }\n"
        "word_dropout = { low = 0, high = 0.5 }\n"
        'encoder = ["lstm", "bilstm"]\n'
        "word_vectors = [true, false]\n"
        "output_dropout = [0, 0.5]\n",
    )
    assert found == {
        "units": Range(16, 64, 16),
        "learning_rate": Range(1e-4, 1.0, log=True),
        "word_dropout": Range(0.0, 0.5),
        "encoder": Choices(("lstm", "bilstm")),
        "word_vectors": Choices((True, False)),
        "output_dropout": Choices((0.0, 0.5)),
    }
    assert type(found["units"].low) is int
    for value in (found["learning_rate"].high, found["word_dropout"].low,
                  found["output_dropout"].values[0]):  # fmt: skip
        assert type(value) is float


BAD = [
    ("unit = [16]", "unknown key 'unit' in .*space.toml; did you mean 'units'"),
    ("units = 16", "space.toml, units: must be a list of choices or a table .*, not 16"),
    ("units = []", "units: must list at least one choice"),
    ("units = [16, 16]", "units: must list .* none twice"),
    ("units = [16, 1.5]", "units: units must be of type int, not 1.5"),
    ("units = [0, 16]", "units: units must be at least 1, not 0"),
    ("units = { low = 0, high = 16 }", "units: units must be at least 1, not 0"),
    ("units = { low = 16 }", "units: needs low and high"),
    ("units = { low = 1, high = 16, steps = 5 }", "units: .* knows step and log besides"),
    ("units = { low = 16, high = 16 }", r"units: high \(16\) must be above low \(16\)"),
    ("units = { low = 16, high = 50, step = 16 }", "units: high .* by whole steps"),
    ("units = { low = 16, high = 48, step = 0.5 }", "units: step must be .* of type int"),
    ("units = { low = 16, high = 48, step = -16 }", "units: step must be above zero"),
    ("word_dropout = { low = 0, high = 1 }", "word_dropout must be between 0 and 0.95, not 1.0"),
    ('word_dropout = { low = "0", high = 0.5 }', "word_dropout must be of type float"),
    ("word_dropout = { low = nan, high = 0.5 }", "word_dropout must be between"),
    ("l2 = { low = 0, high = 1, log = true }", "l2: log .* low above 0"),
    ("l2 = { low = 0, high = inf }", "l2 must be at least"),
    ("units = { low = 2, high = 8, step = 2, log = true }", "units: log .* no step"),
    ("units = { low = 2, high = 8, log = 1 }", "units: log must be true or false"),
    ('encoder = { low = "bag", high = "gru" }', "encoder: is of type str and needs a list"),
    ("word_vectors = { low = false, high = true }", "word_vectors: is of type bool"),
    ('encoder = ["lstm", "lsmt"]', "encoder must be one of lstm, .* not 'lsmt'"),
    ('pooling = ["max+median"]', "pooling: pooling is .* not 'median'"),
    ("", "leaves nothing to search over"),
    ("units = ", "space.toml cannot be read as TOML"),
]


def test_a_bad_space_is_refused_naming_file_and_key(tmp_path):
    for text, part in BAD:
        with pytest.raises(ConfigError, match=part) as refused:
            read(tmp_path, text)
        assert "space.toml" in str(refused.value)


def test_options_of_the_reviews_their_labels_and_the_machine_cannot_be_searched_over(tmp_path):
    fixed = [*FIXED, *options_of(*FIXED_GROUPS)]
    assert {"data", "unlabelled", "extra_reviews", "pseudo_labels_from", "seed"} <= {*fixed}
    for key in fixed:
        with pytest.raises(ConfigError, match=f"{key}: cannot be searched over"):
            read(tmp_path, f"{key} = [1]")


def test_other_unlabelled_reviews_cannot_be_searched_over(tmp_path):
    with pytest.raises(ConfigError, match="unlabelled: cannot be searched over"):
        read(tmp_path, 'unlabelled = ["one.txt", "other.txt"]')


def test_given_options_leave_the_space(tmp_path):
    text = "units = [16, 32]\nlayers = [1, 2]\n"
    assert set(read(tmp_path, text, given={"units": 8, "data": "sample"})) == {"layers"}
    with pytest.raises(ConfigError, match="leaves nothing"):
        read(tmp_path, text, given=["units", "layers"])


# The units of these are those of what they start from: a search from them needs --units.
PRETRAINED = (
    "language", "large-language", "small-language", "finetuned", "best", "distilled", "adapted",
)  # fmt: skip
SEARCHED = {name: base for name, base in PRESETS.items() if name not in PRETRAINED}


def test_the_default_space_contains_the_values_of_every_preset():
    for name, base in SEARCHED.items():
        space = read_space(DEFAULT_SPACE, base)
        assert len(space) >= 5
        assert all(getattr(base, key) in values for key, values in space.items()), name


def test_steps_reach_both_ends_in_spite_of_rounding():
    found = Range(0.0, 0.3, step=0.1)
    assert 0.1 * 3 != 0.3 and 0.1 * 3 not in found  # just above the end
    assert all(value in found for value in (0.0, 0.1, 0.2, 0.3))
    assert 0.15 not in found


def test_n_gram_classifiers_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="ngrams-nb is not one"):
        read(tmp_path, "units = [3]\n", Config(encoder="ngrams-nb"))
    for name in NGRAM_ENCODERS:
        with pytest.raises(ConfigError, match=f"encoder: {name} is not a network"):
            read(tmp_path, f'encoder = ["lstm", "{name}"]\n')
