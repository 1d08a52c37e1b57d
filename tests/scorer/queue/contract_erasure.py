"""What every queue does when a person's words are to go: dead letters are emptied, and later ones are empty."""

from typing import Protocol

from scorer.protocols import Queue
from scorer.queue.dead_letter import DeadLetter
from tests.fakes.clock import ManualClock
from tests.fakes.jobs import lease_one, make_job


class ContractQueue(Queue, Protocol):
    async def dead_letters(self) -> list[DeadLetter]: ...


class ErasureContract:
    """Words of dead letters."""

    async def test_an_erasure_takes_the_words_of_letters_that_are_not_kept(
        self, queue: ContractQueue, clock: ManualClock
    ) -> None:
        for id_ in ("theirs", "others"):
            await queue.put([make_job(id_, 10)])
            await queue.bury(await lease_one(queue), "unknown preset 'Ravi'")

        erased = await queue.erase_dead_letters(lambda job: job.id == "others", clock.now)
        again = await queue.erase_dead_letters(lambda job: job.id == "others", clock.now)

        assert (erased.letters, erased.files_aside, again.letters) == (1, (), 0)
        letters = [(one.job.id, len(one.job.payload), one.reason) for one in await queue.dead_letters()]
        assert letters == [("theirs", 0, "erased"), ("others", 10, "unknown preset 'Ravi'")]
        assert (await queue.stats()).dead == 2

    async def test_what_was_put_before_an_erasure_leaves_no_words_when_it_is_buried_later(
        self, queue: ContractQueue, clock: ManualClock
    ) -> None:
        await queue.put([make_job("before", 10)])
        await queue.erase_dead_letters(lambda _: False, clock.now)
        clock.advance(1)
        await queue.put([make_job("after", 10)])

        for _ in range(2):
            await queue.bury(await lease_one(queue), "poison")

        letters = [(one.job.id, len(one.job.payload), one.reason) for one in await queue.dead_letters()]
        assert letters == [("before", 0, "erased"), ("after", 10, "poison")]
