"""Opens connections to one name: looked up when needed, every address tried, plain or TLS.

A handshake with an upstream on the same machine is over when `connect` returns. `begin` finds that out at once, so that
such a connection waits for no turn of the loop: with 1,000 streams open, each turn is a millisecond.
"""

import asyncio
import contextlib
import errno
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from proxy.sockets import is_established, probe_when_silent
from proxy.started import Started

_LOOKUP_SECONDS: Final = 30.0
"""How long the addresses of a name are used without asking again."""

Address = tuple[int, Any]
"""Family and socket address, as `getaddrinfo` gives them."""
LookUp = Callable[[str, int], Awaitable[list[Address]]]
"""Asks for the addresses of a name and a port. Raises OSError."""
Begun = tuple[Address, socket.socket]
"""A connection on its way, or there already."""
P = TypeVar("P", bound=asyncio.Protocol)


class Dialer:
    """The way to one host and port."""

    def __init__(
        self,
        name: str,
        port: int,
        tls: ssl.SSLContext | None,
        timeout_seconds: float,
        look_up: LookUp | None = None,
    ) -> None:
        """`look_up`: None asks the system."""
        self._name = name
        self._port = port
        self._tls = tls
        self._timeout_seconds = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._ask = look_up or self._ask_system
        self._addresses: list[Address] = []
        self._looked_up_at = 0.0

    def begin(self) -> Begun | None:
        """Begin to connect to the address that served last; None when none is known, or it refuses at once."""
        if not self._is_known():
            return None
        address = self._addresses[0]
        try:
            return address, _connecting(address)
        except OSError:
            return None

    def is_there(self, begun: Begun) -> bool:
        """Say whether nothing is left to wait for."""
        return self._tls is None and is_established(begun[1])

    def adopt(self, begun: Begun, protocol: P) -> Started[P]:
        """Give a protocol what `is_there`: its `connection_made` comes with the loop's next turn, not with the one
        after the first step of a task. To be awaited."""
        return Started(self._adopt(begun[1], protocol))

    async def _adopt(self, sock: socket.socket, protocol: P) -> P:
        try:
            _, made = await self._loop.create_connection(lambda: protocol, sock=sock)
            probe_when_silent(sock)
        except BaseException:
            sock.close()
            raise
        return made

    async def open(self, factory: Callable[[], P], begun: Begun | None) -> P:
        """Try every address once, those of a fresh look-up too, beginning with `begun`.

        Raises OSError, of which TimeoutError is one.
        """
        deadline = self._loop.time() + self._timeout_seconds
        failure: OSError = OSError("the name has no address")
        tried: set[Address] = set()
        for is_last in (False, True):
            async with asyncio.timeout_at(deadline):
                addresses, is_fresh = await self._look_up(forced=is_last)
            untried = [address for address in addresses if address not in tried]
            for count, address in enumerate(untried):
                tried.add(address)
                # Each gets its share of the time left: a silent address leaves room for the next.
                share = (deadline - self._loop.time()) / (len(untried) - count)
                try:
                    async with asyncio.timeout(share):
                        made = await self._dial(factory, address, begun)
                except OSError as error:
                    failure = error
                else:
                    self._prefer(address)
                    return made
            if is_fresh:
                break
        raise failure

    def _is_known(self) -> bool:
        return bool(self._addresses) and self._loop.time() - self._looked_up_at < _LOOKUP_SECONDS

    async def _look_up(self, *, forced: bool) -> tuple[list[Address], bool]:
        """Return the addresses, and whether they were asked for just now."""
        if self._is_known() and not forced:
            return list(self._addresses), False
        self._addresses = list(dict.fromkeys(await self._ask(self._name, self._port)))
        self._looked_up_at = self._loop.time()
        return list(self._addresses), True

    async def _ask_system(self, name: str, port: int) -> list[Address]:
        found = await self._loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        return [(int(entry[0]), entry[4]) for entry in found]

    async def _dial(self, factory: Callable[[], P], address: Address, begun: Begun | None) -> P:
        sock = begun[1] if begun is not None and begun[0] == address else _connecting(address)
        try:
            if not is_established(sock):
                await self._established(sock)
            probe_when_silent(sock)
            name = self._name if self._tls is not None else None
            _, made = await self._loop.create_connection(factory, sock=sock, ssl=self._tls, server_hostname=name)
        except BaseException:
            sock.close()
            raise
        return made

    async def _established(self, sock: socket.socket) -> None:
        writable = self._loop.create_future()
        self._loop.add_writer(sock, _settle, writable)
        try:
            await writable
        finally:
            self._loop.remove_writer(sock)
        number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise OSError(number, os.strerror(number))

    def _prefer(self, address: Address) -> None:
        if self._addresses and self._addresses[0] != address:
            with contextlib.suppress(ValueError):  # another look-up may have replaced the list meanwhile
                self._addresses.remove(address)
            self._addresses.insert(0, address)


def _connecting(address: Address) -> socket.socket:
    """Return a socket on its way to the address. Raises OSError for what fails at once."""
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    number = sock.connect_ex(where)
    if number not in (0, errno.EINPROGRESS):
        sock.close()
        raise OSError(number, os.strerror(number))
    return sock


def _settle(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
