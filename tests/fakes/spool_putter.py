"""A process that puts jobs into a spool for ever and prints each id after its `put` returned; made to be killed.

python -m tests.fakes.spool_putter PATH PREFIX
"""

import asyncio
import itertools
import sys
from pathlib import Path

from config.settings import SpoolSettings
from scorer.protocols import Job, JobKind
from scorer.queue.spool import Spool

PAYLOAD_BYTES = 3000


def payload_of(id_: str) -> bytes:
    return id_.encode().ljust(PAYLOAD_BYTES, b".")


async def put_for_ever(spool: Spool, prefix: str) -> None:
    for number in itertools.count():
        id_ = f"{prefix}-{number}"
        await spool.put([Job(id_, JobKind.EXCHANGE, payload_of(id_))])
        print(id_, flush=True)


async def main(path: str, prefix: str) -> None:
    spool = await Spool.open(Path(path), SpoolSettings())
    async with asyncio.TaskGroup() as group:
        # Several at once, so that commits are shared and the kill meets groups of every size.
        for number in range(8):
            group.create_task(put_for_ever(spool, f"{prefix}.{number}"))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
