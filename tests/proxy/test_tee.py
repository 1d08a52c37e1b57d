"""The bounded copy."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.tee import PIECE_LIMIT, Tee


@given(st.lists(st.binary(max_size=20)), st.integers(0, 100))
def test_tee_keeps_first_bytes_and_counts_all(pieces: list[bytes], limit: int) -> None:
    tee = Tee(limit)

    for piece in pieces:
        tee.write(piece)

    whole = b"".join(pieces)
    assert tee.content() == whole[:limit]
    assert tee.total_bytes == len(whole)
    assert tee.is_truncated is (len(whole) > limit)


def test_tee_keeps_a_reference_not_a_copy() -> None:
    tee, data = Tee(100), b"some bytes"

    tee.write(data)

    assert tee.pieces[0] is data


def test_tee_joins_many_small_pieces() -> None:
    tee = Tee(10_000)

    for _ in range(PIECE_LIMIT * 3):
        tee.write(b"ab")

    assert tee.content() == b"ab" * PIECE_LIMIT * 3
    assert len(tee.pieces) <= PIECE_LIMIT


def test_dropped_tee_keeps_nothing_and_goes_on_counting() -> None:
    tee = Tee(100)
    tee.write(b"abc")

    tee.drop()
    tee.write(b"de")

    assert tee.content() == b""
    assert tee.total_bytes == 5
