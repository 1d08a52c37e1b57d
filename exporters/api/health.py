"""Whether it works: health, readiness, the summary for the page, and the metrics for Prometheus.

None of these fails because the store or the queue is away: they are how one learns of it.
"""

import asyncio
from datetime import UTC, datetime
from typing import Final, Literal

from aiohttp import web

from config.errors import UnavailableError
from config.presets import Thresholds
from exporters.api.base import SERVICES, Answer, Role, Route
from exporters.api.bodies import Told, json_response
from exporters.api.principal import store_of
from exporters.store.aggregates import ServiceStats
from exporters.store.restricted import VisibleStore
from scorer.model import Moment
from scorer.protocols import Queue, QueueStats

STATE_SECONDS: Final = 3.0
"""Longest wait for a part that is asked how it is; beyond it the part counts as away."""
ALERT_THRESHOLD: Final = Thresholds().default
"""Below it a score raises a flag, unless the preset says otherwise; 0 to 100."""


class Health(Told):
    """`degraded`: traffic and queueing go on, and the store or the queue does not answer."""

    status: Literal["healthy", "degraded"]
    version: str
    uptime_seconds: float


class Ready(Told):
    """Requests are taken; the store may be away, since work waits in the queue."""

    status: Literal["ready"] = "ready"


class QueueState(Told):
    """Work that waits; null where the queue does not answer."""

    depth: int | None
    dead_letters: int | None
    oldest_seconds: float | None


class SpoolState(Told):
    """The queue's room; null where it does not answer."""

    bytes: int | None
    limit_bytes: int
    damaged: int | None
    """Damaged files renamed aside since start."""


class Summary(Told):
    """The whole installation at a glance; totals are null while the store is away."""

    total_sessions: int | None
    flagged_sessions: int | None
    flagged_percentage: float | None
    """0 to 100; 0 when there are no sessions."""
    services_count: int | None
    alert_threshold: float
    connected: bool
    """Whether the store answers."""
    queue: QueueState
    spool: SpoolState
    has_upstream: bool
    """False: an evaluation service only, nothing is proxied."""
    version: str
    at: Moment


async def health(request: web.Request) -> web.Response:
    """Say whether all parts answer."""
    services = request.app[SERVICES]
    is_up, queue = await asyncio.gather(is_store_up(services.store), queue_stats(services.queue))
    return json_response(
        Health(
            status="healthy" if is_up and queue is not None else "degraded",
            version=services.version,
            uptime_seconds=round(max(0.0, services.clock() - services.started_at), 3),
        )
    )


async def ready(_: web.Request) -> web.Response:
    """Say that requests are taken."""
    return json_response(Ready())


async def summary(request: web.Request) -> web.Response:
    """Return totals and the state of store and queue."""
    services = request.app[SERVICES]
    stats, queue = await asyncio.gather(_all_stats(store_of(request)), queue_stats(services.queue))
    spool = queue if services.spool is None else await queue_stats(services.spool)
    total = None if stats is None else sum(service.total_sessions for service in stats)
    flagged = None if stats is None else sum(service.flagged_count for service in stats)
    return json_response(
        Summary(
            total_sessions=total,
            flagged_sessions=flagged,
            flagged_percentage=None if total is None or flagged is None else _percentage(flagged, total),
            services_count=None if stats is None else len(stats),
            alert_threshold=ALERT_THRESHOLD,
            connected=stats is not None,
            queue=_queue_state(queue),
            spool=_spool_state(spool, services.spool_limit_bytes),
            has_upstream=services.has_upstream,
            version=services.version,
            at=datetime.fromtimestamp(services.clock(), UTC),
        )
    )


async def metrics(request: web.Request) -> web.Response:
    """Return every metric in Prometheus' text format."""
    services = request.app[SERVICES]
    is_up, queue = await asyncio.gather(is_store_up(services.store), queue_stats(services.queue))
    services.metrics.set_store_up(is_up)
    services.metrics.set_queue(queue)
    services.metrics.set_spool(queue if services.spool is None else await queue_stats(services.spool))
    services.metrics.set_feed(services.feed.client_count, services.feed.overflows)
    body, content_type = await asyncio.to_thread(services.metrics.render)
    return web.Response(body=body, headers={"Content-Type": content_type})


async def is_store_up(store: VisibleStore) -> bool:
    """Say whether the store answers in time."""
    try:
        async with asyncio.timeout(STATE_SECONDS):
            return await store.ping()
    except TimeoutError:
        return False


async def queue_stats(queue: Queue) -> QueueStats | None:
    """Return the state of a queue; None where it does not answer in time."""
    try:
        async with asyncio.timeout(STATE_SECONDS):
            return await queue.stats()
    except (TimeoutError, UnavailableError):
        return None


async def _all_stats(store: VisibleStore) -> list[ServiceStats] | None:
    if not await is_store_up(store):
        return None
    try:
        async with asyncio.timeout(STATE_SECONDS):
            return await store.all_stats()
    except (TimeoutError, UnavailableError):
        return None


def _percentage(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _queue_state(stats: QueueStats | None) -> QueueState:
    if stats is None:
        return QueueState(depth=None, dead_letters=None, oldest_seconds=None)
    return QueueState(depth=stats.depth, dead_letters=stats.dead, oldest_seconds=round(stats.oldest_seconds, 3))


def _spool_state(stats: QueueStats | None, limit_bytes: int) -> SpoolState:
    if stats is None:
        return SpoolState(bytes=None, limit_bytes=limit_bytes, damaged=None)
    return SpoolState(bytes=stats.size_bytes, limit_bytes=limit_bytes, damaged=stats.damaged)


ROUTES = (
    Route("GET", "/health", health, Role.OPEN, "Whether all parts answer", (Answer("The state.", Health),)),
    Route("GET", "/ready", ready, Role.OPEN, "Whether requests are taken", (Answer("They are.", Ready),)),
    Route(
        "GET", "/v1/metrics/summary", summary, Role.READ, "Totals, and the state of store and queue",
        (Answer("The summary.", Summary),),
    ),
    Route(
        "GET", "/metrics", metrics, Role.READ, "Metrics for Prometheus",
        (Answer("Text format 0.0.4.", media_type="text/plain"),), is_for_all=True,
    ),
)  # fmt: skip
