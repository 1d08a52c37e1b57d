"""The way of one token: exactly one small chunk passes by itself, everything else does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.tokens import TokenWay


class Way(TokenWay):
    """A way whose two exits are kept."""

    def __init__(self, bound: int = 1 << 20) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.others: list[bytes] = []
        self.copy = bytearray()
        self.open_way(self.sent.append, self.copy, bound)

    def received(self, data: bytes) -> None:
        self.others.append(data)


@given(st.binary(min_size=1, max_size=1100))
def test_one_chunk_is_known_by_its_length(content: bytes) -> None:
    way, data = Way(), b"%x\r\n%s\r\n" % (len(content), content)

    way.data_received(data)

    if len(data) < 1024:
        assert (way.sent, way.others, bytes(way.copy)) == ([data], [], data)
    else:
        assert (way.sent, way.others, bytes(way.copy)) == ([], [data], b"")


@given(st.integers(1, 300), st.sampled_from([-2, -1, 1, 2]))
def test_chunk_of_another_size_than_it_says_is_left_alone(size: int, difference: int) -> None:
    way, data = Way(), b"%x\r\n" % size + b"x" * max(size + difference, 0) + b"\r\n"

    way.data_received(data)

    assert (way.sent, way.others) == ([], [data])


@given(st.binary(max_size=1100))
def test_what_passes_by_itself_is_one_whole_chunk(data: bytes) -> None:
    way = Way()

    way.data_received(data)

    for passed in way.sent:
        line, _, rest = passed.partition(b"\r\n")
        assert len(rest) == int(line, 16) + 2
        assert rest.endswith(b"\r\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"0\r\n\r\n",
        b"1\r\na\r\n1\r\nb\r\n",
        b"A\r\n0123456789\r\n",
        b"a\r\n0123456789xx",
        b"a\r\n01234",
        b"\0" * 21,
    ],
)
def test_what_is_not_one_plain_chunk_is_left_alone(data: bytes) -> None:
    way = Way()

    way.data_received(data)

    assert (way.sent, way.others, bytes(way.copy)) == ([], [data], b"")


def test_closed_way_passes_nothing() -> None:
    way = Way()

    way.close_way()
    way.data_received(b"1\r\na\r\n")

    assert (way.sent, way.others) == ([], [b"1\r\na\r\n"])


def test_full_copy_ends_the_way_after_less_than_a_token_more() -> None:
    way = Way(bound=7)

    for _ in range(3):
        way.data_received(b"1\r\na\r\n")

    assert way.sent == [b"1\r\na\r\n"] * 2
    assert way.others == [b"1\r\na\r\n"]
    assert way.copy == b"1\r\na\r\n" * 2
