"""The queue of a machine that shares its work: puts stay here, work comes from the bus, and the numbers are of both."""

from pathlib import Path

from config.settings import SpoolSettings
from scorer.queue.forwarded import ForwardedQueue
from scorer.queue.memory import MemoryQueue
from scorer.queue.spool import Spool
from tests.fakes.jobs import lease_one, leased_ids, make_job


async def test_puts_go_to_the_spool_and_leases_come_from_the_bus() -> None:
    spool, bus = MemoryQueue(1000, 3), MemoryQueue(1000, 3)
    both = ForwardedQueue(spool, bus)
    await bus.put([make_job("theirs")])

    await both.put([make_job("ours")])

    assert await leased_ids(both) == ["theirs"]
    assert await leased_ids(spool) == ["ours"]


async def test_what_is_done_with_a_lease_is_done_on_the_bus() -> None:
    spool, bus = MemoryQueue(1000, 3), MemoryQueue(1000, 3)
    both = ForwardedQueue(spool, bus)
    await bus.put([make_job(id_) for id_ in "abcd"])
    acked, released, nacked, buried = await both.lease(4, 60)

    await both.ack([acked])
    await both.release(released, 0)
    await both.nack(nacked, 0, "ScoringError")
    await both.bury(buried, "poison")
    await both.extend(released, 60)

    again = {lease.job.id: lease.attempt for lease in await both.lease(9, 60)}
    assert again == {"b": 1, "c": 2}
    assert [letter.job.id for letter in await bus.dead_letters()] == ["d"]


async def test_stats_add_both_up_and_tell_the_spools_size() -> None:
    spool, bus = MemoryQueue(1000, 3), MemoryQueue(1000, 3)
    both = ForwardedQueue(spool, bus)
    await spool.put([make_job("a", 30)])
    await bus.put([make_job("b", 50), make_job("c", 50)])

    stats = await both.stats()

    assert (stats.depth, stats.size_bytes) == (3, 30)


async def test_an_erasure_reaches_the_dead_letters_of_both(tmp_path: Path) -> None:
    spool, bus = await Spool.open(tmp_path / "spool.db", SpoolSettings()), MemoryQueue(1000, 3)
    for queue in (spool, bus):
        await queue.put([make_job("a")])
        await queue.bury(await lease_one(queue), "poison")

    erased = await ForwardedQueue(spool, bus).erase_dead_letters(lambda _: False, 0.0)

    assert erased.letters == 2
    await spool.close()
