"""What a receiver is told of a save."""

import json
from datetime import timedelta
from typing import Any

import pytest

from config.webhooks import WebhookEvent, WebhookSettings
from exporters.store.base import Change, row_of
from exporters.webhook.ledger import Place
from exporters.webhook.messages import messages_of, state_message, wants_states
from scorer.trust import Course
from tests.fakes.evaluations import START, make_evaluation
from tests.fakes.receiver import SECRET

BOTH = ["evaluation.saved", "evaluation.flagged"]


def hook(**changes: Any) -> WebhookSettings:
    given = {"id": "a", "url": "https://x.example/", "secret": SECRET, "events": BOTH}
    return WebhookSettings.model_validate(given | changes)


def change(number: int = 3, **changes: Any) -> Change:
    return Change("w1", number, row_of(make_evaluation(number, **changes)))


def told(settings: WebhookSettings, change: Change) -> list[str]:
    return [message.event.value for message in messages_of(settings, change, lambda row: row)]


def test_a_flagged_save_is_two_messages_with_ids_of_its_place() -> None:
    messages = messages_of(hook(), change(flagged=True), lambda row: row)

    assert [message.id for message in messages] == ["msg_w1_3_saved", "msg_w1_3_flagged"]
    assert all("." not in message.id for message in messages)
    assert [message.place for message in messages] == [Place("w1", 3)] * 2


def test_the_body_is_the_row_without_the_question() -> None:
    one = change(flagged=True, query="who am I")
    body = json.loads(messages_of(hook(), one, lambda row: row)[0].body)

    assert body["type"] == "evaluation.saved"
    assert body["timestamp"] == "2026-03-01T09:33:01.000Z"
    assert body["data"] == {k: v for k, v in one.row.model_dump(mode="json").items() if k != "query"}
    assert b"who am I" in messages_of(hook(query=True), one, lambda row: row)[0].body


@pytest.mark.parametrize(
    ("settings", "row", "events"),
    [
        ({}, {"flagged": False}, ["evaluation.saved"]),
        ({"events": ["evaluation.flagged"]}, {"flagged": False}, []),
        ({"events": ["service.state_changed"]}, {"flagged": True}, []),
        ({"services": ["bank"]}, {"flagged": True}, []),
        ({"services": ["bank", "desk"]}, {"flagged": True}, BOTH),
        ({"max_score": 50}, {"flagged": True, "overall_score": 50.0}, BOTH),
        ({"max_score": 50}, {"flagged": True, "overall_score": 50.1}, []),
        ({"min_score": 50}, {"flagged": True, "overall_score": 49.9}, []),
        ({}, {"flagged": True, "scored_at": START + timedelta(days=8)}, []),
        ({"max_age_days": 9}, {"flagged": True, "scored_at": START + timedelta(days=8)}, BOTH),
        ({"min_score": 0}, {"flagged": True, "overall_score": None}, []),
        ({}, {"flagged": True, "overall_score": None}, BOTH),
    ],
)
def test_filters_leave_what_fits(settings: dict[str, Any], row: dict[str, Any], events: list[str]) -> None:
    assert told(hook(**settings), change(**row)) == events


def test_rows_are_made_ready_for_the_wire() -> None:
    messages = messages_of(hook(), change(), lambda row: row.model_copy(update={"model": "filled"}))

    assert json.loads(messages[0].body)["data"]["model"] == "filled"


def test_a_state_is_told_to_who_asks_for_its_service() -> None:
    states = ["service.state_changed"]

    assert wants_states(hook(events=states), "desk")
    assert not wants_states(hook(events=states, services=["bank"]), "desk")
    assert not wants_states(hook(), "desk")


def test_a_state_message_holds_figures_and_no_text() -> None:
    message = state_message("desk", Course(31.5, 44.0, True), 120, START, 12)

    assert message.id.startswith("msg_state_")
    assert message.id.endswith("_12")
    assert (message.event, message.place) == (WebhookEvent.STATE_CHANGED, None)
    assert json.loads(message.body) == {
        "type": "service.state_changed",
        "timestamp": "2026-03-01T09:30:00.000Z",
        "data": {
            "service_id": "desk", "is_alarm": True, "smoothed_score": 31.5, "lower_limit": 44.0, "records": 120,
        },
    }  # fmt: skip
