"""A process that owns a scoring pool of two whose jobs never end, prints its children's ids, and waits to be killed.

python -m tests.fakes.pool_owner
"""

import asyncio
import sys

import uvloop

from config.logging import configure_logging
from scorer.pool import ScoringPool
from scorer.protocols import Job, JobKind


async def main() -> None:
    configure_logging("pool_owner")  # to standard error: standard output is for the ids
    pool = ScoringPool((sys.executable, "-m", "tests.fakes.scoring_child"), 2, 3600.0, b"test")
    await pool.start()
    for child in pool._children:
        print(child.pid, flush=True)
    await asyncio.gather(*(pool.score(Job(name, JobKind.EVALUATE, b"hang")) for name in "ab"))


if __name__ == "__main__":
    uvloop.run(main())
