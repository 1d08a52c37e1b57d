"""Connections to a name: begun at once where the address is known, else looked up and tried."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from proxy.dialing import Address, Dialer
from tests.proxy.conftest import bound_socket


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with bound_socket() as sock:
        yield sock


def dialer_to(sock: socket.socket, timeout_seconds: float = 5.0, name: str = "127.0.0.1") -> Dialer:
    return Dialer(name, sock.getsockname()[1], None, timeout_seconds)


class Kept(asyncio.Protocol):
    """Keeps its transport."""

    transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


async def known(dialer: Dialer) -> Dialer:
    """Return it with an address that has served."""
    made = await dialer.open(Kept, None)
    assert made.transport is not None
    made.transport.close()
    return dialer


async def test_nothing_is_begun_before_the_first_look_up(listener: socket.socket) -> None:
    assert dialer_to(listener).begin() is None


async def test_handshake_on_this_machine_is_over_at_once(listener: socket.socket) -> None:
    dialer = await known(dialer_to(listener))

    begun = dialer.begin()

    assert begun is not None
    assert dialer.is_there(begun)
    protocol = Kept()
    assert await dialer.adopt(begun, protocol) is protocol
    assert protocol.transport is not None
    assert protocol.transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    protocol.transport.close()


async def test_adopted_connection_is_made_in_the_next_turn(listener: socket.socket) -> None:
    dialer = await known(dialer_to(listener))
    begun = dialer.begin()
    assert begun is not None
    protocol = Kept()

    adopted = dialer.adopt(begun, protocol)
    await asyncio.sleep(0)

    assert protocol.transport is not None
    await adopted
    protocol.transport.close()


async def test_name_that_has_moved_is_looked_up_again_when_its_addresses_fail(listener: socket.socket) -> None:
    with bound_socket() as gone:
        before = gone.getsockname()
    asked: list[str] = []

    async def look_up(name: str, port: int) -> list[Address]:
        asked.append(name)
        return [(socket.AF_INET, before if len(asked) == 1 else listener.getsockname())]

    dialer = Dialer("bot", 80, None, 5.0, look_up)
    with pytest.raises(ConnectionRefusedError):
        await dialer.open(Kept, None)
    made = await dialer.open(Kept, None)

    assert asked == ["bot", "bot"]
    assert made.transport is not None
    assert made.transport.get_extra_info("peername") == listener.getsockname()
    made.transport.close()


async def test_begun_connection_is_the_one_that_is_opened(listener: socket.socket) -> None:
    dialer = await known(dialer_to(listener))
    begun = dialer.begin()
    assert begun is not None
    port = begun[1].getsockname()[1]

    made = await dialer.open(Kept, begun)

    assert made.transport is not None
    assert made.transport.get_extra_info("sockname")[1] == port
    made.transport.close()


async def test_address_that_served_last_is_begun_with(listener: socket.socket) -> None:
    dialer = await known(dialer_to(listener, name="localhost"))

    begun = dialer.begin()

    assert begun is not None
    assert begun[0][1] == listener.getsockname()
    assert dialer.is_there(begun)
    begun[1].close()


async def test_refusal_is_found_out_and_raised() -> None:
    sock = bound_socket()
    dialer = await known(dialer_to(sock))
    sock.close()

    begun = dialer.begin()

    assert begun is None or not dialer.is_there(begun)
    with pytest.raises(ConnectionRefusedError):
        await dialer.open(Kept, begun)


async def test_silent_address_is_given_up_and_its_socket_closed() -> None:
    with ExitStack() as stack, socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(0)
        dialer = await known(dialer_to(sock, timeout_seconds=0.2))
        for _ in range(4):  # a full backlog lets no connection come about
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(sock.getsockname())
        begun = dialer.begin()
        assert begun is not None
        assert not dialer.is_there(begun)

        with pytest.raises(TimeoutError):
            await dialer.open(Kept, begun)

        assert begun[1].fileno() == -1
