"""What the scoring pool and its child processes say to each other. Does no I/O.

    message = length u32, big-endian | kind u8 | body          (length counts kind and body)

The pool sends BOOTSTRAP once, then JOBs one at a time; the child answers READY once, then each job with one of
EVALUATION, UNSCORED, QUESTIONS, INVALID, FAILED, REFUSED. Results travel as the JSON of their models.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from scorer.claims.question import Ruling
from scorer.protocols import Job, JobKind

MESSAGE_LIMIT_BYTES: Final = 512 * 1024 * 1024
"""A longer message is a fault of the child, never something to allocate for."""
HEAD: Final = struct.Struct("!IB")


class MessageKind(IntEnum):
    """What a message carries."""

    BOOTSTRAP = 1
    """What the child prepares itself from; its meaning is between the application and its `prepare`."""
    JOB = 2
    READY = 3
    EVALUATION = 4
    """JSON of `scorer.model.Evaluation`."""
    UNSCORED = 5
    """JSON of `scorer.model.Unscored`."""
    INVALID = 6
    """JSON `{"message", "field"}` of an InvalidInputError."""
    FAILED = 7
    """UTF-8: the class of the exception and the place in our code; never its text, which may hold what was read."""
    REFUSED = 8
    """UTF-8: the message of a RedactionError."""
    QUESTIONS = 9
    """JSON of `scorer.claims.question.Questions`: what a judge could be asked before the job is scored."""


class MessageError(ValueError):
    """The peer sent bytes that are not of this layout."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    kind: MessageKind
    body: bytes


def encode_message(kind: MessageKind, body: bytes = b"") -> bytes:
    """Return the bytes of a message."""
    return HEAD.pack(1 + len(body), kind) + body


def decode_head(head: bytes) -> tuple[MessageKind, int]:
    """Return kind and length of the body from the first `HEAD.size` bytes. Raises MessageError."""
    length, kind = HEAD.unpack(head)
    if not 1 <= length <= MESSAGE_LIMIT_BYTES:
        raise MessageError(f"a message of {length} bytes is outside 1 to {MESSAGE_LIMIT_BYTES}")
    try:
        return MessageKind(kind), length - 1
    except ValueError as error:
        raise MessageError(str(error)) from error


def encode_job(job: Job) -> bytes:
    """Return the body of a JOB message: a line of JSON, then the payload as it is."""
    rulings = None if job.rulings is None else [ruling.model_dump(mode="json") for ruling in job.rulings]
    return json.dumps({"id": job.id, "kind": job.kind, "rulings": rulings}).encode() + b"\n" + job.payload


def decode_job(body: bytes) -> Job:
    """Return the job of a JOB message's body. Raises MessageError."""
    line, _, payload = body.partition(b"\n")
    try:
        head = json.loads(line)
        rulings = head["rulings"]
        ruled = None if rulings is None else tuple(map(Ruling.model_validate, rulings))
        return Job(head["id"], JobKind(head["kind"]), payload, ruled)
    except (ValueError, KeyError, TypeError) as error:
        raise MessageError("a job begins with a line of JSON with id, kind and rulings") from error


class MessageReader:
    """Cuts a stream into messages, at whatever places it arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Take bytes; yield the messages that are now whole. Raises MessageError."""
        self._buffer += data
        position = 0
        while len(self._buffer) - position >= HEAD.size:
            kind, length = decode_head(bytes(self._buffer[position : position + HEAD.size]))
            end = position + HEAD.size + length
            if len(self._buffer) < end:
                break
            yield Message(kind, bytes(self._buffer[position + HEAD.size : end]))
            position = end
        del self._buffer[:position]
