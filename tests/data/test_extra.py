"""Extra train reviews: rows that are added, rows that are left out, and errors that name rows."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_world import write_csv

from imdb_lstm.config.options import Config
from imdb_lstm.data.load import load_split, load_train_and_validation
from imdb_lstm.data.near_duplicates import RUN_LENGTH, shared_runs
from imdb_lstm.data.training_data import read_training_data
from imdb_lstm.errors import DataError
from imdb_lstm.training.prepare import prepare

COLUMNS = ("text", "label", "source")


def sentence(number, words=16):
    """A text of words that occur in no other."""
    return " ".join(f"w{number}x{i}" for i in range(words))


@pytest.fixture
def config(tmp_path):
    """Forty reviews without splits; the file of extra reviews does not exist yet."""
    rows = [(sentence(i), i % 2) for i in range(40)]
    path = write_csv(tmp_path / "mine.csv", rows, ("text", "label"))
    return Config(
        data=str(path), extra_reviews=str(tmp_path / "more.csv"), validation_fraction=0.25
    )


def parts(config):
    """Train, validation and test reviews of the configuration, without the extra ones."""
    return *load_train_and_validation(config), load_split(config, "test")


def added(config):
    """The reviews that the file adds to train, and the counts."""
    data, plain = read_training_data(config), len(parts(config)[0])
    return data.train.take(np.arange(plain, len(data.train))), data.counts


def load(config, rows, names=COLUMNS):
    """The reviews added by a file of these rows, and the counts that are not 0."""
    write_csv(Path(config.extra_reviews), rows, names)
    found, counts = added(config)
    counts = {name.removeprefix("extra_"): count for name, count in counts.items() if count}
    rest = sum(counts.values()) - counts["rows"]
    assert counts.pop("rows") == rest == len(rows), "every row is counted once"
    return found, counts


def test_without_a_file_there_are_none(config):
    found, counts = added(replace(config, extra_reviews=""))
    assert (len(found), counts) == (0, {})


def test_rows_from_train_and_rows_without_source_are_added_with_their_labels(config):
    train, _, _ = parts(config)
    sources = zip(train.labels, train.names, strict=True)
    rows = [(sentence(100 + i), label, name) for i, (label, name) in enumerate(sources)]
    found, counts = load(config, [*rows, (sentence(500), "neg", ""), (sentence(501), "pos", " ")])
    assert counts == {"added": len(train) + 2}
    assert found.texts == [*(text for text, _, _ in rows), sentence(500), sentence(501)]
    assert found.labels.tolist() == [*train.labels.tolist(), 0, 1]
    assert found.names[0] == "more.csv:2"


def test_the_source_column_is_optional_and_the_file_has_any_format(config, tmp_path):
    assert load(config, [(sentence(100), 1)], ("text", "label"))[1] == {"added": 1}
    _, validation, _ = parts(config)
    rows = [{"text": sentence(100), "label": 1, "source": validation.names[0]},
            {"text": sentence(101), "label": 0, "source": None},
            {"text": sentence(102), "label": 0}]  # fmt: skip
    (tmp_path / "more.jsonl").write_text("\n\n".join(map(json.dumps, rows)))
    found, counts = added(replace(config, extra_reviews=str(tmp_path / "more.jsonl")))
    assert found.texts == [sentence(101), sentence(102)]
    assert counts["extra_from_validation"] == 1


def test_rows_made_from_held_out_or_unused_reviews_are_left_out_and_counted(config):
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


def test_copies_of_held_out_texts_are_left_out(config):
    train, validation, test = parts(config)
    for change in (
        str.upper,
        lambda text: f"  {text}\n",
        lambda text: text.replace(" ", "\t\n "),
    ):
        rows = [(change(part.texts[2]), 1, train.names[0]) for part in (validation, test, train)]
        found, counts = load(config, [*rows, ("short and new", 0, "")])
        assert found.texts == [rows[2][0], "short and new"]
        assert counts == {"added": 2, "copies": 2}


def test_near_copies_of_held_out_texts_are_left_out(config):
    train, validation, test = parts(config)
    rows = [(f"Well: {part.texts[1]}, and so on.", 1, "") for part in (validation, test, train)]
    found, counts = load(config, rows)
    assert found.texts == [rows[2][0]]
    assert counts == {"added": 1, "near_copies": 2}


def test_a_near_copy_has_at_least_the_threshold_of_shared_runs(config):
    _, validation, _ = parts(config)
    kept = RUN_LENGTH + 1  # two runs of the held-out text, in a text of ten runs, then of eleven
    part = " ".join(validation.texts[0].split()[:kept])
    rows = [(f"{part} {sentence(99, RUN_LENGTH - kept + count)}", 1, "") for count in (9, 10)]
    shared = shared_runs([text for text, _, _ in rows], validation.texts)
    np.testing.assert_allclose(shared, [2 / 10, 2 / 11])
    found, counts = load(config, rows)
    assert found.texts == [rows[1][0]]
    assert counts == {"added": 1, "near_copies": 1}


def test_shared_runs_are_those_of_brute_force():
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
    for turned in (0, 1):
        flipped = [(t, abs(turned - label) if part == "test" else label, part)
                   for t, label, part in split]  # fmt: skip
        write_csv(Path(config.data), flipped, ("text", "label", "split"))
        found.append(load(config, rows))
    assert found[0][1] == found[1][1] == {"added": 1, "from_test": 1, "copies": 1}
    assert found[0][0].texts == found[1][0].texts


@pytest.mark.parametrize(
    ("rows", "names", "message"),
    [
        ([("a", 1, ""), ("b", 0, "mine.csv:99")], COLUMNS,
         r"more\.csv:3: source 'mine\.csv:99' is no review of .*mine\.csv; .* such as 'mine\.csv:"),
        ([("a", 1, "test")], ("text", "label", "split"), r"more\.csv:2: test split"),
        ([("a", "so")], ("text", "label"), r"the labels are only so .* is in more\.csv:2"),
        ([("a", 1, 2)], ("page", "label", "day"), r"more\.csv: no column is known as the text"),
        ([], COLUMNS, r"more\.csv: it has no rows"),
    ],
)  # fmt: skip
def test_an_error_names_file_and_row(rows, names, message, config):
    with pytest.raises(DataError, match=message):
        load(config, rows, names)


def test_a_missing_file_is_refused_by_name(config):
    with pytest.raises(DataError, match=r"more\.csv: no such file"):
        read_training_data(config)


def test_training_uses_the_added_rows_and_the_same_validation_reviews(config):
    config = replace(config, word_vectors=False, minimum_count=1)
    _, validation, _ = parts(config)
    load(config, [(sentence(100), 1, ""), (sentence(101), 0, ""), (validation.texts[0], 1, "")])
    plain, more = (
        prepare(each, read_training_data(each))
        for each in (replace(config, extra_reviews=""), config)
    )
    assert len(more.train.ids) == len(plain.train.ids) + 2 == more.counts["train_reviews"]
    assert more.train.labels[-2:].tolist() == [1, 0]
    assert {"w100x0", "w101x0"} <= set(more.vocabulary.words)
    np.testing.assert_array_equal(plain.validation_labels, more.validation_labels)
    assert (more.counts["extra_rows"], more.counts["extra_copies"]) == (3, 1)
    assert not [name for name in plain.counts if name.startswith("extra")]
    assert more.fingerprints == {**plain.fingerprints, "extra": more.fingerprints["extra"]}
    load(config, [(sentence(100), 1, ""), (sentence(101), 1, "")])
    assert read_training_data(config).fingerprints["extra"] != more.fingerprints["extra"]
