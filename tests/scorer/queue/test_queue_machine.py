"""The queues against a model, by random sequences of operations, restarts of the spool among them."""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from config.errors import QueueFullError
from config.settings import SpoolSettings
from scorer.protocols import Job, JobKind, Lease
from scorer.queue.memory import MemoryQueue
from scorer.queue.spool import Spool
from tests.fakes.clock import ManualClock
from tests.scorer.queue.contract_erasure import ContractQueue

T = TypeVar("T")
LIMIT_BYTES = 60
DEAD_LETTER_LIMIT = 2
IDS = st.sampled_from("abcdefgh")
DELAYS = st.sampled_from([0.0, 1.0, 5.0])


class ModelJob:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.due_at = 0.0
        self.attempt = 0
        self.token: int | None = None


class QueueMachine(RuleBasedStateMachine):
    """The model is a dict in order of arrival; tokens are learnt from the queue under test."""

    leases = Bundle("leases")
    queue: ContractQueue
    limit_bytes: float = LIMIT_BYTES

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.clock = ManualClock()
        self.model: dict[str, ModelJob] = {}
        self.dead: list[str] = []
        self.queue = self.make_queue()

    def make_queue(self) -> ContractQueue:
        return MemoryQueue(LIMIT_BYTES, DEAD_LETTER_LIMIT, self.clock)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def is_known(self, id_: str) -> bool:
        return id_ in self.model

    def check_leases(self, leases: list[Lease], due: list[ModelJob], limit: int) -> None:
        assert [lease.job for lease in leases] == [entry.job for entry in due[:limit]]

    def check_sizes(self, size_bytes: int) -> None:
        assert size_bytes == sum(len(entry.job.payload) for entry in self.model.values())

    def held(self, lease: Lease) -> ModelJob | None:
        entry = self.model.get(lease.job.id)
        return entry if entry is not None and entry.token == lease.token else None

    @rule(ids=st.lists(IDS, max_size=4), size=st.integers(0, 25))
    def put(self, ids: list[str], size: int) -> None:
        jobs = [Job(id_, JobKind.EXCHANGE, bytes(size)) for id_ in ids]
        fresh = {job.id: job for job in jobs if not self.is_known(job.id)}
        used = sum(len(entry.job.payload) for entry in self.model.values())
        fits = used + size * len(fresh) <= self.limit_bytes
        try:
            self.wait(self.queue.put(jobs))
        except QueueFullError:
            assert not fits
        else:
            assert fits
            self.model |= {id_: ModelJob(job) for id_, job in fresh.items()}

    @rule(target=leases, limit=st.integers(0, 4), lease_seconds=st.sampled_from([1.0, 10.0]))
    def lease(self, limit: int, lease_seconds: float) -> Any:
        due = [entry for entry in self.model.values() if entry.due_at <= self.clock.now]

        leases = self.wait(self.queue.lease(limit, lease_seconds))

        self.check_leases(leases, due, limit)
        for lease in leases:
            entry = self.model[lease.job.id]
            entry.attempt += 1
            entry.token = lease.token
            entry.due_at = self.clock.now + lease_seconds
            assert lease.attempt == entry.attempt
        return multiple(*leases)

    @rule(lease=leases, lease_seconds=st.sampled_from([1.0, 10.0]))
    def extend(self, lease: Lease, lease_seconds: float) -> None:
        self.wait(self.queue.extend(lease, lease_seconds))
        if entry := self.held(lease):
            entry.due_at = self.clock.now + lease_seconds

    @rule(lease=consumes(leases))
    def ack(self, lease: Lease) -> None:
        self.wait(self.queue.ack([lease]))
        if self.held(lease):
            del self.model[lease.job.id]

    @rule(lease=leases, delay=DELAYS)
    def nack(self, lease: Lease, delay: float) -> None:
        self.wait(self.queue.nack(lease, delay, "ScoringError"))
        if entry := self.held(lease):
            entry.token, entry.due_at = None, self.clock.now + delay

    @rule(lease=leases, delay=DELAYS)
    def release(self, lease: Lease, delay: float) -> None:
        self.wait(self.queue.release(lease, delay))
        if entry := self.held(lease):
            entry.token, entry.due_at, entry.attempt = None, self.clock.now + delay, entry.attempt - 1

    @rule(lease=leases)
    def bury(self, lease: Lease) -> None:
        self.wait(self.queue.bury(lease, "poison"))
        if self.held(lease):
            del self.model[lease.job.id]
            self.dead = [*self.dead, lease.job.id][-DEAD_LETTER_LIMIT:]

    @rule(seconds=st.sampled_from([0.5, 1.0, 5.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def the_sums_agree(self) -> None:
        stats = self.wait(self.queue.stats())
        assert stats.depth == len(self.model)
        self.check_sizes(stats.size_bytes)
        assert [letter.job.id for letter in self.wait(self.queue.dead_letters())] == self.dead
        assert stats.dead == len(self.dead)

    def teardown(self) -> None:
        self.wait(self.queue.close())
        self.wait(self.loop.shutdown_default_executor())
        self.loop.close()


class SpoolMachine(QueueMachine):
    """The same on disk, closed and opened again at any point."""

    def make_queue(self) -> Spool:
        self.folder = tempfile.TemporaryDirectory()
        return self.open_spool()

    def open_spool(self) -> Spool:
        limits = SpoolSettings(limit_bytes=LIMIT_BYTES, dead_letter_limit=DEAD_LETTER_LIMIT)
        return self.wait(Spool.open(Path(self.folder.name) / "spool.db", limits, self.clock))

    @rule()
    def restart(self) -> None:
        self.wait(self.queue.close())
        self.queue = self.open_spool()
        for entry in self.model.values():
            if entry.token is not None:
                entry.token, entry.due_at = None, 0.0

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


_SETTINGS = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,  # a disk is as slow as it is
    suppress_health_check=[HealthCheck.too_slow],
)
TestMemoryQueueMachine = QueueMachine.TestCase
TestMemoryQueueMachine.settings = _SETTINGS
TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = _SETTINGS
