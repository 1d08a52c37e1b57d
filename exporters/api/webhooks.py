"""Webhooks: where each receiver stands, and one that was switched off on again. Secrets and whole URLs are not told."""

from datetime import UTC, datetime
from typing import Literal

from aiohttp import web

from config.errors import NotFoundError
from config.webhooks import WebhookEvent, WebhookSettings
from exporters.api.base import SERVICES, Answer, Role, Route
from exporters.api.bodies import Told, json_response
from exporters.store.audit import Action
from exporters.webhook.hub import WebhookHub
from exporters.webhook.ledger import EndpointState
from scorer.model import Moment


class WebhookEntry(Told):
    """One receiver."""

    id: str
    origin: str
    """Scheme, host and port of its URL."""
    events: list[WebhookEvent]
    services: list[str]
    """Empty: all."""
    state: Literal["active", "disabled"]
    """`disabled`: it answered 410, and is told nothing until it is enabled."""
    disabled_at: Moment | None
    position: str
    """How far in the record it was told, or what is to be told stands among the retries: an event id of the feed."""
    retries: int
    """Messages that wait to be tried again."""
    next_retry_at: Moment | None
    last_success_at: Moment | None
    last_failure_at: Moment | None
    last_failure: str | None
    """Code of the last failure: `status_500`, `timeout`, `connection`, `address_refused`."""


class WebhookList(Told):
    """Every configured receiver."""

    webhooks: list[WebhookEntry]


async def list_webhooks(request: web.Request) -> web.Response:
    """List the receivers and where they stand."""
    hub = request.app[SERVICES].webhooks
    return json_response(WebhookList(webhooks=[] if hub is None else await _entries(hub)))


async def enable_webhook(request: web.Request) -> web.Response:
    """Switch a receiver on again: it is told of what is saved from now on."""
    hub, id_ = request.app[SERVICES].webhooks, request.match_info["webhook_id"]
    if hub is None:
        raise NotFoundError("no webhook is configured (webhooks)")
    await hub.enable(id_)
    return json_response(next(entry for entry in await _entries(hub) if entry.id == id_))


async def _entries(hub: WebhookHub) -> list[WebhookEntry]:
    states = await hub.states()
    return [_entry(endpoint.settings, states[id_]) for id_, endpoint in hub.endpoints.items()]


def _entry(settings: WebhookSettings, state: EndpointState) -> WebhookEntry:
    return WebhookEntry(
        id=settings.id,
        origin=settings.origin,
        events=list(settings.events),
        services=list(settings.services),
        state="active" if state.disabled_at is None else "disabled",
        disabled_at=_moment(state.disabled_at),
        position=str(state.position),
        retries=state.retries,
        next_retry_at=_moment(state.next_due_at),
        last_success_at=_moment(state.succeeded_at),
        last_failure_at=_moment(state.failed_at),
        last_failure=state.failure,
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


ROUTES = (
    Route(
        "GET", "/v1/webhooks", list_webhooks, Role.ADMIN, "List webhooks",
        (Answer("The receivers.", WebhookList),), is_for_all=True,
    ),
    Route(
        "POST", "/v1/webhooks/{webhook_id}/enable", enable_webhook, Role.ADMIN, "Switch a webhook on again",
        (Answer("The receiver.", WebhookEntry),), errors=(404,), is_for_all=True, action=Action.CHANGE,
    ),
)  # fmt: skip
