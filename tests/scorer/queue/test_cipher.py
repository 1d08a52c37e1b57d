"""Payloads at rest: sealed with the first key, opened with any, bound to their job."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigurationError
from scorer.protocols import Job, JobKind
from scorer.queue.cipher import Cipher
from scorer.sealing import KEY_BYTES, MAGIC, UnsealError

OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES
JOB = Job("a", JobKind.EXCHANGE, b"recognisable words")


def unseal(cipher: Cipher, data: bytes, id_: str = "a", kind: JobKind = JobKind.EXCHANGE) -> bytes:
    return cipher.unseal(id_, kind, data)


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_was_sealed_is_opened_as_it_was(payload: bytes, id_: str) -> None:
    job = Job(id_, JobKind.EVALUATE, payload)
    cipher = Cipher((NEW,))

    assert unseal(cipher, cipher.seal(job), id_, JobKind.EVALUATE) == payload


def test_sealed_words_are_not_readable_and_never_sealed_alike() -> None:
    first, second = Cipher((NEW,)).seal(JOB), Cipher((NEW,)).seal(JOB)

    assert b"recognisable" not in first
    assert first != second


def test_without_a_key_payloads_stay_as_they_are() -> None:
    assert Cipher().seal(JOB) == JOB.payload


def test_after_a_rotation_old_rows_are_read_and_new_ones_use_the_first_key() -> None:
    rotated = Cipher((NEW, OLD))

    assert unseal(rotated, Cipher((OLD,)).seal(JOB)) == JOB.payload
    assert unseal(Cipher((NEW,)), rotated.seal(JOB)) == JOB.payload


def test_what_was_written_before_there_was_a_key_is_read() -> None:
    assert unseal(Cipher((NEW,)), JOB.payload) == JOB.payload


@pytest.mark.parametrize("keys", [(), (OLD,)])
def test_a_missing_key_names_the_setting(keys: tuple[bytes, ...]) -> None:
    sealed = Cipher((NEW,)).seal(JOB)

    with pytest.raises(ConfigurationError, match=r"spool\.key_file"):
        unseal(Cipher(keys), sealed)


@pytest.mark.parametrize("cut", [len(MAGIC) + 8, 30, -1])
def test_a_row_that_was_changed_or_cut_is_refused(cut: int) -> None:
    sealed = Cipher((NEW,)).seal(JOB)

    with pytest.raises(UnsealError):
        unseal(Cipher((NEW,)), sealed[:cut])
    with pytest.raises(UnsealError):
        unseal(Cipher((NEW,)), sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_a_row_cannot_be_given_another_jobs_words() -> None:
    cipher = Cipher((NEW,))

    with pytest.raises(UnsealError):
        unseal(cipher, cipher.seal(JOB), "b")
    with pytest.raises(UnsealError):
        unseal(cipher, cipher.seal(JOB), "a", JobKind.EVALUATE)
