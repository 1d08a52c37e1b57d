"""What is kept of each receiver: how far in the record it was told, what is to be tried again, whether it is off.

A receiver is a durable consumer of the record: it is known by its id, whoever reads for it. Two implementations, under
one contract suite: a file of one engine (`file_ledger.py`), and the database of a shared record (`shared_ledger.py`),
where of all processes one at a time has a receiver's turn.

A retry holds the place of a save, not its text: the body is made anew from the record, so that what was erased is
erased here too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from config.webhooks import WebhookEvent
from exporters.store.base import Position


@dataclass(frozen=True, slots=True)
class Place:
    """Where a save stands in the record."""

    writer: str
    number: int


@dataclass(frozen=True, slots=True)
class EndpointState:
    """Where a receiver stands. Moments are seconds since the epoch."""

    position: Position
    """Through which every save was told or stands among the retries."""
    disabled_at: float | None
    succeeded_at: float | None
    failed_at: float | None
    failure: str | None
    """Why the last attempt that failed did."""
    retries: int
    next_due_at: float | None


@dataclass(frozen=True, slots=True)
class Retry:
    """A message that waits to be sent again; known by its id."""

    message_id: str
    event: WebhookEvent
    place: Place | None
    body: bytes | None
    """Of a message that tells of no save."""
    attempt: int
    """How often it was tried."""
    due_at: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """The state of a service as a receiver knows it."""

    is_on: bool = False
    changes: int = 0
    """How often it changed: makes each message of a change one of its own."""


@dataclass(slots=True)
class Outcome:
    """What a round of deliveries to one receiver changes."""

    position: Position | None = None
    """The saves through which everything was told or stands among the retries; None leaves it."""
    done: list[str] = field(default_factory=list)
    """Messages that are over, delivered or given up: no retries any more."""
    waiting: list[Retry] = field(default_factory=list)
    succeeded_at: float | None = None
    failed_at: float | None = None
    failure: str | None = None
    is_gone: bool = False
    """The receiver said that it is no more: it is switched off, and its retries go."""


class Ledger(Protocol):
    """Every method raises UnavailableError where the ledger cannot be read or written."""

    poll_seconds: float
    """Longest sleep of whoever tells: bounds what a save that nobody announced waits."""

    async def open(self, ids: Sequence[str], end: Position) -> None:
        """Make what is missing; a receiver that is new begins at `end`. Raises ConfigurationError."""

    async def close(self) -> None:
        """Let go of it, and of every turn."""

    async def take_turn(self, endpoint: str) -> bool:
        """Say whether this process is the one that tells the receiver, now and for the next seconds."""

    async def states(self) -> Mapping[str, EndpointState]:
        """Return where each receiver stands, by id."""

    async def due(self, endpoint: str, now: float, limit: int) -> list[Retry]:
        """Return retries that are due, the longest due first."""

    async def settle(self, endpoint: str, outcome: Outcome, now: float) -> None:
        """Write down how a round of deliveries ended; without the turn UnavailableError."""

    async def enable(self, endpoint: str, end: Position) -> None:
        """Switch a receiver on again; it is told of what is saved after `end`. One that is on stays as it is."""

    async def alarms(self, endpoint: str) -> Mapping[str, Alarm]:
        """Return the state of each service of which the receiver was told."""

    async def change_alarm(self, endpoint: str, service: str, alarm: Alarm, told: Retry) -> None:
        """Keep a service's new state, never without its message."""


def merged(one: Position, other: Position) -> Position:
    """Return the position that is as far as both, writer by writer."""
    writers = one.through.keys() | other.through.keys()
    return Position({name: max(one.through.get(name, 0), other.through.get(name, 0)) for name in writers})
