"""Subgroups by the words of a text: negation words, unknown words, groups of shares."""

import pytest

from imdb_lstm.evaluation.report.groups import negation_share, share_group, text_shares
from imdb_lstm.metrics.subgroups import accuracy_by_group
from imdb_lstm.runs.run import load_run
from imdb_lstm.text.tokenizer import tokenise


def test_negation_words_are_counted_as_they_are_tokenised():
    for text, share in (
        ("It wasn't GOOD", 1 / 3), ("It wasn’t good", 1 / 3), ("dont, never!", 2 / 4),
        ("a knot, a nonesuch", 0.0), ("", 0.0), ("Neither NOR cannot", 1.0),
    ):  # fmt: skip
        assert negation_share(tokenise(text)) == pytest.approx(share)


def test_unknown_words_are_those_of_the_model(tiny_run, tiny_ngrams):
    texts = ["The plot is zzz", "Not not zzz good"]
    for run in (tiny_run, tiny_ngrams):
        unknown, negation = text_shares(texts, load_run(run).knows)
        assert unknown[0] == 0.25
        assert negation == [0.0, 0.5]


def test_every_share_is_in_one_group_and_groups_are_in_order():
    shares = [0.9, 0.0, 0.0001, 0.01, 0.0100001, 0.02, 0.03, 0.050001]
    names = share_group(shares, (1, 2, 5))
    assert names == ["over 5 %", "0 %", "0-1 %", "0-1 %", "1-2 %", "1-2 %", "2-5 %", "over 5 %"]
    rows = accuracy_by_group([1] * 8, [1.0] * 8, names)
    assert [row["group"] for row in rows] == ["0 %", "0-1 %", "1-2 %", "2-5 %", "over 5 %"]
