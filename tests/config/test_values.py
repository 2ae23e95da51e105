"""Values put into a configuration: unknown, renamed and removed options, presets and files."""

from dataclasses import replace

import pytest

from imdb_lstm.config.options import Config
from imdb_lstm.config.presets import LANGUAGE_MODEL_PRESETS, PRESETS, TRAINING_PRESETS, resolve
from imdb_lstm.config.values import REMOVED, RENAMED, load_config, with_values
from imdb_lstm.errors import ConfigError


def test_an_unknown_key_is_refused_with_the_nearest_name():
    for wrong, meant in (
        ("unit", "units"), ("learning_rat", "learning_rate"), ("batchsize", "batch_size"),
        ("learning-rate", "learning_rate"), ("vocabulary", "vocabulary_size"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=f"unknown key {wrong!r} in here.*{meant!r}"):
            with_values(Config(), {wrong: 1}, "here")


def test_a_key_like_no_other_is_refused_without_a_guess():
    with pytest.raises(ConfigError, match=r"unknown key 'xyzzy' in here$"):
        with_values(Config(), {"xyzzy": 1}, "here")


def test_an_option_of_an_earlier_version_is_refused_with_its_present_name():
    for former, present in RENAMED.items():
        assert present in Config.__dataclass_fields__
        with pytest.raises(ConfigError, match=f"'{former}' in here is now called '{present}'"):
            with_values(Config(), {former: 1}, "here")
    for former in REMOVED:
        assert former not in Config.__dataclass_fields__
        with pytest.raises(ConfigError, match=f"'{former}' in here was removed: .*Leave it out"):
            with_values(Config(), {former: 1}, "here")


def test_a_former_value_is_refused_with_its_present_name():
    for key in ("encoder", "pseudo_labels_from"):
        with pytest.raises(ConfigError, match=f"{key} = 'linear' in here is now .*'ngrams-nb'"):
            with_values(Config(), {key: "linear"}, "here")


def test_an_unknown_section_is_an_unknown_key(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[train]\nunits = 3\n")
    with pytest.raises(ConfigError, match="unknown key 'train'"):
        load_config(path)


def test_an_integer_is_accepted_where_a_float_is_expected():
    config = with_values(Config(), {"gradient_clip": 5, "word_dropout": 0}, "here")
    assert (config.gradient_clip, config.word_dropout) == (5.0, 0.0)
    assert type(config.gradient_clip) is type(config.word_dropout) is float


def test_a_truth_value_is_not_a_number():
    with pytest.raises(ConfigError, match="gradient_clip must be of type float, not True"):
        with_values(Config(), {"gradient_clip": True}, "here")


def test_options_override_the_file_which_overrides_the_preset():
    values, options = {"units": 11, "epochs": 3}, {"units": 12}
    config = resolve("small", values, options)
    assert config == replace(PRESETS["small"], units=12, epochs=3)
    assert resolve("plain", {}, {}) == Config()


def test_an_unknown_preset_is_refused_naming_those_there_are():
    with pytest.raises(ConfigError, match="unknown preset 'smal'.*" + ".*".join(PRESETS)):
        resolve("smal", {}, {})


def test_every_preset_is_for_training_or_for_a_language_model():
    assert sorted((*TRAINING_PRESETS, *LANGUAGE_MODEL_PRESETS)) == sorted(PRESETS)
