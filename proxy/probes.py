"""The probe port: the proxy answers for itself, whatever becomes of engine, queue and store.

One answer for a connection, on the framing of the data path: a web framework for two fixed answers would be the
largest part of the proxy's memory (13 of 45 MB, measured).
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, cast

from proxy.answers import json_answer, problem
from proxy.framing import FramingError, find_head_end, parse_request_head

_HEAD_SECONDS: Final = 5.0
"""How long a prober may take for its request."""


class _Probe(asyncio.Protocol):
    """One prober's connection."""

    def __init__(self, is_ready: Callable[[], bool], open_probes: set["_Probe"]) -> None:
        self._is_ready = is_ready
        self._open_probes = open_probes
        self._received = b""
        self._transport: asyncio.Transport
        self._deadline: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by shape, not by class
        self._deadline = asyncio.get_running_loop().call_later(_HEAD_SECONDS, transport.close)
        self._open_probes.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._deadline.cancel()
        self._open_probes.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        searched = len(self._received)
        self._received += data
        try:
            end = find_head_end(self._received, searched)
            if end < 0:
                return
            head = parse_request_head(self._received[:end])
        except FramingError as error:
            self._answer(problem(error.status, f"{error}.", is_head=False, keeps_alive=False))
            return
        self._answer(self._answer_for(head.method, head.target.partition(b"?")[0]))

    def close(self) -> None:
        """End the connection, after what was written."""
        self._transport.close()

    def _answer(self, answer: bytes) -> None:
        self._transport.write(answer)
        self._transport.close()

    def _answer_for(self, method: bytes, path: bytes) -> bytes:
        is_head = method == b"HEAD"
        if path not in (b"/health", b"/ready"):
            return problem(404, "Expected /health or /ready.", is_head=is_head, keeps_alive=False)
        if method not in (b"GET", b"HEAD"):
            return problem(405, "Expected GET or HEAD.", is_head=is_head, keeps_alive=False)
        if path == b"/health":
            return json_answer(200, {"status": "healthy"}, is_head=is_head, keeps_alive=False)
        if self._is_ready():
            return json_answer(200, {"status": "ready"}, is_head=is_head, keeps_alive=False)
        return json_answer(503, {"status": "stopping"}, is_head=is_head, keeps_alive=False)


@asynccontextmanager
async def serve_probes(sock: socket.socket, is_ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answer `/health` and `/ready` on a bound socket: alive is 200; ready is 200 while traffic is forwarded."""
    open_probes: set[_Probe] = set()
    server = await asyncio.get_running_loop().create_server(lambda: _Probe(is_ready, open_probes), sock=sock)
    try:
        yield
    finally:
        server.close()
        for probe in list(open_probes):
            probe.close()
