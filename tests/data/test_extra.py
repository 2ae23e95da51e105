"""Extra train reviews: what is added, what is left out lest it leak, and errors that say where."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data import imdb
from imdb_lstm.data.load import load_extra, load_split, load_train_and_validation
from imdb_lstm.data.near_duplicates import RUN_LENGTH, shared_runs
from imdb_lstm.data.reviews import Reviews
from imdb_lstm.errors import DataError
from imdb_lstm.training.prepare import prepare

COLUMNS = ("text", "label", "source")


def sentence(number, words=16):
    """A text of words that no other has."""
    return " ".join(f"w{number}x{i}" for i in range(words))


@pytest.fixture
def config(tmp_path):
    """Forty reviews without splits; the file of extra ones is to be written."""
    rows = [(sentence(i), i % 2) for i in range(40)]
    path = write_csv(tmp_path / "mine.csv", rows, ("text", "label"))
    return Config(
        data=str(path), extra_reviews=str(tmp_path / "more.csv"), validation_fraction=0.25
    )


def parts(config):
    """Train, validation and test as the configuration cuts them."""
    return *load_train_and_validation(config), load_split(config, "test")


def load(config, rows, names=COLUMNS):
    """The extra reviews and the counts, from a file of these rows."""
    write_csv(Path(config.extra_reviews), rows, names)
    train, validation, _ = parts(config)
    found, facts = load_extra(config, train, validation)
    counts = {name.removeprefix("extra_"): count for name, count in facts.items() if count}
    rest = sum(counts.values()) - counts["rows"]
    assert counts.pop("rows") == rest == len(rows), "every row has one fate"
    return found, counts


def test_without_a_file_there_is_nothing(config):
    train, validation, _ = parts(config)
    found, facts = load_extra(replace(config, extra_reviews=""), train, validation)
    assert (len(found), facts) == (0, {})


def test_rows_from_train_and_rows_of_no_source_are_added_with_their_labels(config):
    train, _, _ = parts(config)
    sources = zip(train.labels, train.names, strict=True)
    rows = [(sentence(100 + i), label, name) for i, (label, name) in enumerate(sources)]
    found, counts = load(config, [*rows, (sentence(500), "neg", ""), (sentence(501), "pos", " ")])
    assert counts == {"added": len(train) + 2}
    assert found.texts == [*(text for text, _, _ in rows), sentence(500), sentence(501)]
    assert found.labels.tolist() == [*train.labels.tolist(), 0, 1]
    assert found.names[0] == "more.csv:2"
    assert isinstance(found, Reviews)


def test_the_column_of_sources_may_be_missing_and_the_file_of_any_format(config, tmp_path):
    assert load(config, [(sentence(100), 1)], ("text", "label"))[1] == {"added": 1}
    train, validation, _ = parts(config)
    rows = [{"text": sentence(100), "label": 1, "source": validation.names[0]},
            {"text": sentence(101), "label": 0, "source": None},
            {"text": sentence(102), "label": 0}]  # fmt: skip
    (tmp_path / "more.jsonl").write_text("\n\n".join(map(json.dumps, rows)))
    found, facts = load_extra(
        replace(config, extra_reviews=str(tmp_path / "more.jsonl")), train, validation
    )
    assert found.texts == [sentence(101), sentence(102)]
    assert facts["extra_from_validation"] == 1


def test_rows_made_from_reviews_that_are_held_out_or_unused_are_left_out_and_counted(config):
    config = replace(config, train_limit=10)
    train, validation, test = parts(config)
    unused = {f"mine.csv:{row}" for row in range(2, 42)}
    unused -= {*train.names, *validation.names, *test.names}
    assert len(unused) == 14
    sources = [*train.names, *validation.names, *test.names, *sorted(unused)]
    rows = [(sentence(100 + i), 1, source) for i, source in enumerate(sources)]
    found, counts = load(config, rows)
    assert found.texts == [text for text, _, _ in rows[:10]]
    assert counts == {"added": 10, "from_validation": 8, "from_test": 8, "from_unused": 14}


@pytest.mark.parametrize("spoil", [
    str.upper, lambda text: f"  {text}\n", lambda text: text.replace(" ", "\t\n "),
], ids=["case", "ends", "white space"])  # fmt: skip
def test_copies_of_held_out_texts_are_left_out(spoil, config):
    train, validation, test = parts(config)
    rows = [(spoil(part.texts[2]), 1, train.names[0]) for part in (validation, test, train)]
    found, counts = load(config, [*rows, ("short and new", 0, "")])
    assert found.texts == [rows[2][0], "short and new"]
    assert counts == {"added": 2, "copies": 2}


def test_near_copies_of_held_out_texts_are_left_out(config):
    train, validation, test = parts(config)
    rows = [(f"Well: {part.texts[1]}, and so on.", 1, "") for part in (validation, test, train)]
    found, counts = load(config, rows)
    assert found.texts == [rows[2][0]]
    assert counts == {"added": 1, "near_copies": 2}


def test_a_near_copy_begins_at_the_threshold(config):
    _, validation, _ = parts(config)
    kept = RUN_LENGTH + 1  # two runs of the held-out text, in a text of ten runs, then of eleven
    part = " ".join(validation.texts[0].split()[:kept])
    rows = [(f"{part} {sentence(99, RUN_LENGTH - kept + count)}", 1, "") for count in (9, 10)]
    shared = shared_runs([text for text, _, _ in rows], validation.texts)
    np.testing.assert_allclose(shared, [2 / 10, 2 / 11])
    found, counts = load(config, rows)
    assert found.texts == [rows[1][0]]
    assert counts == {"added": 1, "near_copies": 1}


def test_runs_are_those_of_brute_force():
    random = np.random.default_rng(1)
    texts, held_out = (
        [
            " ".join(f"w{i}" for i in random.integers(0, 2, random.integers(0, 30)))
            for _ in range(40)
        ]
        for _ in range(2)
    )

    def runs(text):
        words = text.split()
        return [tuple(words[i : i + RUN_LENGTH]) for i in range(len(words) - RUN_LENGTH + 1)]

    known = {run for text in held_out for run in runs(text)}
    wanted = [np.mean([run in known for run in runs(t)]) if runs(t) else 0 for t in texts]
    np.testing.assert_allclose(shared_runs(texts, held_out), wanted)
    assert 0 < np.mean(wanted) < 1


def test_the_labels_of_the_test_reviews_do_not_matter(config):
    *_, test = parts(config)
    rows = [(sentence(100), 1, test.names[0]), (test.texts[1], 1, ""), (sentence(101), 0, "")]
    split = [(text, label, "test" if text in test.texts else "train")
             for text, label in ((sentence(i), i % 2) for i in range(40))]  # fmt: skip
    found = []
    for labels in ("0", "1"):
        flipped = [(t, labels if part == "test" else label, part) for t, label, part in split]
        write_csv(Path(config.data), flipped, ("text", "label", "split"))
        found.append(load(config, rows))
    assert found[0][1] == found[1][1] == {"added": 1, "from_test": 1, "copies": 1}
    assert found[0][0].texts == found[1][0].texts


def test_of_imdb_the_texts_of_the_test_split_are_looked_at_and_nothing_else(monkeypatch, tmp_path):
    def load_split_of_imdb(split):
        assert split == "train", "the labelled test reviews were asked for"
        texts = [sentence(i) for i in range(20)]
        names = [f"train:{i}" for i in range(20)]
        return Reviews(texts, np.arange(20, dtype=np.int8) % 2, np.zeros(20, np.int8), names)

    monkeypatch.setattr(imdb, "load", load_split_of_imdb)
    monkeypatch.setattr(imdb, "load_texts", lambda split: {f"{split}:0": sentence(77)})
    train, validation = (load_split_of_imdb("train").take(part)
                         for part in (np.arange(15), np.arange(15, 20)))  # fmt: skip
    rows = [(sentence(77), 1, ""), (sentence(78), 1, "test:0"), (sentence(79), 1, "train:0")]
    write_csv(tmp_path / "more.tsv", rows, COLUMNS, "\t")
    config = Config(data="imdb", extra_reviews=str(tmp_path / "more.tsv"))
    found, _ = load_extra(config, train, validation)
    assert found.texts == [sentence(79)]


@pytest.mark.parametrize(
    ("rows", "names", "message"),
    [
        ([("a", 1, ""), ("b", 0, "mine.csv:99")], COLUMNS,
         r"more\.csv:3: source 'mine\.csv:99' is no review of .*mine\.csv; .* such as 'mine\.csv:"),
        ([("a", 1, "test")], ("text", "label", "split"), r"more\.csv:2: of the test split"),
        ([("a", "so")], ("text", "label"), r"more\.csv, row 2: unknown label 'so'"),
        ([("a", 1)], ("review", "label"), r"more\.csv, row 2: no column 'text'"),
        ([], COLUMNS, r"more\.csv is empty"),
    ],
)  # fmt: skip
def test_an_error_names_file_and_row(rows, names, message, config):
    with pytest.raises(DataError, match=message):
        load(config, rows, names)


def test_a_missing_file_is_refused_by_name(config):
    train, validation, _ = parts(config)
    with pytest.raises(DataError, match=r"more\.csv: no such file"):
        load_extra(config, train, validation)


def test_training_learns_from_the_rows_added_and_validates_as_before(config):
    config = replace(config, word_vectors=False, minimum_count=1)
    _, validation, _ = parts(config)
    load(config, [(sentence(100), 1, ""), (sentence(101), 0, ""), (validation.texts[0], 1, "")])
    plain, more = prepare(replace(config, extra_reviews="")), prepare(config)
    assert len(more.train.ids) == len(plain.train.ids) + 2 == more.facts["train_reviews"]
    assert more.train.labels[-2:].tolist() == [1, 0]
    assert {"w100x0", "w101x0"} <= set(more.vocabulary.words)
    np.testing.assert_array_equal(plain.validation_labels, more.validation_labels)
    assert (more.facts["extra_rows"], more.facts["extra_copies"]) == (3, 1)
    assert not [fact for fact in plain.facts if fact.startswith("extra")]
    assert more.fingerprints == {**plain.fingerprints, "extra": more.fingerprints["extra"]}
    load(config, [(sentence(100), 1, ""), (sentence(101), 1, "")])
    assert prepare(config).fingerprints["extra"] != more.fingerprints["extra"]
