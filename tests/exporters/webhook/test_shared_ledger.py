"""The ledger in a shared record's database: the contract, and turns between several processes."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from config.errors import StoreUnavailableError, UnavailableError
from config.webhooks import WebhookEvent
from exporters.store.mongo import MongoStore
from exporters.webhook.ledger import Alarm, Outcome, Retry
from exporters.webhook.shared_ledger import TURN_SECONDS, SharedLedger
from tests.exporters.webhook.contract import LedgerContract, at, retry

pytestmark = pytest.mark.mongo


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def store(mongo_url: str) -> AsyncIterator[MongoStore]:
    store = MongoStore(mongo_url, "w1", "UTC")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_ledger(store: MongoStore, clock: Clock) -> Callable[[], Awaitable[SharedLedger]]:
    async def make() -> SharedLedger:
        return SharedLedger(store, clock)

    return make


class TestSharedLedger(LedgerContract):
    pass


async def two(make_ledger: Callable[[], Awaitable[SharedLedger]]) -> tuple[SharedLedger, SharedLedger]:
    one, other = await make_ledger(), await make_ledger()
    for ledger in (one, other):
        await ledger.open(["a", "b"], at())
    return one, other


async def test_one_process_at_a_time_has_a_receivers_turn(
    make_ledger: Callable[[], Awaitable[SharedLedger]], clock: Clock
) -> None:
    one, other = await two(make_ledger)

    taken = [await one.take_turn("a"), await other.take_turn("a"), await other.take_turn("b"), await one.take_turn("b")]
    clock.now += TURN_SECONDS - 1
    kept = [await one.take_turn("a"), await other.take_turn("a")]
    clock.now += TURN_SECONDS - 1
    still = await other.take_turn("a")

    assert (taken, kept, still) == ([True, False, True, False], [True, False], False)


async def test_a_turn_whose_owner_is_silent_goes_to_another_and_does_not_come_back(
    make_ledger: Callable[[], Awaitable[SharedLedger]], clock: Clock
) -> None:
    one, other = await two(make_ledger)
    assert await one.take_turn("a")
    assert not await other.take_turn("a")  # sees the beat for the first time

    clock.now += TURN_SECONDS

    assert await other.take_turn("a")
    assert not await one.take_turn("a")
    with pytest.raises(UnavailableError, match="another process has the webhook's turn"):
        await one.settle("a", Outcome(position=at(w1=5), waiting=[retry(1, 1.0)]), 1.0)
    message = Retry("msg_state_1", WebhookEvent.STATE_CHANGED, None, b"{}", 0, 5.0)
    with pytest.raises(UnavailableError, match="another process has the webhook's turn"):
        await one.change_alarm("a", "desk", Alarm(True, 1), message)
    assert await other.due("a", 9.0, 5) == []
    assert (await other.states())["a"].position == at()


async def test_who_stops_gives_its_turns_away_at_once(make_ledger: Callable[[], Awaitable[SharedLedger]]) -> None:
    one, other = await two(make_ledger)
    assert await one.take_turn("a")

    await one.close()

    assert await other.take_turn("a")


async def test_what_one_switches_on_or_off_is_so_for_all(
    make_ledger: Callable[[], Awaitable[SharedLedger]],
) -> None:
    one, other = await two(make_ledger)
    assert await one.take_turn("a")
    await one.settle("a", Outcome(is_gone=True), 7.0)
    off = (await other.states())["a"].disabled_at

    await other.enable("a", at(w1=9))

    state = (await one.states())["a"]
    assert (off, state.disabled_at, state.position) == (7.0, None, at(w1=9))


async def test_while_the_record_is_away_a_turn_is_kept_for_half_of_what_others_wait(
    store: MongoStore, make_ledger: Callable[[], Awaitable[SharedLedger]], clock: Clock
) -> None:
    one, _ = await two(make_ledger)
    assert await one.take_turn("a")
    await store.close()

    clock.now += TURN_SECONDS / 2 - 1
    assert await one.take_turn("a")
    clock.now += 2
    with pytest.raises(StoreUnavailableError):
        await one.take_turn("a")
