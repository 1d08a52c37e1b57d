"""The queue in memory keeps the contract."""

import pytest

from scorer.queue.memory import MemoryQueue
from tests.fakes.clock import ManualClock
from tests.scorer.queue import contract

clock = contract.clock


class TestMemoryQueue(contract.QueueContract):
    @pytest.fixture
    def queue(self, clock: ManualClock) -> MemoryQueue:
        return MemoryQueue(contract.LIMIT_BYTES, contract.DEAD_LETTER_LIMIT, clock)
