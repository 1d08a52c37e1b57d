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


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=20))), st.integers(0, 100))
def test_pieces_and_what_is_added_to_tails_are_kept_in_order(pieces: list[tuple[bool, bytes]], limit: int) -> None:
    tee, whole, counted = Tee(limit), b"", 0

    for is_token, data in pieces:
        if is_token:
            tail, bound = tee.open_tail()
            if len(tail) < bound:
                tail += data
                counted += tee.count_tail()
                whole += data
        else:
            tee.write(data)
            counted += len(data)
            whole += data

    assert tee.content() == whole[:limit]
    assert (tee.total_bytes, tee.kept_bytes) == (counted, min(len(whole), limit))
    assert counted == len(whole)


def test_tail_goes_on_where_it_ended_while_nothing_came_between() -> None:
    tee = Tee(100)

    for token in (b"one", b"two"):
        tail, _ = tee.open_tail()
        tail += token
        tee.count_tail()

    assert tee.pieces == [b"onetwo"]


def test_tail_that_is_only_counted_holds_nothing_and_is_bounded() -> None:
    tee = Tee(0)
    tail, bound = tee.open_tail()
    tail += b"token"

    assert tee.count_tail() == 5
    assert tail == b""
    assert 0 < bound <= 4096
    assert (tee.content(), tee.total_bytes) == (b"", 5)


def test_tail_is_counted_once() -> None:
    tee = Tee(100)
    tail, _ = tee.open_tail()
    tail += b"token"

    assert [tee.count_tail(), tee.count_tail()] == [5, 0]
    assert tee.total_bytes == 5
