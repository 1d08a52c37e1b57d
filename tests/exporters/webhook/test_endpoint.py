"""One receiver and the record: the saves of every engine are told, each once, whatever the order of pages."""

import random
import time
from pathlib import Path

from exporters.webhook.endpoint import Delivery, Endpoint, Schedule
from exporters.webhook.file_ledger import FileLedger
from exporters.webhook.sender import Sender, open_session
from tests.exporters.webhook.conftest import Counts, hook
from tests.fakes.receiver import Receiver
from tests.fakes.record import MemoryRecord

WRITERS = ("w0", "w1", "w2")


async def tell_all(folder: Path, record: MemoryRecord, receiver: Receiver, statuses: list[int]) -> Counts:
    """Open a receiver at the record's present end, save ninety, and tell until there is nothing more."""
    settings, ledger, counts = hook(receiver), FileLedger(folder / "webhooks.db"), Counts()
    await ledger.open(["desk"], await record.position())
    for number in range(90):
        record.save(number, writer=WRITERS[number % 3])
    receiver.statuses = statuses
    async with open_session(allow_private=True) as session:
        sender = Sender(settings, [bytes(range(32))], session, "1", time.time)
        schedule = Schedule(time.time, random.Random(1), delays_seconds=(0.0, 0.0))
        endpoint = Endpoint(settings, record, ledger, sender, lambda row: row, schedule, counts)
        while await endpoint.round() is not None:
            pass
    await ledger.close()
    return counts


async def test_saves_of_every_engine_are_told_once(tmp_path: Path, receiver: Receiver) -> None:
    record = MemoryRecord()
    record.save(0, writer="w0")  # told before the receiver was there

    await tell_all(tmp_path, record, receiver, [])

    expected = [f"msg_{writer}_{number}_saved" for writer in WRITERS for number in range(1, 31)]
    expected.remove("msg_w0_1_saved")
    assert sorted(receiver.ids) == sorted([*expected, "msg_w0_31_saved"])


async def test_a_retry_finds_its_save_among_those_of_others(tmp_path: Path, receiver: Receiver) -> None:
    counts = await tell_all(tmp_path, MemoryRecord(), receiver, [500] * 40)

    assert sorted(receiver.ids) == sorted(f"msg_{name}_{number}_saved" for name in WRITERS for number in range(1, 31))
    assert counts.attempts == {("desk", Delivery.DELIVERED): 90, ("desk", Delivery.FAILED): 40}
