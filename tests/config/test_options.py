"""The configuration: its way through TOML, its bounds, and which values exclude each other."""

import math
import re
from dataclasses import FrozenInstanceError, asdict, fields, replace

import numpy as np
import pytest

from imdb_lstm.config.options import ENCODER_NAMES, NGRAM_ENCODERS, Config
from imdb_lstm.config.presets import PRESETS
from imdb_lstm.config.values import load_config
from imdb_lstm.errors import ConfigError

ODD = {
    "quotes": Config(text_column='say "ja"', labels="it's=0,not=1"),
    "backslash": Config(data="C:\\reviews\\new.csv", labels='a=\\",b="'),
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
    """(name, type, bound) of the fields with a finite bound at this end."""
    return [
        (option.name, type(option.default), option.metadata[end])
        for option in NUMBERS
        if math.isfinite(option.metadata[end])
    ]


@pytest.mark.parametrize("config", [*PRESETS.values(), *ODD.values()], ids=[*PRESETS, *ODD])
def test_a_config_survives_its_toml_file(config, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(config.to_toml(), encoding="utf-8")
    read = load_config(path)
    assert read == config
    kinds = [[type(value) for value in asdict(each).values()] for each in (read, config)]
    assert kinds[0] == kinds[1]


def test_the_toml_file_has_a_section_per_group():
    sections = re.findall(r"^\[(.*)\]$", Config().to_toml(), re.MULTILINE)
    assert sections == list(dict.fromkeys(f.metadata["group"] for f in fields(Config)))


def test_the_lower_bound_is_allowed_and_nothing_below_it():
    for name, kind, bound in bounded("minimum"):
        assert getattr(replace(Config(), **{name: kind(bound)}), name) == bound
        below = bound - 1 if kind is int else bound - 1e-9
        with pytest.raises(ConfigError, match=f"^{name} must be (at least|between) {bound}"):
            replace(Config(), **{name: below})


def test_the_upper_bound_is_allowed_and_nothing_above_it():
    for name, kind, bound in bounded("maximum"):
        assert getattr(replace(Config(), **{name: kind(bound)}), name) == bound
        above = bound + 1 if kind is int else bound + 1e-6
        with pytest.raises(ConfigError, match=f"^{name} must be between .* and {bound}, not"):
            replace(Config(), **{name: above})


def test_no_number_may_be_infinite_or_undefined():
    for option in NUMBERS:
        for value in (math.nan, math.inf, -math.inf):
            with pytest.raises(ConfigError, match=option.name):
                replace(Config(), **{option.name: value})


def test_a_value_of_another_type_is_refused():
    for name, value in (
        ("units", "64"), ("units", 64.0), ("units", True), ("l2", "0"), ("data", 3),
        ("tensorboard", 1), ("encoder", None), ("pooling", ["max"]),
    ):  # fmt: skip
        expected = type(getattr(Config(), name)).__name__
        with pytest.raises(ConfigError, match=f"{name} must be of type {expected}, not"):
            replace(Config(), **{name: value})


def test_no_seed_is_allowed_that_numpy_would_refuse():
    highest = Config.__dataclass_fields__["seed"].metadata["maximum"]
    np.random.RandomState(highest)  # as scikit-learn and Keras make one


def test_each_choice_is_allowed_and_another_value_is_refused_naming_them():
    for option in fields(Config):
        base = Config(distilled_from="a" if option.name == "short_texts" else "")
        for choice in option.metadata["choices"]:
            assert getattr(replace(base, **{option.name: choice}), option.name) == choice
        if choices := option.metadata["choices"]:
            named = rf"{option.name} must be one of .*{re.escape(choices[-1])}.*'nonesuch'"
            with pytest.raises(ConfigError, match=named):
                replace(Config(), **{option.name: "nonesuch"})


def test_poolings_may_be_joined_and_an_unknown_part_is_named():
    assert Config(pooling="last+max+mean+attention").pooling == "last+max+mean+attention"
    for wrong, named in (("max+median", "'median'"), ("max+", "''"), ("", "''")):
        with pytest.raises(ConfigError, match=f"not {named}"):
            Config(pooling=wrong)


def test_weight_drop_excludes_recurrent_dropout():
    assert Config(weight_drop=0.2).recurrent_dropout == 0
    with pytest.raises(ConfigError, match="exclude each other"):
        Config(weight_drop=0.2, recurrent_dropout=0.2)


def test_distillation_excludes_pseudo_labels_and_ngrams():
    assert Config(distilled_from="a+b").distilled_from == "a+b"
    for other in ({"pseudo_labels_from": "ngrams-nb"}, *({"encoder": e} for e in NGRAM_ENCODERS)):
        with pytest.raises(ConfigError, match="distilled_from trains a network"):
            Config(distilled_from="a+b", **other)


def test_the_width_of_a_transformer_must_be_a_multiple_of_its_heads():
    assert Config(encoder="lstm", embedding_dim=7).embedding_dim == 7
    with pytest.raises(ConfigError, match="embedding_dim of a transformer is a multiple of 4"):
        Config(encoder="transformer", embedding_dim=7)


def test_only_an_lstm_starts_from_a_language_model():
    for encoder in ("lstm", "bilstm", *NGRAM_ENCODERS):  # n-grams that label for it need none
        assert Config(pretrained="words", encoder=encoder).pretrained == "words"
    with pytest.raises(ConfigError, match="only lstm, bilstm can be pretrained, not cnn"):
        Config(pretrained="words", encoder="cnn")


def test_layer_wise_rates_exclude_adamw():
    for options in ({"gradual_unfreezing": 0.5}, {"layer_decay": 0.5}):
        assert Config(optimizer="rmsprop", **options)
        with pytest.raises(ConfigError, match="do not work with adamw"):
            Config(optimizer="adamw", **options)


def test_a_config_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Config().units = 3


def test_every_encoder_name_has_an_encoder_and_ngrams_have_none():
    from imdb_lstm.models.network import ENCODERS

    assert tuple(ENCODERS) == ENCODER_NAMES
    assert not set(NGRAM_ENCODERS) & set(ENCODERS)
    assert [Config(encoder=name).uses_ngrams for name in ("lstm", *NGRAM_ENCODERS)] == [
        False, True, True,
    ]  # fmt: skip
