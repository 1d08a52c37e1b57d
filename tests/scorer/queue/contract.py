"""What every queue promises (`scorer.protocols.Queue`); a test file subclasses it with its own `queue` fixture."""

import asyncio

import pytest

from config.errors import QueueFullError, TooLargeError
from scorer.protocols import Job, JobKind
from scorer.queue.dead_letter import DeadLetter
from tests.fakes.clock import ManualClock
from tests.fakes.jobs import LEASE_SECONDS, ids_when_due, lease_one, lease_when_due, leased_ids, make_job
from tests.scorer.queue.contract_erasure import ContractQueue, ErasureContract

LIMIT_BYTES = 1000
DEAD_LETTER_LIMIT = 3
DELAY_SECONDS = 1.0
PROMPTLY_SECONDS = 20.0
"""Bound of a wait that must end by an event: far above what a busy machine needs."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


class DeliveryContract:
    """Putting, leasing, acking."""

    remembers_acked_ids = False
    """An id that was acked a moment ago is dropped when it is put again."""

    async def test_lease_returns_what_was_put(self, queue: ContractQueue, clock: ManualClock) -> None:
        job = Job("a", JobKind.EVALUATE, b"\x00\xffpayload")
        await queue.put([job])

        lease = await lease_one(queue)

        assert lease.job == job
        assert (lease.attempt, lease.enqueued_at) == (1, clock.now)

    async def test_lease_gives_the_oldest_first(self, queue: ContractQueue, clock: ManualClock) -> None:
        await queue.put([make_job("c"), make_job("a")])
        clock.advance(1)
        await queue.put([make_job("b")])

        assert [lease.job.id for lease in await lease_when_due(queue, 2)] == ["c", "a"]
        assert await ids_when_due(queue, 1) == ["b"]

    async def test_lease_of_an_empty_queue_is_empty(self, queue: ContractQueue) -> None:
        assert await queue.lease(5, LEASE_SECONDS) == []

    async def test_lease_with_a_limit_of_zero_takes_nothing(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a")])

        assert await queue.lease(0, LEASE_SECONDS) == []

    async def test_put_of_an_id_that_waits_keeps_the_first(self, queue: ContractQueue) -> None:
        await queue.put([Job("a", JobKind.EXCHANGE, b"first")])

        await queue.put([Job("a", JobKind.EXCHANGE, b"second"), make_job("b")])

        leases = await lease_when_due(queue, 2)
        assert await leased_ids(queue) == []
        assert [(lease.job.id, lease.job.payload[:5]) for lease in leases] == [("a", b"first"), ("b", b"b....")]

    async def test_put_of_an_id_twice_in_one_call_keeps_the_first(self, queue: ContractQueue) -> None:
        await queue.put([Job("a", JobKind.EXCHANGE, b"first"), make_job("b"), Job("a", JobKind.EXCHANGE, b"second")])

        leases = await lease_when_due(queue, 2)

        assert await leased_ids(queue) == []
        assert [lease.job.id for lease in leases] == ["a", "b"]
        assert leases[0].job.payload == b"first"

    async def test_put_of_a_leased_id_does_not_deliver_it_again(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a")])
        await lease_one(queue)

        await queue.put([make_job("a")])

        assert await leased_ids(queue) == []

    async def test_put_of_an_acked_id_is_new_work_where_it_is_not_remembered(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a")])
        await queue.ack([await lease_one(queue)])

        await queue.put([make_job("a")])

        attempts = [lease.attempt for lease in await queue.lease(9, LEASE_SECONDS)]
        assert attempts == ([] if self.remembers_acked_ids else [1])

    async def test_acked_jobs_are_gone(self, queue: ContractQueue, clock: ManualClock) -> None:
        await queue.put([make_job("a"), make_job("b")])
        await queue.ack(await lease_when_due(queue, 2))
        clock.advance(LEASE_SECONDS * 2)

        assert await leased_ids(queue) == []
        assert (await queue.stats()).depth == 0

    async def test_new_work_is_due_even_when_the_clock_was_set_back(
        self, queue: ContractQueue, clock: ManualClock
    ) -> None:
        await queue.put([make_job("a")])
        clock.advance(-3600)

        assert await ids_when_due(queue, 1) == ["a"]


class LeaseContract:
    """Leases that run out, are kept, or are given back."""

    async def test_a_lease_hides_the_job_until_it_runs_out(self, queue: ContractQueue, clock: ManualClock) -> None:
        await queue.put([make_job("a")])
        await lease_one(queue)

        clock.advance(LEASE_SECONDS - 1)
        before = await leased_ids(queue)
        clock.advance(1)
        after = await lease_one(queue)

        assert before == []
        assert after.attempt == 2

    async def test_extend_keeps_the_lease(self, queue: ContractQueue, clock: ManualClock) -> None:
        await queue.put([make_job("a")])
        lease = await lease_one(queue)
        clock.advance(LEASE_SECONDS - 1)

        await queue.extend(lease, LEASE_SECONDS)

        clock.advance(LEASE_SECONDS - 1)
        assert await leased_ids(queue) == []

    async def test_a_stale_token_changes_nothing(self, queue: ContractQueue, clock: ManualClock) -> None:
        await queue.put([make_job("a")])
        stale = await lease_one(queue)
        clock.advance(LEASE_SECONDS)
        current = await lease_one(queue)

        await queue.ack([stale])
        await queue.nack(stale, 0, "late")
        await queue.release(stale, 0)
        await queue.bury(stale, "late")
        await queue.extend(stale, LEASE_SECONDS * 10)

        assert (await queue.stats()).depth == 1
        assert await leased_ids(queue) == []
        clock.advance(LEASE_SECONDS)
        assert (await lease_one(queue)).attempt == current.attempt + 1

    async def test_nack_delays_and_counts_the_attempt(self, queue: ContractQueue, clock: ManualClock) -> None:
        await queue.put([make_job("a")])
        await queue.nack(await lease_one(queue), DELAY_SECONDS, "ScoringError")

        early = await leased_ids(queue)
        clock.advance(DELAY_SECONDS)
        again = await lease_one(queue)

        assert early == []
        assert again.attempt == 2

    async def test_release_delays_and_does_not_count_the_attempt(
        self, queue: ContractQueue, clock: ManualClock
    ) -> None:
        await queue.put([make_job("a")])
        await queue.release(await lease_one(queue), DELAY_SECONDS)

        early = await leased_ids(queue)
        clock.advance(DELAY_SECONDS)
        again = await lease_one(queue)

        assert early == []
        assert again.attempt == 1

    async def test_a_job_put_back_keeps_its_place(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a"), make_job("b")])

        await queue.release(await lease_one(queue), 0)

        assert await ids_when_due(queue, 2) == ["a", "b"]


class WaitContract:
    """Waking whoever waits for work."""

    async def test_wait_ends_at_a_put(self, queue: ContractQueue) -> None:
        waiting = asyncio.ensure_future(queue.wait(3600))
        await asyncio.sleep(0)

        await queue.put([make_job("a")])

        await asyncio.wait_for(waiting, PROMPTLY_SECONDS)

    async def test_wait_ends_at_once_when_work_is_due(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a")])

        await asyncio.wait_for(queue.wait(3600), PROMPTLY_SECONDS)

    async def test_wait_ends_when_a_job_is_put_back(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a")])
        lease = await lease_one(queue)
        waiting = asyncio.ensure_future(queue.wait(3600))
        await asyncio.sleep(0)

        await queue.release(lease, 0)

        await asyncio.wait_for(waiting, PROMPTLY_SECONDS)

    async def test_wait_ends_when_a_delay_has_passed(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a")])
        await queue.nack(await lease_one(queue), 0.01, "ScoringError")

        await asyncio.wait_for(queue.wait(3600), PROMPTLY_SECONDS)

    async def test_wait_ends_at_its_time_out(self, queue: ContractQueue) -> None:
        await asyncio.wait_for(queue.wait(0.01), PROMPTLY_SECONDS)


class BoundsContract:
    """What happens when it is full, and what it says of itself."""

    overhead_limit_bytes = 0
    """What the queue counts of a job beyond its payload, at most."""

    async def test_put_beyond_the_cap_takes_nothing(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a", LIMIT_BYTES - 100)])

        with pytest.raises(QueueFullError):
            await queue.put([make_job("b", 60), make_job("c", 60)])

        assert await ids_when_due(queue, 1) == ["a"]

    async def test_a_repeated_put_fits_a_full_queue(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a", LIMIT_BYTES)])
        before = await queue.stats()

        await queue.put([make_job("a", LIMIT_BYTES)])

        after = await queue.stats()
        assert (after.depth, after.size_bytes) == (1, before.size_bytes)
        assert LIMIT_BYTES <= after.size_bytes <= LIMIT_BYTES + self.overhead_limit_bytes

    async def test_acking_makes_room(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a", LIMIT_BYTES)])
        await queue.ack([await lease_one(queue)])

        await queue.put([make_job("b", LIMIT_BYTES)])

        assert await ids_when_due(queue, 1) == ["b"]

    async def test_a_job_larger_than_the_cap_is_refused_for_good(self, queue: ContractQueue) -> None:
        with pytest.raises(TooLargeError):
            await queue.put([make_job("a"), make_job("b", LIMIT_BYTES + self.overhead_limit_bytes + 1)])

        assert (await queue.stats()).depth == 0

    async def test_a_buried_job_is_a_dead_letter(self, queue: ContractQueue, clock: ManualClock) -> None:
        job = make_job("a")
        await queue.put([job])
        clock.advance(7)

        await queue.bury(await lease_one(queue), "ScoringError: ValueError")

        assert await queue.dead_letters() == [DeadLetter(job, "ScoringError: ValueError", clock.now)]
        stats = await queue.stats()
        assert (stats.depth, stats.dead, stats.size_bytes) == (0, 1, 0)

    async def test_the_oldest_dead_letters_go_beyond_the_limit(self, queue: ContractQueue) -> None:
        for number in range(DEAD_LETTER_LIMIT + 2):
            await queue.put([make_job(f"j{number}")])
            await queue.bury(await lease_one(queue), "poison")

        assert [letter.job.id for letter in await queue.dead_letters()] == ["j2", "j3", "j4"]
        assert (await queue.stats()).dead == DEAD_LETTER_LIMIT

    async def test_dead_letters_are_bounded_in_bytes(self, queue: ContractQueue) -> None:
        for number in range(2):
            await queue.put([make_job(f"j{number}", LIMIT_BYTES - 1)])
            await queue.bury(await lease_one(queue), "poison")

        assert [letter.job.id for letter in await queue.dead_letters()] == ["j1"]

    async def test_a_reason_with_a_lone_surrogate_is_kept_readable(self, queue: ContractQueue) -> None:
        await queue.put([make_job("a")])

        await queue.bury(await lease_one(queue), "unknown preset '\ud800'")

        (letter,) = await queue.dead_letters()
        assert letter.reason.startswith("unknown preset")

    async def test_stats_count_waiting_and_leased_jobs(self, queue: ContractQueue, clock: ManualClock) -> None:
        await queue.put([make_job("a", 30)])
        clock.advance(4)
        await queue.put([make_job("b", 20)])
        await lease_one(queue)
        clock.advance(2)

        stats = await queue.stats()

        assert (stats.depth, stats.dead, stats.damaged) == (2, 0, 0)
        assert 50 <= stats.size_bytes <= 50 + 2 * self.overhead_limit_bytes
        assert stats.oldest_seconds == pytest.approx(6)

    async def test_stats_of_an_empty_queue_have_no_age(self, queue: ContractQueue) -> None:
        assert (await queue.stats()).oldest_seconds == 0


class QueueContract(DeliveryContract, LeaseContract, WaitContract, BoundsContract, ErasureContract):
    """All of it."""
