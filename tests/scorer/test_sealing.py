"""Data at rest: sealed with the first key, opened with any; words of an index under each key; key files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigurationError
from scorer.sealing import KEY_BYTES, WORD_LETTERS, MissingKeyError, Sealer, UnsealError, key_id, read_keys

OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_was_sealed_is_opened_where_it_belongs(data: bytes, associated: bytes) -> None:
    sealed = Sealer((NEW,)).seal(data, associated)

    assert Sealer((OLD, NEW)).unseal(sealed, associated) == data
    with pytest.raises(UnsealError):
        Sealer((NEW,)).unseal(sealed, associated + b"x")


def test_a_missing_key_is_named() -> None:
    sealed = Sealer((NEW,)).seal(b"words", b"")

    with pytest.raises(MissingKeyError) as caught:
        Sealer((OLD,)).unseal(sealed, b"")

    assert caught.value.key_id == key_id(NEW)
    assert sealed.startswith(Sealer((NEW, OLD)).head)


def test_a_word_is_found_under_every_key_and_as_it_is() -> None:
    sealer = Sealer((NEW, OLD))

    forms = sealer.word_forms("fee")

    assert forms == (Sealer((NEW,)).hash_word("fee"), Sealer((OLD,)).hash_word("fee"), "fee")
    assert sealer.hash_word("fee") == forms[0]
    assert len(forms[0]) == WORD_LETTERS
    assert len({sealer.hash_word(word) for word in ("fee", "fees", "Fee")}) == 3


def test_without_a_key_words_and_data_stay_as_they_are() -> None:
    assert (Sealer().hash_word("fee"), Sealer().word_forms("fee"), Sealer().head) == ("fee", ("fee",), b"")
    assert Sealer().seal(b"fee", b"x") == Sealer().unseal(b"fee", b"x") == b"fee"


def test_keys_are_read_in_order_without_blanks_and_remarks(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# since May\n{NEW.hex()}\n\n  {OLD.hex().upper()}\n")

    assert read_keys(file, "spool.key_file") == (NEW, OLD)
    assert read_keys(None, "spool.key_file") == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "at least one key"),
        (b"# none\n", "at least one key"),
        (b"abcd\n", "64 hexadecimal digits on line 1"),
        (b"a" * 64 + b"\n" + b"secret!" * 9, "64 hexadecimal digits on line 2"),
        (b"\xff" * 64, "64 hexadecimal digits"),
    ],
)
def test_a_bad_key_file_is_said_without_its_text(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "keys"
    file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=message) as caught:
        read_keys(file, "spool.key_file")

    assert str(caught.value).startswith("spool.key_file: ")
    assert "secret!" not in str(caught.value)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"spool\.key_file: cannot read"):
        read_keys(tmp_path / "none", "spool.key_file")
