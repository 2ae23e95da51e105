"""Recombined texts and excerpts: runs of sentences of the reviews, of the expected lengths."""

from itertools import pairwise

import numpy as np
import pytest

from imdb_lstm.text.sentences import LONGEST, SHORTEST, excerpts, recombined_texts, sentences

REVIEWS = [" ".join(f"R{review} s{n} " + "word " * 7 + "end." for n in range(60))
           for review in range(30)]  # fmt: skip


@pytest.fixture(scope="module")
def made():
    return recombined_texts(REVIEWS, 400, seed=0)


def runs(text):
    """(review, sentence) of each sentence, split where one does not follow the one before."""
    places = [tuple(int(word[1:]) for word in s.split()[:2]) for s in sentences(text)]
    found = [[places[0]]]
    for before, place in pairwise(places):
        if place != (before[0], before[1] + 1):
            found.append([])
        found[-1].append(place)
    return found


def test_every_text_is_made_of_one_to_three_runs_of_sentences(made):
    known = {sentence for review in REVIEWS for sentence in sentences(review)}
    assert all(set(sentences(text)) <= known for text in made)
    counts = np.bincount([len(runs(text)) for text in made], minlength=4)
    assert counts[0] == 0 and counts[4:].sum() == 0
    np.testing.assert_allclose(counts[1:] / len(made), [0.2, 0.4, 0.4], atol=0.08)
    assert len({place[0] for text in made for run in runs(text) for place in run}) == len(REVIEWS)


def test_lengths_are_log_uniform_up_to_a_sentence(made):
    lengths = np.array([len(text.split()) for text in made])
    assert lengths.max() <= LONGEST + 3 * 10  # one more sentence for each part
    assert 0.4 < np.mean(lengths < np.sqrt(SHORTEST * LONGEST)) < 0.6


def test_the_parts_of_a_text_share_its_length():
    """A part ends with the sentence that reaches its share of the words, or with the review."""
    for text in recombined_texts(REVIEWS, 100, seed=2):
        parts = [10 * len(run) for run in runs(text) if run[-1][1] < 59]  # words, of whole reviews
        assert all(SHORTEST / 3 <= words <= LONGEST + 10 for words in parts)
        assert max(parts, default=0) - min(parts, default=0) == 0


def test_the_texts_depend_on_the_seed(made):
    assert recombined_texts(REVIEWS, 400, seed=0) == made
    assert recombined_texts(REVIEWS, 400, seed=1) != made
    assert recombined_texts(REVIEWS, 7, seed=0) == made[:7]


def test_a_review_without_sentences_is_skipped():
    assert set(recombined_texts(["", " <br /> ", "Only this"], 5, seed=0)) <= {
        " ".join(["Only this"] * parts) for parts in (1, 2, 3)
    }
    assert recombined_texts(["", "  "], 5, seed=0) == []
    assert recombined_texts(["Good."], 0, seed=0) == []


def test_an_excerpt_is_one_to_three_consecutive_sentences_of_its_review():
    of, cut = excerpts(REVIEWS, 400, seed=0)
    places = [runs(text) for text in cut]
    assert all(len(found) == 1 for found in places)
    assert [found[0][0][0] for found in places] == of.tolist()
    lengths = np.bincount([len(found[0]) for found in places], minlength=4) / len(cut)
    np.testing.assert_allclose(lengths, [0, 0.5, 0.25, 0.25], atol=0.08)
    assert set(np.bincount(of)) == {13, 14}  # 400 of 30 reviews


def test_excerpts_depend_on_the_seed_and_skip_texts_without_sentences():
    assert excerpts(REVIEWS, 40, seed=0)[1] == excerpts(REVIEWS, 40, seed=0)[1]
    assert excerpts(REVIEWS, 40, seed=0)[1] != excerpts(REVIEWS, 40, seed=1)[1]
    of, cut = excerpts(["", "Only this", " <br /> "], 2, seed=0)
    assert (of.tolist(), cut) == ([1, 1], ["Only this", "Only this"])
    assert excerpts([" "], 3, seed=0)[1] == [] and excerpts(REVIEWS, 0, seed=0)[1] == []
