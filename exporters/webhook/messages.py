"""What a receiver is told: which messages a save makes, and their bodies (Standard Webhooks 1.0.0). Pure.

A message's id is the same however often it is sent: a receiver that keeps ids sees each once.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from config.webhooks import WebhookEvent, WebhookSettings
from exporters.store.base import Change, SessionRow
from exporters.webhook.ledger import Place
from scorer.model import format_moment
from scorer.trust import Course

Fill = Callable[[SessionRow], SessionRow]
"""Makes a row ready for the wire (`compat.null_dimensions`)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one receiver."""

    id: str
    event: WebhookEvent
    body: bytes
    place: Place | None = None
    """The save it tells of; None where it tells of none."""


def messages_of(settings: WebhookSettings, change: Change, fill: Fill) -> list[Message]:
    """Return what the receiver is told of a save."""
    place = Place(change.writer, change.number)
    return [
        Message(message_id(change, event), event, _body(settings, event, fill(change.row)), place)
        for event in settings.events
        if _concerns(settings, event, change.row)
    ]


def message_id(change: Change, event: WebhookEvent) -> str:
    """Return the message's id: the save's own place in the record. Without dots, which separate what is signed."""
    return f"msg_{change.writer}_{change.number}_{event.value.partition('.')[2]}"


def _concerns(settings: WebhookSettings, event: WebhookEvent, row: SessionRow) -> bool:
    if event is WebhookEvent.STATE_CHANGED or (event is WebhookEvent.FLAGGED and not row.flagged):
        return False
    if settings.services and row.service_id not in settings.services:
        return False
    if row.scored_at - row.timestamp > timedelta(days=settings.max_age_days):
        return False
    low, high = settings.min_score, settings.max_score
    if low is None and high is None:
        return True
    score = row.overall_score
    return score is not None and (low is None or score >= low) and (high is None or score <= high)


def _body(settings: WebhookSettings, event: WebhookEvent, row: SessionRow) -> bytes:
    data = row.model_dump(mode="json", exclude=set() if settings.query else {"query"})
    return orjson.dumps({"type": event.value, "timestamp": data["scored_at"], "data": data})


def wants_states(settings: WebhookSettings, service_id: str) -> bool:
    """Say whether the receiver is told of that service's state."""
    is_asked = WebhookEvent.STATE_CHANGED in settings.events
    return is_asked and (not settings.services or service_id in settings.services)


def state_message(service_id: str, course: Course, records: int, at: datetime, change: int) -> Message:
    """Return the message of a service whose alarm went on or off; `change` tells this change from the others."""
    data = {
        "service_id": service_id,
        "is_alarm": course.is_alarm,
        "smoothed_score": course.smoothed,
        "lower_limit": course.limit,
        "records": records,
    }
    body = {"type": WebhookEvent.STATE_CHANGED.value, "timestamp": format_moment(at), "data": data}
    name = hashlib.sha256(service_id.encode()).hexdigest()[:16]  # any text may be a service's id, not a message's
    return Message(f"msg_state_{name}_{change}", WebhookEvent.STATE_CHANGED, orjson.dumps(body))
