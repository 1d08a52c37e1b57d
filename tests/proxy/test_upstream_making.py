"""A connection to an upstream on this machine, in the turns of the loop in which it is made."""

import asyncio
import socket

from proxy.upstream import Upstream, UpstreamConnection
from tests.fakes.raw_client import WAIT_SECONDS
from tests.fakes.waiting import until
from tests.proxy.conftest import bound_socket


class Asking:
    """Waits for a connection, with something to send first."""

    def __init__(self, opening: bytes) -> None:
        self._opening = opening
        self.left = b""
        self.connection: asyncio.Future[UpstreamConnection] = asyncio.get_running_loop().create_future()

    def opening(self) -> bytes:
        return self._opening

    def left_over(self, data: bytes) -> None:
        self.left = data

    def connected(self, connection: UpstreamConnection) -> None:
        self.connection.set_result(connection)

    def connect_failed(self, error: OSError) -> None:
        self.connection.set_exception(error)


class Listening(Asking):
    """Keeps what comes on the connection; `pauses`: takes nothing of it at first."""

    def __init__(self, opening: bytes, *, pauses: bool = False) -> None:
        super().__init__(opening)
        self.received = b""
        self._pauses = pauses

    def connected(self, connection: UpstreamConnection) -> None:
        connection.owner = self
        if self._pauses:
            connection.pause_reading()
        super().connected(connection)

    def answer_data(self, data: bytes) -> None:
        self.received += data

    def upstream_eof(self) -> bool:
        return False

    def upstream_lost(self, error: Exception | None) -> None:
        """Not told of here."""

    def pause_request(self) -> None:
        """Not told of here."""

    def resume_request(self) -> None:
        """Not told of here."""


def url_of(sock: socket.socket) -> str:
    return f"http://127.0.0.1:{sock.getsockname()[1]}"


async def connected(upstream: Upstream, opening: bytes) -> Asking:
    """Connect, the second time to an address that is known by then."""
    for data in (b"", opening):
        asking = Asking(data)
        upstream.connect(asking)
        if data:
            return asking
        (await asking.connection).transport.close()
    raise AssertionError


async def test_request_leaves_before_the_loop_knows_of_its_connection() -> None:
    with bound_socket() as sock:
        async with asyncio.TaskGroup() as tasks:
            asking = await connected(Upstream(url_of(sock), 5.0, tasks), b"hello")
            sock.settimeout(WAIT_SECONDS)
            sock.accept()[0].close()
            with sock.accept()[0] as accepted:
                assert accepted.recv(100) == b"hello"
                assert not asking.connection.done()
                (await asking.connection).transport.abort()

    assert asking.left == b""


async def test_answer_that_is_there_already_is_read_in_the_turn_that_makes_the_connection() -> None:
    with bound_socket() as sock:
        async with asyncio.TaskGroup() as tasks:
            upstream = Upstream(url_of(sock), 5.0, tasks)
            (await (await connected(upstream, b"known by now")).connection).transport.abort()
            listening = Listening(b"hello")
            upstream.connect(listening)
            sock.settimeout(WAIT_SECONDS)
            peers = [sock.accept()[0] for _ in range(3)]
            peers[-1].sendall(b"answer")

            await asyncio.sleep(0)

            assert listening.received == b"answer"
            (await listening.connection).transport.abort()
            for peer in peers:
                peer.close()


async def test_pause_from_the_first_moment_holds() -> None:
    with bound_socket() as sock:
        async with asyncio.TaskGroup() as tasks:
            upstream = Upstream(url_of(sock), 5.0, tasks)
            (await (await connected(upstream, b"known by now")).connection).transport.abort()
            listening = Listening(b"hello", pauses=True)
            upstream.connect(listening)
            connection = await listening.connection
            sock.settimeout(WAIT_SECONDS)
            peers = [sock.accept()[0] for _ in range(3)]
            await _some_turns()

            peers[-1].sendall(b"answer")
            await _some_turns()
            held = listening.received
            connection.resume_reading()
            await until(lambda: listening.received, "the answer")

            assert held == b""
            connection.transport.abort()
            for peer in peers:
                peer.close()


async def _some_turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_the_kernel_does_not_take_is_left_over() -> None:
    opening = bytes(16 * 1024 * 1024)
    with bound_socket() as sock:
        async with asyncio.TaskGroup() as tasks:
            asking = await connected(Upstream(url_of(sock), 5.0, tasks), opening)
            (await asking.connection).transport.abort()

    assert 0 < len(asking.left) < len(opening)
