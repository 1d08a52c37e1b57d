"""A program that saves in a loop and says what was saved, to be killed: `-m tests.fakes.store_saver STORE FIRST`.

STORE is a SQLite path or a MongoDB URL. Evaluations FIRST, FIRST + 1, … are saved twenty at a time; every third is
saved anew under another submission. A line `NUMBER REVISION` is written after each save has returned.
"""

import asyncio
import sys
from pathlib import Path

from exporters.store.base import Store
from exporters.store.mongo import MongoStore
from exporters.store.sqlite import SqliteStore
from tests.fakes.evaluations import make_evaluation

AT_ONCE = 20


def make_store(name: str) -> Store:
    """Return the store of that name, not yet open."""
    return MongoStore(name, "a", "UTC") if name.startswith("mongodb") else SqliteStore(Path(name), "UTC")


async def _save(store: Store, number: int) -> None:
    submissions = ["first", "second"] if number % 3 == 0 else ["first"]
    for submission in submissions:
        saved = await store.save(
            make_evaluation(number, submission_id=f"{number}-{submission}", service_id=f"s{number % 4}")
        )
        print(number, saved.evaluation.revision, flush=True)


async def main(name: str, first: int) -> None:
    """Save until killed."""
    store = make_store(name)
    await store.open()
    numbers = iter(range(first, first + 1_000_000))

    async def work() -> None:
        for number in numbers:
            await _save(store, number)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
