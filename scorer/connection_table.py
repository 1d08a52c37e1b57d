"""What is known of all open connections that left HTTP, and what a batch of their segments brings. Pure.

Rows of the segments' queue come in as leases, oldest first; out comes what to do: turns to put, rows to let go of, and
connections whose rows one row is to replace. Memory is bounded over all connections: one that would go beyond the bound
is given up and counted.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from config.logging import get_logger
from scorer import wire
from scorer.connection import Connection, Loss, Step
from scorer.defects import describe_error
from scorer.formats.base import UnreadableError
from scorer.model import CaptureOutcome
from scorer.protocols import Job, JobKind, Lease

HELD_LIMIT_BYTES: Final = 256 * 1024 * 1024
"""What is known of all open connections: of each its open turn, and what compressed messages may refer to."""
ROWS_LIMIT: Final = 32
"""Segments of one connection that wait for their turn's end before one row takes their place."""
FINISHED_LIMIT: Final = 4096
"""Connections whose end was seen: a segment of one of them that the proxy sends again is no news."""

_logger = get_logger("scorer.connections")


@dataclass(slots=True)
class Held:
    """A connection, and the rows that hold what is known of it."""

    connection: Connection
    leases: list[Lease] = field(default_factory=list)
    """Without their payloads."""
    size_bytes: int = 0


@dataclass(slots=True)
class Batch:
    """What is to be done after some rows were read."""

    turns: list[Job] = field(default_factory=list)
    done: list[Lease] = field(default_factory=list)
    kept: dict[bytes, Held] = field(default_factory=dict)
    """Connections whose rows one row is to replace, by id."""
    losses: list[Loss] = field(default_factory=list)
    passed_over: int = 0
    """Turns that are no chat by their look."""


class ConnectionTable:
    """Every open connection of one proxy."""

    def __init__(self, limit_bytes: int, held_limit_bytes: int = HELD_LIMIT_BYTES) -> None:
        """`limit_bytes`: of each side's messages of one connection together, decompressed."""
        self._limit_bytes = limit_bytes
        self._held_limit_bytes = held_limit_bytes
        self._held: dict[bytes, Held] = {}
        self._finished: OrderedDict[bytes, None] = OrderedDict()
        self.held_bytes = 0
        """About how much memory the open connections take."""

    def __len__(self) -> int:
        """Connections that are open."""
        return len(self._held)

    def read(self, leases: Sequence[Lease]) -> Batch:
        """Take rows in their order. Never raises for any bytes."""
        batch = Batch()
        for lease in leases:
            try:
                copied = wire.decode_exchange(lease.job.payload)
                self._take(copied, replace(lease, job=replace(lease.job, payload=b"")), batch)
            except (wire.WireError, UnreadableError) as error:
                batch.done.append(lease)
                batch.losses.append(Loss(CaptureOutcome.UNREADABLE, str(error)))
        return batch

    def end_lost(self, started_before_us: int, heard_before_us: int) -> Batch:
        """End the connections that began before, or were last heard of before: no segment of theirs will come."""
        batch = Batch()
        for held in list(self._held.values()):
            connection = held.connection
            if connection.started_us < started_before_us or connection.heard_us < heard_before_us:
                self._follow(held, connection.end(), batch)
        return batch

    def _take(self, copied: wire.Exchange, lease: Lease, batch: Batch) -> None:
        held, is_finished = self._held.get(copied.id), copied.id in self._finished
        if copied.kind is wire.ExchangeKind.CONNECTION and held is None and not is_finished:
            self._hold(Held(Connection.restore(copied), [lease]))
            return
        if is_finished or (held is not None and held.connection.has_taken(copied)):
            batch.done.append(lease)
            return
        held = held or Held(Connection.begin(copied))
        held.leases.append(lease)
        self._hold(held)
        self._follow(held, self._advance(held, copied), batch)

    def _advance(self, held: Held, copied: wire.Exchange) -> Step:
        connection = held.connection
        try:
            step = connection.advance(copied, self._limit_bytes)
        except Exception as error:  # noqa: BLE001  the boundary of one connection: counted, and read no further
            _logger.error("a connection failed by a defect", error=describe_error(error))  # noqa: TRY400  no text of it
            return connection.give_up("a defect of ours", is_over=copied.end in wire.LAST_SEGMENTS)
        others_bytes = self.held_bytes - held.size_bytes
        if not step.is_over and others_bytes + connection.size_bytes() > self._held_limit_bytes:
            given_up = connection.give_up("too much is held of open connections", CaptureOutcome.DROPPED)
            return replace(step, loss=given_up.loss)
        return step

    def _follow(self, held: Held, step: Step, batch: Batch) -> None:
        """Note what is to be told, and what becomes of the connection's rows."""
        id_ = held.connection.id
        batch.turns += [job_of(wire.encode_exchange(turn)) for turn in step.turns]
        batch.losses += [step.loss] if step.loss is not None else []
        batch.passed_over += step.passed_over
        if step.is_over:
            batch.done += held.leases
            batch.kept.pop(id_, None)
            self._forget(held)
            return
        self._hold(held)
        if step.turns or step.passed_over or step.loss is not None or len(held.leases) > ROWS_LIMIT:
            batch.kept[id_] = held

    def _hold(self, held: Held) -> None:
        self.held_bytes -= held.size_bytes
        held.size_bytes = held.connection.size_bytes()
        self.held_bytes += held.size_bytes
        self._held[held.connection.id] = held

    def _forget(self, held: Held) -> None:
        del self._held[held.connection.id]
        self.held_bytes -= held.size_bytes
        self._finished[held.connection.id] = None
        if len(self._finished) > FINISHED_LIMIT:
            self._finished.popitem(last=False)


def job_of(data: bytes) -> Job:
    """Return an encoded exchange as queue work, under the name it has there."""
    return Job(wire.exchange_key(data), JobKind.EXCHANGE, data)
