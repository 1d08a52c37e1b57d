"""One body, whatever tells its end."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.body import BodyReader
from proxy.framing import BodyKind
from tests.proxy.pieces import cut


@given(st.binary(min_size=1, max_size=50), st.binary(max_size=20), st.lists(st.integers(0, 70)))
def test_length_ends_the_body_wherever_the_bytes_are_cut(content: bytes, after: bytes, cuts: list[int]) -> None:
    body = BodyReader(BodyKind.LENGTH, len(content))
    passed, rest = b"", b""

    for piece in cut(content + after, cuts):
        if body.is_done:
            rest += piece
        else:
            forwarded, left = body.feed(piece)
            passed, rest = passed + forwarded, rest + left

    assert (passed, rest) == (content, after)


def test_body_without_bytes_is_done_at_once() -> None:
    assert BodyReader(BodyKind.NONE, 0).is_done


def test_only_an_orderly_close_ends_a_body_until_close() -> None:
    body = BodyReader(BodyKind.CLOSE, 0)

    assert body.feed(b"abc") == (b"abc", b"")
    assert not body.ends_with_connection(ConnectionResetError())
    assert body.ends_with_connection(None)


def test_close_does_not_end_a_body_with_a_length() -> None:
    assert not BodyReader(BodyKind.LENGTH, 5).ends_with_connection(None)


def test_content_is_taken_out_of_chunks_only_where_wanted() -> None:
    plain, decoded = BodyReader(BodyKind.CHUNKED, 0), BodyReader(BodyKind.CHUNKED, 0, wants_content=True)
    data = b"3\r\nabc\r\n0\r\n\r\n"

    passed = [body.take_content(body.feed(data)[0]) for body in (plain, decoded)]

    assert passed == [data, b"abc"]
    assert plain.is_done
    assert decoded.is_done
