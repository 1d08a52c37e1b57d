"""How a job is written as a message on the bus, and read back. Pure: no I/O.

The payload is the job's own; what the queue must know beside it stands in headers, quoted as in a URL, since an id may
hold what a header may not. A message without them is somebody else's: it is read as an exchange, which the worker
then finds unreadable and buries.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from scorer.protocols import Job, JobKind
from scorer.queue.dead_letter import DeadLetter

MESSAGE_ID = "Nats-Msg-Id"
_ID = "Endurance-Job"
_KIND = "Endurance-Kind"
_BEFORE = "Endurance-Attempts-Before"
_PUT_AT = "Endurance-Put-At"
_REASON = "Endurance-Reason"
_BURIED_AT = "Endurance-Buried-At"
_PLACE = "Endurance-Place"
REASON_LIMIT = 500
"""Characters of a reason that are kept."""

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an ack subject says of a delivery: `$JS.ACK.…` (NATS ADR-15)."""

    sequence: int
    """Of the message in its stream."""
    count: int
    """1 for the first delivery."""
    stored_at: float
    """Seconds since the epoch, by the servers' clock."""

    @classmethod
    def parse(cls, subject: str) -> "Delivery":
        """Read it; both forms, with and without domain and account. Raises ValueError."""
        parts = subject.split(".")
        # $JS.ACK.<stream>.<consumer>.<count>.<sequence>.<consumer sequence>.<nanoseconds>.<pending>, or with
        # domain and account before the stream and a token of randomness at the end.
        if len(parts) >= 11:
            parts = [*parts[:2], *parts[4:11]]
        if len(parts) != 9 or parts[:2] != ["$JS", "ACK"]:
            raise ValueError("not the ack subject of a delivery")
        return cls(sequence=int(parts[5]), count=int(parts[4]), stored_at=int(parts[7]) / 1e9)


def headers_of(job: Job, put_at: float) -> Headers:
    """Return the headers of a new job; its id keeps it once while the servers remember it."""
    id_ = quote(job.id, safe="")
    return {MESSAGE_ID: id_, _ID: id_, _KIND: job.kind.value, _PUT_AT: repr(put_at)}


def headers_of_renewed(headers: Mapping[str, str], attempts: int, sequence: int) -> Headers:
    """Return the headers of a job put anew, which has had so many attempts as the message of that sequence."""
    renewed = {name: headers[name] for name in (_ID, _KIND, _PUT_AT) if name in headers}
    return {**renewed, _BEFORE: str(attempts), MESSAGE_ID: f"renewed-{sequence}"}


def read_job(headers: Mapping[str, str], payload: bytes, sequence: int) -> Job:
    """Return the job that a message holds."""
    try:
        kind = JobKind(headers.get(_KIND, ""))
    except ValueError:
        kind = JobKind.EXCHANGE
    return Job(unquote(headers[_ID]) if _ID in headers else f"foreign-{sequence}", kind, payload)


def attempts_before(headers: Mapping[str, str]) -> int:
    """Return the attempts that a renewed job had before; 0 for any other."""
    text = headers.get(_BEFORE, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def put_at(headers: Mapping[str, str], otherwise: float) -> float:
    """Return when the job was first put, seconds since the epoch."""
    return _moment(headers.get(_PUT_AT, ""), otherwise)


def headers_of_letter(letter: DeadLetter, message_id: str, place: int | None = None) -> Headers:
    """Return the headers of a dead letter; `place` is the sequence of the letter that it stands for, if of any."""
    return {
        **({} if place is None else {_PLACE: str(place)}),
        MESSAGE_ID: message_id,
        _ID: quote(letter.job.id, safe=""),
        _KIND: letter.job.kind.value,
        _REASON: quote(letter.reason[:REASON_LIMIT].encode(errors="replace"), safe=" "),
        _BURIED_AT: repr(letter.buried_at),
    }


def read_letter(headers: Mapping[str, str], payload: bytes, sequence: int) -> DeadLetter:
    """Return the dead letter that a message holds."""
    job = read_job(headers, payload, sequence)
    return DeadLetter(job, unquote(headers.get(_REASON, "")), _moment(headers.get(_BURIED_AT, ""), 0.0))


def place_of(headers: Mapping[str, str], sequence: int) -> int:
    """Return where a dead letter stands among the others."""
    text = headers.get(_PLACE, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else sequence


def _moment(text: str, otherwise: float) -> float:
    try:
        moment = float(text)
    except ValueError:
        return otherwise
    return moment if math.isfinite(moment) else otherwise
