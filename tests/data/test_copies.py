import numpy as np

from imdb_lstm.data.copies import SHORT, copy_groups, text_keys

FILM = "A quiet film about the sea and its people, told with much patience, wit and love."
OTHER = "Loud and long: two hours of noise, one joke, and not a single thought in its whole head."


def same(*texts):
    return len(set(copy_groups(texts).tolist())) == 1


def test_copies_differ_in_case_white_space_and_punctuation_only():
    assert same(FILM, FILM.upper(), f"  {FILM}!!! ", FILM.replace(" ", "\n"))
    assert not same(FILM, OTHER)
    assert not same("good", "bad") and not same("good 😍", "good 😡") and not same("!", "?")


def test_near_copies_share_most_of_their_runs_of_words():
    assert same(FILM, f"{FILM} Recommended")
    assert same(FILM, FILM.replace("love", "charm"))
    assert not same(f"{FILM} {OTHER}", OTHER * 3)


def test_short_texts_have_copies_only():
    short = " ".join(f"word{number}" for number in range(SHORT - 2))
    assert same(short, short.title()) and not same(short, f"{short} more")


def test_groups_are_numbered_by_their_first_text_and_are_not_of_its_place():
    texts = [OTHER, FILM, "short", FILM + " again", "SHORT", OTHER]
    assert copy_groups(texts).tolist() == [0, 1, 2, 1, 2, 0]
    order = np.random.default_rng(0).permutation(len(texts))
    shuffled = copy_groups([texts[i] for i in order])
    plain = copy_groups(texts)[order]
    assert ((shuffled[:, None] == shuffled) == (plain[:, None] == plain)).all()


def test_a_text_of_any_characters_has_a_key_that_is_the_same_in_every_form():
    nfc, nfd = "déjà vu", "de\u0301ja\u0300 vu"
    assert text_keys([nfc])[0] == text_keys([nfd])[0]
    texts = ["", " ", "\x00", "\ud800", "我不喜欢", "!!!"]
    assert text_keys(texts).dtype == np.uint64 and len(copy_groups(texts)) == len(texts)


def test_no_texts_have_no_groups():
    assert len(text_keys([])) == 0
