"""An option checks its values, and its values survive a TOML file."""

import tomllib
from dataclasses import dataclass, fields

import pytest

from imdb_lstm.config.fields import check_field, option, read_options, read_toml, toml_value
from imdb_lstm.errors import ConfigError


@dataclass
class Options:
    share: float = option(0.5, "A share.", "text", minimum=0, maximum=1)
    kind: str = option("a", "A kind.", "text", choices=("a", "b"))
    count: int = option(1, "A number.", "text", minimum=1)


SHARE, KIND, COUNT = fields(Options)


def test_a_value_within_the_bounds_or_choices_passes():
    for field, value in ((SHARE, 0.0), (SHARE, 1.0), (KIND, "b"), (COUNT, 9)):
        check_field(field, value)


def test_another_value_is_refused_in_one_line():
    for field, value, message in (
        (SHARE, 1.5, "share must be between 0 and 1, not 1.5"),
        (SHARE, float("nan"), "share must be between 0 and 1, not nan"),
        (SHARE, 1, "share must be of type float, not 1"),
        (KIND, "c", "kind must be one of a, b, not 'c'"),
        (COUNT, 0, "count must be at least 1, not 0"),
        (COUNT, True, "count must be of type int, not True"),
    ):
        with pytest.raises(ConfigError, match=f"^{message}$"):
            check_field(field, value)


def test_a_value_comes_back_from_toml():
    for value in (True, False, 3, 0.1, 1e-8, "", 'a "b"\\\n\x7fé'):
        found = tomllib.loads(f"key = {toml_value(value)}")["key"]
        assert found == value and type(found) is type(value)


def test_options_may_be_in_sections_or_not(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("seed = 3\n[network]\nunits = 5\n[text]\nminimum_count = 1\n")
    assert read_options(path) == {"seed": 3, "units": 5, "minimum_count": 1}


def test_an_option_given_twice_is_refused(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("units = 3\n[network]\nunits = 5\n")
    with pytest.raises(ConfigError, match=r"run\.toml gives units twice"):
        read_options(path)


def test_a_file_that_is_not_toml_is_refused_by_name(tmp_path):
    path = tmp_path / "odd.toml"
    for content in (b"units = ", b"units 3", b"\xff\xfe", b"units = 1\nunits = 2\n"):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=r"odd\.toml cannot be read as TOML"):
            read_toml(path)
    with pytest.raises(ConfigError, match=r"nope\.toml cannot be read"):
        read_toml(tmp_path / "nope.toml")
