"""What a batch of rows brings: turns, rows to let go of, rows to replace; and the bounds."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from scorer import connection_table, wire
from scorer.connection import Connection
from scorer.connection_table import ROWS_LIMIT, Batch, ConnectionTable
from scorer.model import CaptureOutcome
from scorer.protocols import Job, JobKind, Lease
from scorer.wire import End
from tests.fakes.chat_segments import ID, ID_TEXT, Chat, make_segment
from tests.fakes.copies import STARTED_US

LIMIT = 1 << 20


def lease_of(data: bytes, token: int = 1) -> Lease:
    return Lease(Job(f"row-{token}", JobKind.EXCHANGE, data), 1, 0.0, token)


def leases_of(*segments: wire.Exchange, first_token: int = 1) -> list[Lease]:
    return [lease_of(wire.encode_exchange(segment), token) for token, segment in enumerate(segments, first_token)]


def tokens(leases: Sequence[Lease]) -> list[int]:
    return [lease.token for lease in leases]


def losses(batch: Batch) -> list[CaptureOutcome]:
    return [loss.outcome for loss in batch.losses]


def test_rows_are_kept_until_their_turn_is_told_and_then_replaced() -> None:
    chat, table = Chat(), ConnectionTable(LIMIT)

    waiting = table.read(leases_of(make_segment(0, [chat.asks("Who?")]), make_segment(1, [chat.answers("Any one.")])))
    told = table.read(leases_of(make_segment(2, [chat.asks("Why?")]), first_token=3))

    assert (waiting.turns, waiting.done, waiting.kept) == ([], [], {})
    assert [job.id for job in told.turns] == [f"{ID_TEXT}.0.8"]
    assert tokens(told.kept[ID].leases) == [1, 2, 3]
    assert all(not lease.job.payload for lease in told.kept[ID].leases)


def test_end_lets_go_of_every_row() -> None:
    chat, table = Chat(), ConnectionTable(LIMIT)

    batch = table.read(
        leases_of(make_segment(0, [chat.asks("Who?"), chat.answers("Any")]), make_segment(1, end=End.COMPLETE))
    )

    assert [job.id for job in batch.turns] == [f"{ID_TEXT}.0.3"]
    assert (tokens(batch.done), batch.kept) == ([1, 2], {})
    assert (len(table), table.held_bytes) == (0, 0)


def test_row_that_was_kept_goes_on_where_another_process_stopped() -> None:
    chat = Chat()
    connection = Connection.begin(make_segment(0))
    connection.advance(make_segment(0, [chat.asks("Who?"), chat.answers("Any")]), LIMIT)

    table = ConnectionTable(LIMIT)
    batch = table.read([lease_of(connection.kept()), *leases_of(make_segment(1, end=End.COMPLETE), first_token=2)])

    assert [job.id for job in batch.turns] == [f"{ID_TEXT}.0.3"]
    assert tokens(batch.done) == [1, 2]


def test_row_that_comes_again_is_let_go_of_and_tells_nothing() -> None:
    chat, table = Chat(), ConnectionTable(LIMIT)
    first, last = make_segment(0, [chat.asks("Who?"), chat.answers("Any")]), make_segment(1, end=End.COMPLETE)
    table.read(leases_of(first))

    while_open = table.read(leases_of(first, first_token=2))
    table.read(leases_of(last, first_token=3))
    afterwards = table.read(leases_of(first, last, first_token=4))

    assert (tokens(while_open.done), while_open.turns) == ([2], [])
    assert (tokens(afterwards.done), afterwards.turns, afterwards.losses) == ([4, 5], [], [])


def test_connections_that_ended_are_remembered_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_table, "FINISHED_LIMIT", 2)
    table = ConnectionTable(LIMIT)

    for number in range(4):
        table.read(leases_of(make_segment(0, end=End.COMPLETE, id=bytes(15) + bytes([number]))))

    assert len(table._finished) == 2


def test_rows_without_a_turn_are_replaced_when_they_are_many() -> None:
    chat, table = Chat(), ConnectionTable(LIMIT)

    batches = [table.read(leases_of(make_segment(n, [chat.pings()]), first_token=n)) for n in range(ROWS_LIMIT + 1)]

    assert [bool(batch.kept) for batch in batches] == [False] * ROWS_LIMIT + [True]


def test_bytes_that_are_no_segment_are_counted_and_let_go_of() -> None:
    kept = replace(wire.decode_exchange(Connection.begin(make_segment(0)).kept()), request_body=b"{")

    batch = ConnectionTable(LIMIT).read([lease_of(b"\x00\x01"), lease_of(wire.encode_exchange(kept), 2)])

    assert tokens(batch.done) == [1, 2]
    assert losses(batch) == [CaptureOutcome.UNREADABLE] * 2


def test_connection_that_would_exceed_the_memory_of_all_is_dropped_and_the_others_are_not() -> None:
    table = ConnectionTable(LIMIT, held_limit_bytes=10_000)
    small, large = Chat(), Chat()
    other = bytes(16)

    table.read(leases_of(make_segment(0, [small.asks("Who?"), small.answers("Any")], id=other)))
    given_up = table.read(leases_of(make_segment(0, [large.asks("x" * 20_000)]), first_token=2))
    assert tokens(given_up.kept[ID].leases) == [2]
    batch = table.read(leases_of(make_segment(1, end=End.SILENT, id=other), make_segment(1, [large.asks("Why?")])))

    assert losses(given_up) == [CaptureOutcome.DROPPED]
    assert (len(batch.turns), batch.losses) == (1, [])
    assert table.held_bytes < 10_000


def test_defect_costs_one_connection_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the text of a person")

    table = ConnectionTable(LIMIT)
    table.read(leases_of(make_segment(0)))
    monkeypatch.setattr(table._held[ID].connection, "_read", fail)

    batch = table.read(leases_of(make_segment(1, [Chat().asks("Who?")]), make_segment(2, end=End.COMPLETE)))

    assert losses(batch) == [CaptureOutcome.UNREADABLE]
    assert (len(table), len(batch.done)) == (0, 3)


def test_connections_of_a_dead_proxy_and_those_long_silent_end_as_cut() -> None:
    table = ConnectionTable(LIMIT)
    for number, started_us in enumerate((STARTED_US - 9, STARTED_US)):
        chat = Chat()
        pieces = [chat.asks("Who?"), chat.answers("Any")]
        table.read(leases_of(make_segment(0, pieces, id=bytes(15) + bytes([number]), started_us=started_us)))

    dead = table.end_lost(STARTED_US, 0)
    living = table.end_lost(STARTED_US, 0)
    silent = table.end_lost(0, STARTED_US + 2_000_000)

    assert [len(batch.turns) for batch in (dead, living, silent)] == [1, 0, 1]
    assert wire.decode_exchange(dead.turns[0].payload).end is End.UPSTREAM_RESET
    assert len(table) == 0
