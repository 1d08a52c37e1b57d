"""Killing the process that owns the spool, at random points, and looking for what it was told was durable."""

import random
import signal
import subprocess
import sys
from pathlib import Path

from config.settings import SpoolSettings
from scorer.queue.spool import Spool
from tests.fakes.spool_putter import payload_of

ROOT = Path(__file__).parents[3]
ROUNDS = 6


def put_until_killed(path: Path, prefix: str, wanted: int) -> set[str]:
    """Run a child that puts; kill it once it has printed `wanted` ids; return every id it printed whole."""
    command = [sys.executable, "-m", "tests.fakes.spool_putter", str(path), prefix]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(wanted)]
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
    assert child.returncode == -signal.SIGKILL, "the child ended by itself"
    return {line.strip() for line in lines if line.endswith("\n")}


async def drain(spool: Spool) -> dict[str, bytes]:
    found = {}
    while leases := await spool.lease(500, 60):
        found |= {lease.job.id: lease.job.payload for lease in leases}
        await spool.ack(leases)
    return found


async def test_every_acknowledged_put_survives_sigkill(tmp_path: Path) -> None:
    rng = random.Random(3)
    path = tmp_path / "spool.db"
    acknowledged: set[str] = set()
    for round_number in range(ROUNDS):
        acknowledged |= put_until_killed(path, f"r{round_number}", rng.randint(1, 400))

    spool = await Spool.open(path, SpoolSettings())
    found = await drain(spool)
    damaged = (await spool.stats()).damaged
    await spool.close()

    assert len(acknowledged) >= ROUNDS
    assert acknowledged <= found.keys()
    assert all(payload == payload_of(id_) for id_, payload in found.items())
    assert damaged == 0
