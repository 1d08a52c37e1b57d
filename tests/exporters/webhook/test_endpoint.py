"""One receiver of an engine beside others: it tells of its own engine's saves, and of all of them."""

import random
import time
from pathlib import Path

from exporters.webhook.endpoint import Endpoint, Schedule
from exporters.webhook.ledger import Ledger
from exporters.webhook.sender import Sender, open_session
from tests.exporters.webhook.conftest import Counts, hook
from tests.fakes.receiver import Receiver
from tests.fakes.record import MemoryRecord


async def test_saves_of_other_engines_are_left_to_them(tmp_path: Path, receiver: Receiver) -> None:
    record, settings = MemoryRecord(), hook(receiver)
    ledger = Ledger(tmp_path / "webhooks.db")
    await ledger.open(["desk"], 0)
    async with open_session(allow_private=True) as session:
        sender = Sender(settings, [bytes(range(32))], session, "1", time.time)
        schedule = Schedule(time.time, random.Random(1))
        endpoint = Endpoint(settings, record, ledger, sender, lambda row: row, schedule, Counts())
        for number in range(90):
            record.save(number, writer=("w0", "w1", "w2")[number % 3])
        while await endpoint.round() is not None:
            pass
    await ledger.close()

    assert sorted(receiver.ids) == sorted(f"msg_w1_{number}_saved" for number in range(1, 31))
