"""The end user's id of a copied exchange: `scorer/intake.py` keeps a salted hash of it and nothing else."""

import json
from dataclasses import replace

import pytest

from config.settings import ServiceMatch, ServiceSettings
from scorer import wire
from scorer.intake import Intake
from scorer.model import Exchange
from scorer.policy import PolicyBook
from tests.fakes.copies import wire_exchange

BOOK = PolicyBook(presets={}, services=(), default_service_id="default")


def read_with_user(body: dict, salt: bytes | None) -> Exchange:
    body = {"model": "m", "messages": [{"role": "user", "content": "What is the fee?"}]} | body
    answer = {"choices": [{"message": {"role": "assistant", "content": "Ten rupees."}, "finish_reason": "stop"}]}
    read = Intake(BOOK, 1 << 20, salt=salt).read(
        wire.encode_exchange(
            wire_exchange(
                target=b"/v1/chat/completions",
                request_body=json.dumps(body).encode(),
                response_body=json.dumps(answer).encode(),
            )
        )
    )
    assert isinstance(read, Exchange)
    return read


@pytest.mark.parametrize("field", ["user", "safety_identifier"])
def test_an_end_users_id_is_kept_as_a_salted_hash_alone(field: str) -> None:
    one, other = read_with_user({field: "ravi-77"}, b"s" * 16), read_with_user({field: "ravi-77"}, b"t" * 16)

    assert one.end_user is not None
    assert one.end_user != other.end_user
    assert "ravi-77" not in one.model_dump_json()


def test_nothing_is_kept_of_an_end_user_without_a_salt_or_an_id() -> None:
    assert read_with_user({"user": "ravi-77"}, None).end_user is None
    assert read_with_user({}, b"s" * 16).end_user is None


def read_from_sender(sender: str, salt: bytes | None, host: str = "bot.example") -> Exchange:
    services = (ServiceSettings(id="desk", match=ServiceMatch(host="desk.example")),)
    read = Intake(replace(BOOK, services=services), 1 << 20, salt=salt).read(
        wire.encode_exchange(
            wire_exchange(
                target=b"/webhooks/rest/webhook",
                request_head=f"host: {host}\r\ncontent-type: application/json\r\n".encode(),
                request_body=json.dumps({"sender": sender, "message": "What is the fee?"}).encode(),
                response_body=json.dumps([{"recipient_id": sender, "text": "Ten rupees."}]).encode(),
            )
        )
    )
    assert isinstance(read, Exchange)
    return read


def test_a_sender_names_the_conversation_by_another_salted_hash() -> None:
    first, again = (read_from_sender("ravi-77", b"s" * 16) for _ in range(2))
    other_person, other_salt = read_from_sender("ravi-78", b"s" * 16), read_from_sender("ravi-77", b"t" * 16)

    assert first.conversation_id == again.conversation_id
    assert len({one.conversation_id for one in (first, other_person, other_salt)} | {first.end_user, None}) == 5
    assert "ravi-77" not in first.model_dump_json()


def test_one_sender_holds_two_conversations_with_two_services() -> None:
    one, other = (read_from_sender("ravi-77", b"s" * 16, host) for host in ("bot.example", "desk.example"))

    assert one.conversation_id != other.conversation_id
    assert one.end_user == other.end_user


def test_a_sender_names_nothing_without_a_salt() -> None:
    read = read_from_sender("ravi-77", None)

    assert (read.end_user, read.conversation_id) == (None, None)
