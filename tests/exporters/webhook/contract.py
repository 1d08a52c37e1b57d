"""What every ledger does: one suite, run against each implementation.

A test module makes a subclass and a fixture `make_ledger`: an async function `() -> Ledger` that returns one on the
test's own ledger, another one on each call; whoever opens it closes it.
"""

from collections.abc import Awaitable, Callable

import pytest

from config.errors import UnavailableError
from config.webhooks import WebhookEvent
from exporters.store.base import Position
from exporters.webhook.ledger import Alarm, Ledger, Outcome, Place, Retry

MakeLedger = Callable[[], Awaitable[Ledger]]


NOWHERE = Position()


def at(**through: int) -> Position:
    return Position(through)


def retry(number: int, due_at: float, attempt: int = 1) -> Retry:
    return Retry(f"msg_{number}", WebhookEvent.SAVED, Place("w.1", number), None, attempt, due_at)


async def opened(make_ledger: MakeLedger, *ids: str, end: Position = NOWHERE) -> Ledger:
    ledger = await make_ledger()
    await ledger.open(ids, end)
    for id_ in ids:
        assert await ledger.take_turn(id_)
    return ledger


class LedgerContract:
    async def test_a_new_receiver_begins_at_the_end_and_a_known_one_where_it_was(self, make_ledger: MakeLedger) -> None:
        first = await opened(make_ledger, "a", end=at(w1=5))
        outcome = Outcome(position=at(w1=9, w2=2), waiting=[retry(7, 50.0)], failed_at=3.0, failure="timeout")
        await first.settle("a", outcome, 4.0)
        await first.close()

        again = await opened(make_ledger, "a", "b", end=at(w1=20, w2=4))
        states = await again.states()
        await again.close()

        assert (states["a"].position, states["a"].retries, states["a"].next_due_at) == (at(w1=9, w2=2), 1, 50.0)
        assert (states["a"].failure, states["a"].failed_at, states["a"].disabled_at) == ("timeout", 3.0, None)
        assert (states["b"].position, states["b"].retries) == (at(w1=20, w2=4), 0)

    async def test_retries_come_when_due_the_longest_due_first_and_go_when_done(self, make_ledger: MakeLedger) -> None:
        ledger = await opened(make_ledger, "a", "b")
        await ledger.settle("a", Outcome(waiting=[retry(1, 30.0), retry(2, 10.0), retry(3, 20.0)]), 0.0)
        await ledger.settle("b", Outcome(waiting=[retry(2, 1.0)]), 0.0)

        assert await ledger.due("a", 25.0, 10) == [retry(2, 10.0), retry(3, 20.0)]
        assert await ledger.due("a", 25.0, 1) == [retry(2, 10.0)]
        await ledger.settle("a", Outcome(done=["msg_2", "msg_unheard_of"], waiting=[retry(3, 90.0, attempt=2)]), 0.0)
        assert await ledger.due("a", 100.0, 10) == [retry(1, 30.0), retry(3, 90.0, attempt=2)]
        assert await ledger.due("b", 100.0, 10) == [retry(2, 1.0)]
        await ledger.close()

    async def test_a_position_never_goes_back_by_a_late_round(self, make_ledger: MakeLedger) -> None:
        ledger = await opened(make_ledger, "a")
        for position in (at(w1=9), at(w1=4, w2=1), None):
            await ledger.settle("a", Outcome(position=position), 0.0)

        assert (await ledger.states())["a"].position == at(w1=9, w2=1)
        await ledger.close()

    async def test_what_is_gone_is_off_without_retries_and_on_again_at_the_end(self, make_ledger: MakeLedger) -> None:
        ledger = await opened(make_ledger, "a")
        await ledger.settle("a", Outcome(waiting=[retry(1, 1.0)]), 0.0)
        await ledger.settle("a", Outcome(position=at(w1=2), waiting=[retry(2, 1.0)], is_gone=True), 77.0)
        state = (await ledger.states())["a"]
        assert (state.disabled_at, state.retries, state.position) == (77.0, 0, at(w1=2))

        await ledger.enable("a", at(w1=40))
        await ledger.enable("a", at(w1=50))

        state = (await ledger.states())["a"]
        assert (state.disabled_at, state.position) == (None, at(w1=40))
        await ledger.close()

    async def test_a_service_state_is_kept_with_its_message_for_each_receiver(self, make_ledger: MakeLedger) -> None:
        ledger = await opened(make_ledger, "a", "b")
        message = Retry("msg_state_1", WebhookEvent.STATE_CHANGED, None, b"{}", 0, 5.0)
        await ledger.change_alarm("b", "desk|1", Alarm(True, 7), message)

        assert (await ledger.alarms("a"), await ledger.alarms("b")) == ({}, {"desk|1": Alarm(True, 7)})
        assert await ledger.due("a", 9.0, 5) == []
        assert await ledger.due("b", 9.0, 5) == [message]
        await ledger.change_alarm("b", "desk|1", Alarm(False, 8), message)
        assert await ledger.alarms("b") == {"desk|1": Alarm(False, 8)}
        await ledger.close()

    async def test_a_closed_ledger_is_unavailable_or_another_opens_it(self, make_ledger: MakeLedger) -> None:
        first = await opened(make_ledger, "a")
        await first.close()

        second = await opened(make_ledger, "a")

        with pytest.raises(UnavailableError):
            await first.settle("a", Outcome(position=at(w1=1)), 0.0)
        await second.settle("a", Outcome(position=at(w1=2)), 0.0)
        assert (await second.states())["a"].position == at(w1=2)
        await second.close()
