"""The audit's vocabulary: who did what to the record, as links of one hash chain per writer. Pure.

An entry's `body` is the text that was hashed; everything else is read from it or repeats it, so that a check needs no
trust in the database: SHA-256 of the body is the entry's hash, the body names the hash of the entry before it, and the
numbers of a writer have no gap. Entries hold names, ids and counts, never a text of the record and never a key.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import orjson
from pydantic import Field

from scorer.model import Moment, Value

FIRST_PREVIOUS: Final = "0" * 64
"""What a writer's first entry names as the hash before it."""


class Action(StrEnum):
    """What was done, or tried."""

    READ = "read"
    FOLLOW = "follow"
    """Read as it comes, over the live feed."""
    INGEST = "ingest"
    CHANGE = "change"
    EXPORT = "export"
    ERASE = "erase"


class Outcome(StrEnum):
    """How it ended."""

    BEGUN = "begun"
    """Not ended yet: what leaves or changes much is written down before it begins."""
    DONE = "done"
    DENIED = "denied"
    """No key, too small a key, too many requests, a page of another origin."""
    FAILED = "failed"
    """Bad input, nothing there, or a part that was away; `status` tells."""


Details = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has its place in a chain."""

    id: str
    """Tells a draft that is appended again, after an answer that was lost, from another one like it."""
    at: datetime
    actor: str
    """Name of the key or of the command; never a key."""
    action: Action
    outcome: Outcome
    operation: str
    """Method and path pattern, or a command of the command line."""
    target: str | None = None
    """Id of the session, person or service; None for lists and for what was denied."""
    status: int | None = None
    """Status of the answer."""
    count: int = 1
    """How many like it are told by this entry; `at` is the first one's."""
    details: Details = field(default_factory=dict)


class AuditEntry(Value):
    """A link of a chain."""

    id: str
    writer: str
    number: int
    """1, 2, 3, … of its writer."""
    at: Moment
    actor: str
    action: Action
    outcome: Outcome
    operation: str
    target: str | None = None
    status: int | None = None
    count: int = 1
    details: dict[str, str | int] = Field(default_factory=dict)
    previous: str
    """Hash of the writer's entry before."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a store keeps it."""

    entry: AuditEntry
    body: bytes
    hash: str
    """SHA-256 of the body, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a writer's chain."""

    writer: str
    number: int = 0
    hash: str = FIRST_PREVIOUS


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Conditions on entries; None means no condition."""

    actor: str | None = None
    action: Action | None = None
    outcome: Outcome | None = None
    target: str | None = None
    since: datetime | None = None
    """Inclusive."""
    until: datetime | None = None
    """Exclusive."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of links, newest first by (moment, writer, number)."""

    links: tuple[Link, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the audit as it stands in the database, believed in nothing."""

    number: int
    body: bytes
    hash: str
    columns: Mapping[str, str | int | None]
    """What the database repeats of the body for its searches: `at_ms`, `actor`, `action`, `outcome`, `target`."""


class AuditStore(Protocol):
    """The part of a store that keeps the audit."""

    async def append_audit(self, drafts: Sequence[Draft]) -> list[Link]:
        """Append the entries to this writer's chain, in order; return their links.

        To be called with the same drafts again after an error: those that arrived are not appended twice.
        """

    async def list_audit(self, wanted: AuditFilter, limit: int, cursor: str | None) -> AuditPage:
        """Return a page, newest first. Raises InvalidInputError for a bad cursor."""

    async def audit_writers(self) -> list[str]:
        """Return every writer that has an entry, sorted."""

    async def read_chain(self, writer: str, after: int, limit: int) -> list[Kept]:
        """Return at most `limit` rows of a writer beyond that number, in order."""


def chained(head: Head, drafts: Sequence[Draft]) -> list[Link]:
    """Return the drafts as links behind the head."""
    links: list[Link] = []
    for draft in drafts:
        entry = AuditEntry(
            id=draft.id,
            writer=head.writer,
            number=head.number + 1,
            at=draft.at,
            actor=draft.actor,
            action=draft.action,
            outcome=draft.outcome,
            operation=draft.operation,
            target=draft.target,
            status=draft.status,
            count=draft.count,
            details=dict(draft.details),
            previous=head.hash,
        )
        body = orjson.dumps(entry.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        links.append(Link(entry, body, digest(body)))
        head = Head(head.writer, entry.number, links[-1].hash)
    return links


def digest(body: bytes) -> str:
    """Return a body's hash."""
    return hashlib.sha256(body).hexdigest()


def read_link(body: bytes) -> Link:
    """Return a kept body as a link."""
    return Link(AuditEntry.model_validate_json(body), body, digest(body))


def columns_of(entry: AuditEntry, at_ms: int) -> dict[str, str | int | None]:
    """Return what a database repeats of an entry for its searches; `at_ms` is the entry's moment."""
    return {
        "at_ms": at_ms,
        "actor": entry.actor,
        "action": entry.action.value,
        "outcome": entry.outcome.value,
        "target": entry.target,
    }


def place_of(writer: str, number: int) -> str:
    """Return what orders entries of one millisecond, and names one: writer and number."""
    return f"{writer}:{number:015d}"
