import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.text.lexicon import SPECIAL, WORD_LETTERS, Lexicon, load_lexicon, parse_lexicon, write_lexicon

PIECES = {"fee": 0, "un": 1, "##paid": 2, "can't": 3}
SMALL = Lexicon(PIECES, bytes([11, 12, 13, 14]), 15)


def test_word_has_its_row_and_kind() -> None:
    assert SMALL.entry("fee") == ((0,), 11)


def test_word_of_pieces_has_the_kind_of_the_longest() -> None:
    assert SMALL.entry("unpaid") == ((1, 2), 13)


@pytest.mark.parametrize("word", ["paid", "feepaidx", "é"])
def test_word_that_no_pieces_make_is_unknown(word: str) -> None:
    assert SMALL.entry(word) == ((), 0)


def test_ending_behind_an_apostrophe_is_left_out_unless_it_is_a_word() -> None:
    assert (SMALL.entry("fee's"), SMALL.entry("can't")) == (((0,), 11), ((3,), 14))


def test_word_beyond_the_limit_is_not_cut_up() -> None:
    endless = Lexicon({"a": 0, "##a": 1}, bytes([11, 11]), 12)

    assert len(endless.entry("a" * WORD_LETTERS)[0]) == WORD_LETTERS
    assert endless.entry("a" * (WORD_LETTERS + 1)) == ((), 0)


def test_words_are_read_as_rows_once_and_as_pairs_of_kinds() -> None:
    rows, pairs = SMALL.read(["fee", "unpaid", "fee"])

    assert rows == [0, 1, 2]
    assert pairs == {11 * 15 + 13, 13 * 15 + 11, 15 * 15 + 11 * 15 + 11}


@given(st.lists(st.one_of(st.text(min_size=1, max_size=60), st.sampled_from(SPECIAL[1:])), max_size=30))
def test_any_words_have_places_within_the_tables(words: list[str]) -> None:
    lexicon = load_lexicon()

    rows, pairs = lexicon.read(words)

    assert all(0 <= row < len(lexicon.kinds) for row in rows)
    assert all(0 <= place < lexicon.pair_places for place in pairs)


def test_lexicon_survives_its_file() -> None:
    assert parse_lexicon(write_lexicon(SMALL)) == SMALL


def test_pieces_without_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="a kind for each of 4 pieces, got 1"):
        parse_lexicon(write_lexicon(Lexicon(PIECES, bytes([1]), 15)))


def test_shipped_kinds_are_within_their_number() -> None:
    lexicon = load_lexicon()

    assert max(lexicon.kinds) < lexicon.kind_count <= 256
    assert lexicon.entry("slaughter")[1] == lexicon.entry("murder")[1] != lexicon.entry("table")[1]
