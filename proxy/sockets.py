"""What asyncio's transports do not offer of a TCP connection."""

import asyncio
import contextlib
import os
import socket
import struct
from typing import Final

_ESTABLISHED: Final = 1
_CLOSE: Final = 7
_CLOSE_WAIT: Final = 8
"""TCP states (Linux, `include/net/tcp_states.h`): open, reset, and closed by the peer."""
_KEEP_ALIVE: Final = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 4))
"""A peer that vanished without a word is noticed after two minutes: a thinking model is silent, its host answers."""
_SALVAGE_LIMIT_BYTES: Final = 256 * 1024


def probe_when_silent(sock: socket.socket) -> None:
    """Let the kernel find out when the peer has vanished without closing; accepted sockets inherit it of a listener."""
    if sock.family == socket.AF_UNIX:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEP_ALIVE:
        sock.setsockopt(socket.IPPROTO_TCP, option, value)


def write_at_once(transport: asyncio.Transport) -> None:
    """Have uvloop send each write in the moment it is made, and ask for a pause as soon as something is left over.

    By its own limits it sends at the end of the loop's turn, after everything else that was received in it has been
    read: with 1,000 token streams a first token then came 0.5 to 0.8 ms later. Not over TLS, where a limit of 0 is a
    pause that never ends.
    """
    if transport.get_extra_info("ssl_object") is None:
        transport.set_write_buffer_limits(high=0)


def has_peer_left(transport: asyncio.Transport) -> bool:
    """Say whether the peer has closed or reset, also while nothing is read from it."""
    sock = transport.get_extra_info("socket")
    if transport.is_closing() or sock.family == socket.AF_UNIX:
        return False
    return _state(sock) in (_CLOSE, _CLOSE_WAIT)


def is_established(sock: socket.socket) -> bool:
    """Say whether a TCP connection has come about, and neither side has ended it."""
    return _state(sock) == _ESTABLISHED


def reset(transport: asyncio.Transport) -> None:
    """End the connection so that the peer cannot take it for a proper end: with a TCP reset.

    One that was closing, and still had bytes to send, ends at once.
    """
    sock = transport.get_extra_info("socket")
    if sock.family != socket.AF_UNIX and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def unread_bytes(transport: asyncio.Transport) -> bytes:
    """Return what had arrived on a plain connection that ended by a failed write; empty over TLS.

    An upstream that answers early and closes makes our next write fail, and the transport then ends without reading
    the answer that is already here. Bounded; the descriptor is still open in `connection_lost`.
    """
    if transport.get_extra_info("ssl_object") is not None:
        return b""
    pieces, size = [], 0
    with contextlib.suppress(OSError):  # nothing more to read, or reset: what came before is the result
        descriptor = os.dup(transport.get_extra_info("socket").fileno())
        with socket.socket(fileno=descriptor) as sock:
            sock.setblocking(False)
            while size < _SALVAGE_LIMIT_BYTES and (data := sock.recv(65536)):
                pieces.append(data)
                size += len(data)
    return b"".join(pieces)


def _state(sock: socket.socket) -> int:
    first: bytes = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return first[0]
