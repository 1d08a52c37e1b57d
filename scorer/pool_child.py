"""The inside of a scoring process: one job at a time, as long as the pool is there.

Synchronous on purpose: it computes, and nothing else. Runs at idle priority, so that it takes no core from traffic,
and dies with its parent. A broken job is answered, never fatal; what is fatal (a crash, memory) the pool sees.
"""

import json
import signal
import socket
import struct
import sys
from collections.abc import Callable
from types import MappingProxyType

from config.errors import InvalidInputError, RedactionError
from config.process import die_with_parent, set_idle_priority
from scorer.claims.question import Questions
from scorer.defects import describe_error
from scorer.model import Evaluation, Unscored
from scorer.pool_messages import (
    HEAD,
    Message,
    MessageError,
    MessageKind,
    decode_head,
    decode_job,
    encode_message,
)
from scorer.protocols import Job

ScoreJob = Callable[[Job], Evaluation | Unscored | Questions]
_KINDS = MappingProxyType(
    {
        Evaluation: MessageKind.EVALUATION,
        Unscored: MessageKind.UNSCORED,
        Questions: MessageKind.QUESTIONS,
    }
)
_CREDENTIALS = struct.Struct("3i")
"""`struct ucred` of unix(7): pid, uid, gid."""


def serve_jobs(connection: socket.socket, prepare: Callable[[bytes], ScoreJob]) -> None:
    """Prepare from the bootstrap, say ready, answer jobs until the pool closes the connection.

    `prepare` gets the bootstrap's bytes and returns what scores one job; its errors end the process.
    """
    _settle_in(connection)
    bootstrap = _receive(connection)
    if bootstrap is None:
        return
    if bootstrap.kind is not MessageKind.BOOTSTRAP:
        raise MessageError(f"expected BOOTSTRAP first, got {bootstrap.kind.name}")
    try:
        score = prepare(bootstrap.body)
    except Exception as error:
        connection.sendall(encode_message(MessageKind.FAILED, describe_error(error).encode()))
        raise
    try:
        connection.sendall(encode_message(MessageKind.READY))
        while (message := _receive(connection)) is not None:
            connection.sendall(_answer(message, score))
    except ConnectionError:
        return  # the pool has gone while we computed: nobody waits for the answer


def _settle_in(connection: socket.socket) -> None:
    # A signal to the whole process group ends the pool in order: jobs are finished, then the connection closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    set_idle_priority()
    # The other end was made by the pool's process: a parent that died before we asked shows as another pid.
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    die_with_parent(_CREDENTIALS.unpack(credentials)[0])
    connection.setblocking(True)


def _answer(message: Message, score: ScoreJob) -> bytes:
    if message.kind is not MessageKind.JOB:
        raise MessageError(f"expected JOB, got {message.kind.name}")
    try:
        result = score(decode_job(message.body))
        return encode_message(_KINDS[type(result)], result.model_dump_json().encode())
    except InvalidInputError as error:
        body = json.dumps({"message": str(error), "field": error.field})
        return encode_message(MessageKind.INVALID, body.encode())
    except RedactionError as error:
        return encode_message(MessageKind.REFUSED, str(error).encode())
    except Exception as error:  # noqa: BLE001  the boundary of one exchange: the pool is told, the worker counts it
        return encode_message(MessageKind.FAILED, describe_error(error).encode())


def _receive(connection: socket.socket) -> Message | None:
    """Return the next message; None when the pool has closed the connection."""
    head = _receive_exactly(connection, HEAD.size)
    if head is None:
        return None
    kind, length = decode_head(head)
    body = _receive_exactly(connection, length)
    return None if body is None else Message(kind, body)


def _receive_exactly(connection: socket.socket, count: int) -> bytes | None:
    data = bytearray(count)
    view, filled = memoryview(data), 0
    while filled < count:
        received = connection.recv_into(view[filled:])
        if not received:
            return None
        filled += received
    return bytes(data)


def connection_from_arguments() -> socket.socket:
    """Return the connection whose file descriptor the pool gave as the last argument of the command line."""
    return socket.socket(fileno=int(sys.argv[-1]))
