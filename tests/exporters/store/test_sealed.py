"""Texts of a record: sealed and opened, words hidden and found, missing keys named."""

import pytest

from config.errors import StoreUnavailableError
from exporters.store.sealed import PLAIN, ForeignKeyError, TextSealer
from scorer.sealing import KEY_BYTES, Sealer, key_id

OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES
SEALED, ROTATED = TextSealer(Sealer((OLD,))), TextSealer(Sealer((NEW, OLD)))


def test_a_text_comes_back_under_any_of_the_keys() -> None:
    kept = SEALED.seal(b"words")

    assert b"words" not in kept
    assert ROTATED.open(kept) == b"words"
    assert ROTATED.open(b"plain before there was a key") == b"plain before there was a key"


def test_what_is_current_is_what_would_be_written_now() -> None:
    assert SEALED.is_current(SEALED.seal(b"words"))
    assert not ROTATED.is_current(SEALED.seal(b"words"))
    assert not SEALED.is_current(b"words")
    assert PLAIN.is_current(b"words")
    assert not PLAIN.is_current(SEALED.seal(b"words"))


def test_a_missing_key_and_a_changed_text_are_the_stores_trouble() -> None:
    kept = TextSealer(Sealer((NEW,))).seal(b"words")

    with pytest.raises(ForeignKeyError, match=key_id(NEW).hex()):
        SEALED.open(kept)
    with pytest.raises(StoreUnavailableError, match="cannot be opened"):
        ROTATED.open(kept[:-1])


def test_hidden_words_are_found_by_one_of_their_forms() -> None:
    words = ("fee", "rupees")

    hidden = SEALED.hide(words)

    assert set(hidden).isdisjoint(words)
    assert all(word in forms for word, forms in zip(hidden, ROTATED.forms(words), strict=True))
    assert (PLAIN.hide(words), PLAIN.forms(words)) == (list(words), [("fee",), ("rupees",)])


def test_every_key_of_a_record_must_be_there() -> None:
    ids = [key_id(key).hex() for key in (NEW, OLD)]

    ROTATED.check(ids)
    PLAIN.check([])
    with pytest.raises(ForeignKeyError, match=f"{ids[0]}, and the file holds 1 other keys"):
        SEALED.check(ids)
    with pytest.raises(ForeignKeyError, match="and the file is not given"):
        PLAIN.check(ids[:1])
