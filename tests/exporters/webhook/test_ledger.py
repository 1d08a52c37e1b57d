"""How far each receiver was told, kept over a stop."""

import sqlite3
from pathlib import Path

import pytest

from config.errors import ConfigurationError, UnavailableError
from config.webhooks import WebhookEvent
from exporters.webhook.ledger import Ledger, Outcome, Retry


async def opened(folder: Path, *ids: str, end: int = 0) -> Ledger:
    ledger = Ledger(folder / "webhooks.db")
    await ledger.open(ids, end)
    return ledger


def retry(number: int, due_at: float, seq: int | None = None) -> Retry:
    return Retry(f"msg_{number}", WebhookEvent.SAVED, number, None, 1, due_at, seq)


async def test_a_new_receiver_begins_at_the_end_and_a_known_one_where_it_was(tmp_path: Path) -> None:
    first = await opened(tmp_path, "a", end=5)
    await first.settle("a", Outcome(position=9, waiting=[retry(7, 50.0)], failed_at=3.0, failure="timeout"), 4.0)
    await first.close()

    again = await opened(tmp_path, "a", "b", end=20)
    states = await again.states()
    await again.close()

    assert (states["a"].position, states["a"].retries, states["a"].next_due_at) == (9, 1, 50.0)
    assert (states["a"].failure, states["a"].failed_at) == ("timeout", 3.0)
    assert (states["b"].position, states["b"].retries) == (20, 0)


async def test_a_receiver_that_is_no_more_configured_is_forgotten(tmp_path: Path) -> None:
    first = await opened(tmp_path, "a")
    await first.settle("a", Outcome(position=9, waiting=[retry(7, 50.0)]), 4.0)
    await first.close()
    await (await opened(tmp_path)).close()

    again = await opened(tmp_path, "a", end=30)

    assert (await again.states())["a"].position == 30
    assert await again.due("a", 100.0, 10) == []
    await again.close()


async def test_a_record_that_was_begun_anew_is_followed_from_its_end(tmp_path: Path) -> None:
    await (await opened(tmp_path, "a", end=500)).close()

    again = await opened(tmp_path, "a", end=3)

    assert (await again.states())["a"].position == 3
    await again.close()


async def test_retries_come_when_due_the_longest_due_first_and_go_when_done(tmp_path: Path) -> None:
    ledger = await opened(tmp_path, "a")
    await ledger.settle("a", Outcome(waiting=[retry(1, 30.0), retry(2, 10.0), retry(3, 20.0)]), 0.0)

    due = await ledger.due("a", 25.0, 10)
    assert [one.number for one in due] == [2, 3]
    assert [one.number for one in await ledger.due("a", 25.0, 1)] == [2]
    await ledger.settle("a", Outcome(done=[due[0].seq or 0], waiting=[retry(3, 90.0, due[1].seq)]), 0.0)
    assert [(one.number, one.due_at) for one in await ledger.due("a", 100.0, 10)] == [(1, 30.0), (3, 90.0)]
    await ledger.close()


async def test_a_position_never_goes_back_by_a_late_round(tmp_path: Path) -> None:
    ledger = await opened(tmp_path, "a")
    for position in (9, 4, None):
        await ledger.settle("a", Outcome(position=position), 0.0)

    assert (await ledger.states())["a"].position == 9
    await ledger.close()


async def test_what_is_gone_is_switched_off_without_retries_and_on_again_at_the_end(tmp_path: Path) -> None:
    ledger = await opened(tmp_path, "a")
    await ledger.settle("a", Outcome(waiting=[retry(1, 1.0)]), 0.0)
    await ledger.settle("a", Outcome(position=2, is_gone=True), 77.0)
    state = (await ledger.states())["a"]
    assert (state.disabled_at, state.retries) == (77.0, 0)

    await ledger.enable("a", 40)
    await ledger.enable("a", 50)

    state = (await ledger.states())["a"]
    assert (state.disabled_at, state.position) == (None, 40)
    await ledger.close()


async def test_a_service_state_is_kept_with_its_messages(tmp_path: Path) -> None:
    ledger = await opened(tmp_path, "a", "b")
    message = Retry("msg_state_1", WebhookEvent.STATE_CHANGED, None, b"{}", 0, 5.0)
    await ledger.change_alarm("desk", True, 5.0, {"b": message})

    assert await ledger.alarms() == {"desk": True}
    assert await ledger.due("a", 9.0, 5) == []
    assert [(one.message_id, one.body) for one in await ledger.due("b", 9.0, 5)] == [("msg_state_1", b"{}")]
    await ledger.close()


async def test_the_file_is_for_its_owner_alone_and_another_programs_is_refused(tmp_path: Path) -> None:
    await (await opened(tmp_path, "a")).close()
    assert (tmp_path / "webhooks.db").stat().st_mode & 0o777 == 0o600

    (tmp_path / "webhooks.db").write_bytes(b"not a database, but long enough to be looked at" * 40)
    with pytest.raises(ConfigurationError, match="not usable"):
        await opened(tmp_path, "a")


async def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "webhooks.db")
    connection.execute("PRAGMA user_version = 9")
    connection.close()

    with pytest.raises(ConfigurationError, match="has version 9, this Endurance knows 1"):
        await opened(tmp_path, "a")


async def test_a_closed_ledger_is_unavailable(tmp_path: Path) -> None:
    ledger = await opened(tmp_path, "a")
    await ledger.close()

    with pytest.raises(UnavailableError):
        await ledger.states()
