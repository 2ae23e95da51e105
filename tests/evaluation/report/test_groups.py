"""Groups by what stands in a text: which words deny, where a share lies."""

import pytest

from imdb_lstm.evaluation.report.groups import negation_share, share_group
from imdb_lstm.metrics.subgroups import accuracy_by_group
from imdb_lstm.text.tokenizer import tokenise


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("It wasn't GOOD", 1 / 3), ("It wasn’t good", 1 / 3), ("dont, never!", 2 / 4),
        ("a knot, a nonesuch", 0.0), ("", 0.0), ("Neither NOR cannot", 1.0),
    ],
)  # fmt: skip
def test_negation_words_are_counted_as_they_are_tokenised(text, share):
    assert negation_share(tokenise(text)) == pytest.approx(share)


def test_every_share_lies_in_one_group_and_groups_come_in_their_order():
    shares = [0.9, 0.0, 0.0001, 0.01, 0.0100001, 0.02, 0.03, 0.050001]
    names = share_group(shares, (1, 2, 5))
    assert names == ["over 5 %", "0 %", "0-1 %", "0-1 %", "1-2 %", "1-2 %", "2-5 %", "over 5 %"]
    rows = accuracy_by_group([1] * 8, [1.0] * 8, names)
    assert [row["group"] for row in rows] == ["0 %", "0-1 %", "1-2 %", "2-5 %", "over 5 %"]
