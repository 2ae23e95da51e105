"""The configuration: its way through TOML, its bounds, and who overrides whom."""

import math
import re
from dataclasses import FrozenInstanceError, asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest

from imdb_lstm.cli import main
from imdb_lstm.config.fields import read_toml
from imdb_lstm.config.options import Config, ENCODER_NAMES, NGRAM_ENCODERS
from imdb_lstm.config.values import load_config, with_values
from imdb_lstm.config.presets import PRESETS, resolve
from imdb_lstm.errors import ConfigError

ODD = {
    "quotes": Config(text_column='say "ja"', positive_label="it's"),
    "backslash": Config(data="C:\\reviews\\new.csv", negative_label='\\"'),
    "unicode": Config(text_column="Besprechung – ★ 影評", label_column="étiquette"),
    "white space": Config(text_column=" my text ", rating_column="a#b = [c]"),
    "control": Config(
        text_column="tab\there", label_column="two\nlines\r", split_column="\x00\x7f"
    ),
    "floats": Config(learning_rate=1e-8, l2=1e-300, weight_decay=1e22, gradient_clip=0.1 + 0.2),
    "whole floats": Config(word_dropout=0.0, gradient_clip=5.0, l2=1.0),
    "ints": Config(seed=2**31 - 1, train_limit=1, vocabulary_size=3, tensorboard=True),
}
NUMBERS = [option for option in fields(Config) if type(option.default) in (int, float)]


def bounded(end):
    """Fields with a finite bound at this end."""
    return [option.name for option in NUMBERS if math.isfinite(option.metadata[end])]


@pytest.mark.parametrize("config", [*PRESETS.values(), *ODD.values()], ids=[*PRESETS, *ODD])
def test_a_config_survives_its_toml_file(config, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(config.to_toml(), encoding="utf-8")
    read = load_config(path)
    assert read == config
    assert [type(value) for value in asdict(read).values()] == [
        type(value) for value in asdict(config).values()
    ]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("unit", "units"),
        ("learning_rat", "learning_rate"),
        ("batchsize", "batch_size"),
        ("learning-rate", "learning_rate"),
        ("vocabulary", "vocabulary_size"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_name(wrong, meant):
    with pytest.raises(ConfigError, match=f"unknown key {wrong!r} in here.*{meant!r}"):
        with_values(Config(), {wrong: 1}, "here")


def test_a_key_like_no_other_is_refused_without_a_guess():
    with pytest.raises(ConfigError, match=r"unknown key 'xyzzy' in here$"):
        with_values(Config(), {"xyzzy": 1}, "here")


def test_a_table_in_the_toml_file_is_an_unknown_key(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[train]\nunits = 3\n")
    with pytest.raises(ConfigError, match="unknown key 'train'"):
        load_config(path)


def test_every_field_is_a_train_option_with_its_help_and_its_default(capsys):
    assert main(["train", "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for option in fields(Config):
        assert f"--{option.name.replace('_', '-')} " in printed
        assert f"{option.metadata['help']} (default: {option.default})" in printed


@pytest.mark.parametrize("name", bounded("minimum"))
def test_the_lower_bound_is_allowed_and_nothing_below_it(name):
    bound = Config.__dataclass_fields__[name].metadata["minimum"]
    kind = type(getattr(Config(), name))
    assert getattr(replace(Config(), **{name: kind(bound)}), name) == bound
    below = bound - 1 if kind is int else bound - 1e-9
    with pytest.raises(ConfigError, match=f"^{name} must be (at least|between) {bound}"):
        replace(Config(), **{name: below})


@pytest.mark.parametrize("name", bounded("maximum"))
def test_the_upper_bound_is_allowed_and_nothing_above_it(name):
    bound = Config.__dataclass_fields__[name].metadata["maximum"]
    kind = type(getattr(Config(), name))
    assert getattr(replace(Config(), **{name: kind(bound)}), name) == bound
    above = bound + 1 if kind is int else bound + 1e-6
    with pytest.raises(ConfigError, match=f"^{name} must be between .* and {bound}, not"):
        replace(Config(), **{name: above})


@pytest.mark.parametrize("option", NUMBERS, ids=lambda option: option.name)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number_may_be_infinite_or_undefined(option, value):
    with pytest.raises(ConfigError, match=option.name):
        replace(Config(), **{option.name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("units", "64"), ("units", 64.0), ("units", True), ("l2", "0"), ("data", 3),
        ("tensorboard", 1), ("encoder", None), ("pooling", ["max"]),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(name, value):
    expected = type(getattr(Config(), name)).__name__
    with pytest.raises(ConfigError, match=f"{name} must be of type {expected}, not"):
        replace(Config(), **{name: value})


def test_no_seed_is_allowed_that_numpy_would_refuse():
    highest = Config.__dataclass_fields__["seed"].metadata["maximum"]
    np.random.RandomState(highest)  # as scikit-learn and Keras make one


def test_a_whole_number_is_welcome_where_a_fraction_is_meant():
    config = with_values(Config(), {"gradient_clip": 5, "word_dropout": 0}, "here")
    assert (config.gradient_clip, config.word_dropout) == (5.0, 0.0)
    assert type(config.gradient_clip) is type(config.word_dropout) is float


def test_a_truth_value_is_not_a_number():
    with pytest.raises(ConfigError, match="gradient_clip must be of type float, not True"):
        with_values(Config(), {"gradient_clip": True}, "here")


@pytest.mark.parametrize(
    "option", [o for o in fields(Config) if o.metadata["choices"]], ids=lambda option: option.name
)
def test_each_choice_is_allowed_and_another_value_is_refused_naming_them(option):
    for choice in option.metadata["choices"]:
        assert getattr(replace(Config(), **{option.name: choice}), option.name) == choice
    with pytest.raises(
        ConfigError, match=rf"{option.name} must be one of .*{re.escape(choice)}.*'nonesuch'"
    ):
        replace(Config(), **{option.name: "nonesuch"})


def test_poolings_may_be_joined_and_an_unknown_part_is_named():
    assert Config(pooling="last+max+mean+attention").pooling == "last+max+mean+attention"
    for wrong, named in (("max+median", "'median'"), ("max+", "''"), ("", "''")):
        with pytest.raises(ConfigError, match=f"not {named}"):
            Config(pooling=wrong)


def test_one_dropout_of_the_state_is_enough():
    assert Config(weight_drop=0.2).recurrent_dropout == 0
    with pytest.raises(ConfigError, match="do not go together"):
        Config(weight_drop=0.2, recurrent_dropout=0.2)


@pytest.mark.parametrize(
    "other", [{"pseudo_labels_from": "linear"}, {"encoder": "linear"}, {"encoder": "latent"}]
)
def test_teachers_are_named_or_trained_and_teach_networks(other):
    assert Config(distilled_from="a+b").distilled_from == "a+b"
    with pytest.raises(ConfigError, match="distilled_from names the teachers of a network"):
        Config(distilled_from="a+b", **other)


def test_either_weight_of_a_term_without_labels_brings_unlabelled_reviews_in():
    assert not Config(adversarial_weight=1.0).reads_unlabelled
    assert Config(virtual_weight=0.1).reads_unlabelled
    assert Config(entropy_weight=0.1).reads_unlabelled


def test_the_heads_of_a_transformer_must_divide_its_width():
    assert Config(encoder="lstm", embedding_dim=7, heads=2).heads == 2
    assert Config(encoder="transformer", embedding_dim=6, heads=2).heads == 2
    with pytest.raises(ConfigError, match=r"embedding_dim \(7\).*heads \(2\)"):
        Config(encoder="transformer", embedding_dim=7, heads=2)


def test_only_an_lstm_begins_from_a_language_model():
    for encoder in ("lstm", "bilstm", "linear", "latent"):  # a linear teacher needs none
        assert Config(pretrained="words", encoder=encoder).pretrained == "words"
    with pytest.raises(ConfigError, match="only lstm, bilstm can be pretrained, not cnn"):
        Config(pretrained="words", encoder="cnn")


@pytest.mark.parametrize("by_depth", [{"gradual_unfreezing": 0.5}, {"layer_decay": 0.5}])
def test_adamw_decays_all_layers_alike_and_so_does_not_go_by_depth(by_depth):
    assert Config(optimizer="rmsprop", **by_depth)
    with pytest.raises(ConfigError, match="do not go with adamw"):
        Config(optimizer="adamw", **by_depth)


def test_a_config_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Config().units = 3


def test_options_go_over_the_file_which_goes_over_the_preset():
    values, options = {"units": 11, "epochs": 3}, {"units": 12}
    config = resolve("small", values, options)
    assert config == replace(PRESETS["small"], units=12, epochs=3)
    assert resolve("plain", {}, {}) == Config()


def test_an_unknown_preset_is_refused_naming_those_there_are():
    with pytest.raises(ConfigError, match="unknown preset 'smal'.*" + ".*".join(PRESETS)):
        resolve("smal", {}, {})


@pytest.mark.parametrize(
    "content", [b"units = ", b"units 3", b"\xff\xfe", b"units = 1\nunits = 2\n"]
)
def test_a_file_that_is_not_toml_is_refused_by_name(content, tmp_path):
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"odd\.toml cannot be read as TOML"):
        read_toml(path)


def test_a_missing_file_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"nope\.toml cannot be read"):
        read_toml(Path("nope.toml"))


def test_every_encoder_name_has_an_encoder_and_the_linear_models_are_none():
    from imdb_lstm.models.network import ENCODERS

    assert tuple(ENCODERS) == ENCODER_NAMES
    assert not set(NGRAM_ENCODERS) & set(ENCODERS)
    assert [Config(encoder=name).uses_ngrams for name in ("lstm", "linear", "latent")] == [
        False, True, True,
    ]  # fmt: skip
