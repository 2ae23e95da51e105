"""An option checks its values; how its values stand in TOML test_config tells of all of them."""

import tomllib
from dataclasses import dataclass, fields

import pytest

from imdb_lstm.config.fields import check_field, option, toml_value
from imdb_lstm.errors import ConfigError


@dataclass
class Options:
    share: float = option(0.5, "A share.", minimum=0, maximum=1)
    kind: str = option("a", "A kind.", choices=("a", "b"))
    count: int = option(1, "A number.", minimum=1)


SHARE, KIND, COUNT = fields(Options)


@pytest.mark.parametrize(("field", "value"), [(SHARE, 0.0), (SHARE, 1.0), (KIND, "b"), (COUNT, 9)])
def test_a_value_within_the_bounds_or_choices_passes(field, value):
    check_field(field, value)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (SHARE, 1.5, "share must be between 0 and 1, not 1.5"),
        (SHARE, float("nan"), "share must be between 0 and 1, not nan"),
        (SHARE, 1, "share must be of type float, not 1"),
        (KIND, "c", "kind must be one of a, b, not 'c'"),
        (COUNT, 0, "count must be at least 1, not 0"),
        (COUNT, True, "count must be of type int, not True"),
    ],
)
def test_another_value_is_refused_in_one_line(field, value, message):
    with pytest.raises(ConfigError, match=f"^{message}$"):
        check_field(field, value)


@pytest.mark.parametrize("value", [True, False, 3, 0.1, 1e-8, "", 'a "b"\\\n\x7fé'])
def test_a_value_comes_back_from_toml(value):
    found = tomllib.loads(f"key = {toml_value(value)}")["key"]
    assert found == value and type(found) is type(value)
