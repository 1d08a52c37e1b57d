"""What the engine asks of others: parts that reach out over HTTP, with their client sessions.

Stands beside `endurance/engine.py` for its length: it builds, and the engine says when.
"""

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from importlib import import_module

import aiohttp

from config.errors import ConfigurationError
from config.judge import load_judge_key
from config.settings import Settings
from config.webhooks import WebhookSettings, load_secrets
from endurance.app import build_ledger
from endurance.version import VERSION
from exporters.api.base import TokenReader
from exporters.api.oidc import OidcTokens, ProviderKeys, fetch_by
from exporters.compat import fill_null_dimensions
from exporters.fanout import Exporter
from exporters.prometheus import Metrics
from exporters.store.base import Store
from exporters.webhook.endpoint import Endpoint, Schedule
from exporters.webhook.hub import WebhookHub
from exporters.webhook.metrics import WebhookMetrics
from exporters.webhook.sender import Sender, open_session
from scorer.judges.chat_client import ChatClient
from scorer.judges.chat_judge import ChatJudge
from scorer.judges.judged_scorer import JudgedScorer
from scorer.protocols import AskingScorer, JudgeObserver, Scorer


@dataclass(frozen=True, slots=True)
class Outbound:
    """The parts, opened."""

    tokens: TokenReader | None
    webhooks: WebhookHub | None
    telemetry: Exporter | None

    @property
    def exporters(self) -> tuple[Exporter, ...]:
        """Those that want to know of each save."""
        return tuple(exporter for exporter in (self.webhooks, self.telemetry) if exporter is not None)

    async def run(self, stop: asyncio.Event) -> None:
        """Do what each does by itself, until `stop`."""
        if self.webhooks is not None:
            await self.webhooks.run(stop)


async def open_outbound(opened: AsyncExitStack, settings: Settings, store: Store, metrics: Metrics) -> Outbound:
    """Open the parts that are configured; `opened` closes them. Raises ConfigurationError."""
    telemetry = _open_telemetry(opened, settings, metrics)
    tokens = await open_tokens(opened, settings)
    webhooks = await _open_webhooks(opened, settings, store, metrics)
    return Outbound(tokens, webhooks, telemetry)


def check_telemetry(settings: Settings) -> None:
    """Raise ConfigurationError where a collector is named and the extra that speaks to it is not installed."""
    if settings.otlp.endpoint is None:
        return
    try:
        import_module("exporters.otlp")
    except ImportError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        raise ConfigurationError("otlp.endpoint: needs the extra otlp; install endurance[otlp]") from error


def _open_telemetry(opened: AsyncExitStack, settings: Settings, metrics: Metrics) -> Exporter | None:
    if settings.otlp.endpoint is None:
        return None
    check_telemetry(settings)
    from exporters.otlp import OtlpExporter  # an extra: only where it is asked for

    exporter = OtlpExporter(settings.otlp, VERSION, metrics.count_export_failure)
    opened.push_async_callback(exporter.close)
    return exporter


async def open_scorer(
    opened: AsyncExitStack, settings: Settings, pool: AskingScorer, observer: JudgeObserver
) -> Scorer:
    """Return what scores: the pool, with a judge where one is configured. Raises ConfigurationError for its key."""
    if settings.judge.url is None:
        return pool
    key = load_judge_key(settings.judge)
    session = await opened.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
    judge = ChatJudge(settings.judge, ChatClient(settings.judge, key, session), observer)
    return JudgedScorer(pool, judge)


async def open_tokens(opened: AsyncExitStack, settings: Settings) -> TokenReader | None:
    """Return what reads an OpenID provider's tokens; None where none is configured."""
    oidc = settings.api.oidc
    if oidc is None:
        return None
    session = await opened.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
    return OidcTokens(oidc, ProviderKeys(oidc, fetch_by(session, oidc), time.time))


async def _open_webhooks(
    opened: AsyncExitStack, settings: Settings, store: Store, metrics: Metrics
) -> WebhookHub | None:
    if not settings.webhooks:
        return None
    ledger = build_ledger(settings, store)
    counted = WebhookMetrics([webhook.id for webhook in settings.webhooks])
    metrics.add(counted)
    schedule = Schedule(time.time, random.Random())
    endpoints = [
        Endpoint(
            webhook,
            store,
            ledger,
            await _open_sender(opened, webhook),
            partial(fill_null_dimensions, settings.compat),
            schedule,
            counted,
        )
        for webhook in settings.webhooks
    ]
    hub = WebhookHub(endpoints, store, ledger)
    opened.push_async_callback(hub.close)
    await hub.open()
    return hub


async def _open_sender(opened: AsyncExitStack, webhook: WebhookSettings) -> Sender:
    # A session each: connections that may reach inner addresses are never shared with those that may not.
    session = await opened.enter_async_context(open_session(allow_private=webhook.allow_private))
    return Sender(webhook, load_secrets(webhook), session, VERSION, time.time)
