"""The hub: follows the record, hands changes to its clients, and lets none of them disturb another."""

import pytest
import structlog

from config.errors import UnavailableError
from config.settings import CompatSettings, FeedSettings
from exporters.feed import FeedHub
from exporters.feed_client import FeedFilter
from tests.fakes.evaluations import make_evaluation
from tests.fakes.feed import go_live, running, take
from tests.fakes.record import MemoryRecord
from tests.fakes.waiting import until

ALL = FeedFilter()


async def test_a_notified_save_reaches_every_client_in_commit_order() -> None:
    record = MemoryRecord()
    hub = FeedHub(record, FeedSettings(), poll_seconds=1000)
    async with running(hub):
        with hub.admit(ALL) as first, hub.admit(ALL) as second:
            await go_live(first)
            await go_live(second)
            for number in (3, 1, 2):
                record.save(number)
            hub.export(make_evaluation())

            assert await take(first, 3) == ["s3", "s1", "s2"]
            assert await take(second, 3) == ["s3", "s1", "s2"]


async def test_saves_of_another_engine_are_found_without_a_notice() -> None:
    record = MemoryRecord()
    hub = FeedHub(record, FeedSettings(), poll_seconds=0.01)
    async with running(hub):
        with hub.admit(ALL) as client:
            await go_live(client)
            record.save(1, "w2")

            assert await take(client, 1) == ["s1"]


async def test_a_client_that_is_full_is_cut_off_and_the_others_are_told_everything() -> None:
    record, cut = MemoryRecord(), list[bool]()
    hub = FeedHub(record, FeedSettings(buffer_events=4), poll_seconds=1000)
    async with running(hub):
        with hub.admit(ALL) as slow, hub.admit(ALL) as quick:
            slow.on_overflow = lambda: cut.append(True)
            await go_live(slow)
            await go_live(quick)
            told: list[str] = []
            for number in range(20):
                record.save(number)
                hub.notify()
                told += await take(quick, 1)

            assert told == [f"s{number}" for number in range(20)]
            assert cut == [True]
            assert await slow.next(10) is None
            assert hub.overflows == 1


async def test_a_burst_does_not_cut_off_a_client_that_reads() -> None:
    record = MemoryRecord()
    hub = FeedHub(record, FeedSettings(buffer_events=4), poll_seconds=1000)
    async with running(hub):
        with hub.admit(ALL) as client:
            await go_live(client)
            for number in range(100):
                record.save(number)
            hub.notify()

            assert len(await take(client, 100)) == 100
            assert hub.overflows == 0


async def test_the_cap_of_clients_is_an_error_that_passes() -> None:
    hub = FeedHub(MemoryRecord(), FeedSettings(client_limit=2))
    async with running(hub):
        with hub.admit(ALL):
            with hub.admit(ALL), pytest.raises(UnavailableError, match="limit of 2"), hub.admit(ALL):
                pass
            assert hub.client_count == 1
        assert hub.client_count == 0


async def test_before_it_runs_and_after_it_is_closed_the_feed_takes_no_client() -> None:
    hub = FeedHub(MemoryRecord(), FeedSettings())
    with pytest.raises(UnavailableError):
        await hub.wait_running(0.001)

    hub.close()

    with pytest.raises(UnavailableError), hub.admit(ALL):
        pass


async def test_closing_ends_every_client() -> None:
    hub = FeedHub(MemoryRecord(), FeedSettings())
    async with running(hub):
        with hub.admit(ALL) as client:
            await go_live(client)

            hub.close()

            assert await client.next(10) is None


async def test_a_store_that_goes_away_and_comes_back_costs_no_event() -> None:
    record = MemoryRecord()
    hub = FeedHub(record, FeedSettings(), poll_seconds=0.001)
    with structlog.testing.capture_logs() as logs:
        async with running(hub):
            with hub.admit(ALL) as client:
                await go_live(client)
                record.is_away, reads = True, record.reads
                record.save(1)
                await until(lambda: record.reads > reads + 5, "reads that fail")
                record.is_away = False

                assert await take(client, 1) == ["s1"]

    told = [line["event"] for line in logs]
    assert told == ["the feed cannot read the record, it tries again", "the feed reads the record again"]


async def test_rows_on_the_feed_follow_the_compat_setting() -> None:
    record = MemoryRecord()
    hub = FeedHub(record, FeedSettings(), CompatSettings(null_dimensions="neutral"))

    event = hub.encode(record.save(1))

    assert b'"explainability":null' not in event.data
