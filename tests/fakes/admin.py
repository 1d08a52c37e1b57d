"""The admin port on a real store and a loopback socket, with a scorer that follows simple rules."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientTimeout, web
from aiohttp.test_utils import TestClient, TestServer

from config.api import ApiSettings, load_named_keys
from config.errors import QueueFullError, ScoringError, StoreUnavailableError
from config.presets import load_presets
from config.settings import CompatSettings, FeedSettings, MetricsSettings
from exporters.api.app import LINE_LIMIT_BYTES, build_admin_app
from exporters.api.base import AdminServices, TokenReader
from exporters.api.runner import ProblemRunner
from exporters.audit import HEAD_NAME, AuditLog
from exporters.fanout import Fanout
from exporters.feed import FeedHub
from exporters.prometheus import Metrics
from exporters.sink import RecordSink
from exporters.store.base import Store
from exporters.store.sqlite import SqliteStore
from exporters.webhook.hub import WebhookHub
from scorer.model import DimensionName, Evaluation, Exchange
from scorer.policy import PolicyBook
from scorer.protocols import Job, LettersErased, QueueStats, Sink
from scorer.redact.plan import RedactionBook
from tests.fakes.clock import ManualClock
from tests.fakes.evaluations import make_evaluation

WRONG = "wrong"
"""An answer that holds this word scores 20 and is flagged; every other one scores 80."""
SALT = b"a salt of the tests"
UNSCORABLE = "unscorable"
"""The scorer fails on an answer that holds this word."""


class RuleEvaluator:
    """`scorer.protocols.Evaluator` without a scorer; saves and publishes as the real one."""

    def __init__(self, sink: Sink, clock: ManualClock) -> None:
        self.exchanges: list[Exchange] = []
        self.queued: list[Exchange] = []
        self.is_queue_full = False
        self.most_at_once = 0
        self._at_once = 0
        self._sink = sink
        self._clock = clock

    async def evaluate(self, exchange: Exchange) -> Evaluation:
        self.exchanges.append(exchange)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if UNSCORABLE in exchange.response:
                raise ScoringError("the process died on a secret text")
            saved = await self._sink.save(evaluation_of(exchange))
            await self._sink.publish(saved)
            return saved.evaluation
        finally:
            self._at_once -= 1

    async def enqueue(self, exchange: Exchange) -> None:
        if self.is_queue_full:
            raise QueueFullError("the queue is full", 7)
        self.queued.append(exchange)


def evaluation_of(exchange: Exchange) -> Evaluation:
    is_wrong = WRONG in exchange.response
    score = 20.0 if is_wrong else 80.0
    return make_evaluation(
        session_id=exchange.session_id,
        submission_id=exchange.submission_id,
        service_id=exchange.service_id,
        conversation_id=exchange.conversation_id,
        end_user=exchange.end_user,
        query=exchange.query,
        response=exchange.response,
        model=exchange.model,
        usage=exchange.usage,
        overall_score=score,
        dimensions=dict.fromkeys(DimensionName, score) | {DimensionName.EXPLAINABILITY: None},
        flagged=is_wrong,
        flag_reasons=("Low overall: 20.0",) if is_wrong else (),
        flag_codes=("low_overall",) if is_wrong else (),
        rag_documents=exchange.documents or (),
        metadata={key: value for key, value in exchange.metadata.items() if key != "canary"},
        capture=exchange.capture,
        timestamp=exchange.timestamp,
        scored_at=exchange.timestamp,
        compliance_mode=exchange.compliance_mode or "RTI",
        preset=exchange.preset or "standard_rti",
        custom_weights=exchange.custom_weights,
    )


class StillQueue:
    """The part of `scorer.protocols.Queue` that the admin port reads."""

    def __init__(self) -> None:
        self.is_away = False
        self.numbers = QueueStats(depth=3, dead=1, size_bytes=4096, oldest_seconds=1.5, damaged=2)
        self.erasures: list[float] = []
        """`put_before` of each."""

    async def stats(self) -> QueueStats:
        if self.is_away:
            raise QueueFullError("the queue does not answer")
        return self.numbers

    async def erase_dead_letters(self, is_kept: Callable[[Job], bool], put_before: float) -> LettersErased:
        if self.is_away:
            raise QueueFullError("the queue does not answer")
        self.erasures.append(put_before)
        return LettersErased(1, ("spool.db.damaged-1",))


class FragileStore(SqliteStore):
    """The embedded store, which can go away."""

    is_away = False

    async def ping(self) -> bool:
        return False if self.is_away else await super().ping()

    async def _read(self, query: Any) -> Any:
        if self.is_away:
            raise StoreUnavailableError("the store does not answer", 3)
        return await super()._read(query)

    async def _write(self, operation: Any) -> Any:
        if self.is_away:
            raise StoreUnavailableError("the store does not answer", 3)
        return await super()._write(operation)


class AdminServer(TestServer):
    """Serves as the product does."""

    async def _make_runner(self, **options: Any) -> web.AppRunner:
        return ProblemRunner(self.app, **options)


@dataclass
class Admin:
    """A running admin port, and everything behind it."""

    client: TestClient[web.Request, web.Application]
    store: Any
    """A FragileStore, unless the test brought its own."""
    evaluator: RuleEvaluator
    queue: StillQueue
    feed: FeedHub
    metrics: Metrics
    clock: ManualClock
    sink: RecordSink
    audit: AuditLog

    async def save(self, *evaluations: Evaluation) -> None:
        for evaluation in evaluations:
            await self.sink.publish(await self.sink.save(evaluation))

    async def get(self, path: str, status: int = 200, **options: Any) -> Any:
        async with self.client.get(path, **options) as answer:
            return await told(answer, status)

    async def post(self, path: str, body: Any = None, status: int = 200, **options: Any) -> Any:
        if body is not None:
            options |= {"data": io.BytesIO(json.dumps(body).encode()), "headers": {"Content-Type": "application/json"}}
        async with self.client.post(path, **options) as answer:
            return await told(answer, status)


async def told(answer: ClientResponse, status: int) -> Any:
    """Return the JSON of an answer after checking its status, and its shape if it is an error."""
    text = await answer.text()
    assert answer.status == status, text
    body = json.loads(text)
    if status >= 400:
        assert answer.content_type == "application/problem+json"
        assert body["status"] == status
        assert body["detail"]
    return body


@asynccontextmanager
async def running_admin(
    folder: Path,
    api: ApiSettings = ApiSettings(),  # noqa: B008 - frozen
    feed_settings: FeedSettings = FeedSettings(),  # noqa: B008 - frozen
    compat: CompatSettings = CompatSettings(),  # noqa: B008 - frozen
    redactions: RedactionBook | None = None,
    tokens: TokenReader | None = None,
    webhooks: WebhookHub | None = None,
    store: Store | None = None,
) -> AsyncIterator[Admin]:
    """Run the admin port on a free port until the context ends, which closes the store too."""
    clock = ManualClock()
    store = store or FragileStore(folder / "admin.db", "UTC", clock)
    await store.open()
    feed = FeedHub(store, feed_settings, compat)
    metrics = Metrics(MetricsSettings(), "1.2.3", ("desk",), started_at=0.0)
    sink = RecordSink(store, Fanout((metrics, feed), metrics.count_export_failure))
    evaluator, queue = RuleEvaluator(sink, clock), StillQueue()
    audit = AuditLog(store, clock, folder / HEAD_NAME)
    services = AdminServices(
        store=store, source="sqlite", evaluator=evaluator, queue=queue, book=PolicyBook(load_presets(), (), "default"),
        metrics=metrics, feed=feed, api=api, compat=compat, spool_limit_bytes=1_000_000, admin_host="admin.internal",
        has_upstream=True, version="1.2.3", started_at=clock() - 60, clock=clock,
        redactions=redactions, salt=SALT, audit=audit, named_keys=load_named_keys(api), tokens=tokens,
        webhooks=webhooks,
    )  # fmt: skip
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(feed.run())
            server = AdminServer(build_admin_app(services))
            await server.start_server(max_line_size=LINE_LIMIT_BYTES)
            async with TestClient(server, timeout=ClientTimeout(30)) as client:
                yield Admin(client, store, evaluator, queue, feed, metrics, clock, sink, audit)
            feed.close()
            await running
    finally:
        await store.close()
