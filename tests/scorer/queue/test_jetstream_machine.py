"""The queue on JetStream against the same model as the others, its process restarted at any point.

The servers' clock cannot be moved, so nothing here comes due by time: a delay is none or longer than the test.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import consumes, rule

from scorer.protocols import Job, JobKind, Lease
from scorer.queue.jetstream import JetStreamQueue
from scorer.queue.jetstream_bus import Bus
from tests.fakes.nats_server import NatsServer, stream_settings
from tests.scorer.queue.test_queue_machine import DEAD_LETTER_LIMIT, ModelJob, QueueMachine

FAR_SECONDS = 10_000.0
IDS = st.sampled_from([f"{first}{second}" for first in "abcdefgh" for second in "abcdefgh"])
DELAYS = st.sampled_from([0.0, FAR_SECONDS])


class JetStreamMachine(QueueMachine):
    """An id that was put once is remembered; whoever was put back may come before whoever is older."""

    server: NatsServer
    limit_bytes = float("inf")

    def make_queue(self) -> JetStreamQueue:
        self.remembered: set[str] = set()
        self.settings = stream_settings(dead_letter_limit=DEAD_LETTER_LIMIT)
        self.bus = Bus(self.server.url, self.settings, "test")
        self.wait(self.bus.open())
        return self.wait(JetStreamQueue.open(self.bus, self.settings, self.clock))

    def is_known(self, id_: str) -> bool:
        return id_ in self.remembered

    def check_leases(self, leases: list[Lease], due: list[ModelJob], limit: int) -> None:
        jobs = {entry.job.id: entry.job for entry in due}
        assert len({lease.job.id for lease in leases}) == len(leases) == min(limit, len(due))
        assert all(lease.job == jobs.get(lease.job.id) for lease in leases)

    def check_sizes(self, size_bytes: int) -> None:
        assert size_bytes >= sum(len(entry.job.payload) for entry in self.model.values())

    @rule(ids=st.lists(IDS, max_size=4), size=st.integers(0, 25))
    def put(self, ids: list[str], size: int) -> None:
        self.wait(self.queue.put([Job(id_, JobKind.EXCHANGE, bytes(size)) for id_ in ids]))
        for id_ in ids:
            if not self.is_known(id_):
                self.model[id_] = ModelJob(Job(id_, JobKind.EXCHANGE, bytes(size)))
                self.remembered.add(id_)

    @rule(lease=consumes(QueueMachine.leases), delay=DELAYS)
    def nack(self, lease: Lease, delay: float) -> None:
        self.wait(self.queue.nack(lease, delay, "ScoringError"))
        if entry := self.held(lease):
            entry.token, entry.due_at = None, self.clock.now + delay

    @rule(lease=consumes(QueueMachine.leases), delay=DELAYS)
    def release(self, lease: Lease, delay: float) -> None:
        self.wait(self.queue.release(lease, delay))
        if entry := self.held(lease):
            entry.token, entry.due_at, entry.attempt = None, self.clock.now + delay, entry.attempt - 1

    @rule(lease=QueueMachine.leases)
    def extend(self, lease: Lease) -> None:
        self.wait(self.queue.extend(lease, 1.0))

    @rule()
    def let_time_pass(self) -> None:
        """The servers' clock is not ours to move."""

    @rule()
    def restart(self) -> None:
        """What the earlier process had leased stays with it until its lease runs out, which is not in this test."""
        self.wait(self.queue.close())
        self.queue = self.wait(JetStreamQueue.open(self.bus, self.settings, self.clock))
        for entry in self.model.values():
            if entry.token is not None:
                entry.token = None

    def teardown(self) -> None:
        self.wait(self.queue.close())
        for suffix in ("", "_DEAD", "_NOTES", "_SPENT"):
            self.wait(self.bus.call(f"STREAM.DELETE.{self.settings.stream}{suffix}"))
        self.wait(self.bus.close())
        super().teardown()


@pytest.fixture(autouse=True)
def _server(nats_server: NatsServer) -> None:
    JetStreamMachine.server = nats_server


TestJetStreamMachine = JetStreamMachine.TestCase
TestJetStreamMachine.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
