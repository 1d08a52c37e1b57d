"""The admin port of a role that has the API: what its routes use, and its listener."""

import socket
import time
from contextlib import AsyncExitStack

from aiohttp import web

from config.api import load_named_keys
from config.settings import Settings
from endurance.app import store_kind
from endurance.outbound import Outbound
from endurance.version import VERSION
from exporters.api.app import LINE_LIMIT_BYTES, build_admin_app
from exporters.api.base import AdminServices
from exporters.api.runner import ProblemRunner
from exporters.audit import AuditLog
from exporters.feed import FeedHub
from exporters.prometheus import Metrics
from exporters.store.base import Store
from scorer.policy import PolicyBook
from scorer.protocols import Evaluator, Queue
from scorer.redact.plan import RedactionBook, is_redacting

ADMIN_SHUTDOWN_SECONDS = 1.0


def admin_services(
    settings: Settings,
    book: PolicyBook,
    store: Store,
    queue: Queue,
    evaluator: Evaluator,
    metrics: Metrics,
    feed: FeedHub,
    redactions: RedactionBook,
    outbound: Outbound,
    audit: AuditLog,
    spool: Queue | None = None,
) -> AdminServices:
    """Return what the routes use; `spool` stands before `queue`, where that is shared."""
    return AdminServices(
        store=store,
        source=store_kind(settings),
        evaluator=evaluator,
        queue=queue,
        book=book,
        metrics=metrics,
        feed=feed,
        api=settings.api,
        compat=settings.compat,
        spool_limit_bytes=settings.spool.limit_bytes,
        admin_host=settings.admin_host,
        has_upstream=settings.upstream is not None,
        version=VERSION,
        audit=audit,
        spool=spool,
        started_at=time.time(),
        clock=time.time,
        redactions=redactions if is_redacting(settings.redaction, settings.services) else None,
        salt=redactions.salt,
        named_keys=load_named_keys(settings.api),
        tokens=outbound.tokens,
        webhooks=outbound.webhooks,
    )


async def serve_admin(opened: AsyncExitStack, services: AdminServices, listener: socket.socket) -> None:
    """Serve the API and the pages on the listener; `opened` ends them."""
    await serve_app(opened, build_admin_app(services), listener)


async def serve_app(opened: AsyncExitStack, app: web.Application, listener: socket.socket) -> None:
    """Serve an application on the listener; `opened` ends it."""
    runner = ProblemRunner(
        app,
        access_log=None,
        shutdown_timeout=ADMIN_SHUTDOWN_SECONDS,
        max_line_size=LINE_LIMIT_BYTES,
    )
    opened.push_async_callback(runner.cleanup)
    await runner.setup()
    await web.SockSite(runner, listener).start()
