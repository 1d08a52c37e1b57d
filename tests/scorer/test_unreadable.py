"""Whom a service's unreadable exchanges are told to, and how often."""

import structlog

from scorer.model import CaptureOutcome, Unscored
from scorer.unreadable import SERVICES_LIMIT, UnreadableNotices


def unscored(service_id: str, outcome: CaptureOutcome = CaptureOutcome.UNREADABLE) -> Unscored:
    reason = "the service names the format openai_chat, which does not fit"
    return Unscored(session_id="s", service_id=service_id, outcome=outcome, reason=reason)


def told(*exchanges: Unscored) -> list[tuple[str, str]]:
    """Level and service of each line."""
    notices = UnreadableNotices()
    with structlog.testing.capture_logs() as logs:
        for exchange in exchanges:
            notices.tell(exchange)
    return [(line["log_level"], line["service"]) for line in logs]


def test_first_unreadable_exchange_of_each_service_is_a_warning() -> None:
    lines = told(unscored("desk"), unscored("desk"), unscored("bank"))

    assert lines == [("warning", "desk"), ("debug", "desk"), ("warning", "bank")]


def test_the_warning_gives_the_reason() -> None:
    with structlog.testing.capture_logs() as logs:
        UnreadableNotices().tell(unscored("desk"))

    assert logs[0]["reason"] == "the service names the format openai_chat, which does not fit"


def test_what_is_no_chat_is_no_warning() -> None:
    assert told(unscored("desk", CaptureOutcome.NOT_CHAT)) == [("debug", "desk")]


def test_services_beyond_the_limit_are_only_counted() -> None:
    lines = told(*(unscored(f"service-{number}") for number in range(SERVICES_LIMIT + 1)))

    assert [level for level, _ in lines].count("warning") == SERVICES_LIMIT
