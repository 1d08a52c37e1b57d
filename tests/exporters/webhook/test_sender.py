"""One delivery: what goes out, what an answer means, and where it never goes."""

import socket
import time
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks import Webhook, WebhookVerificationError

from config.webhooks import WebhookEvent, read_secret
from exporters.webhook.messages import Message
from exporters.webhook.sender import REFUSED, Answer, Sender, open_session
from tests.exporters.webhook.conftest import hook
from tests.fakes.receiver import SECRET, Receiver

MESSAGE = Message("msg_1", WebhookEvent.SAVED, b'{"type":"evaluation.saved","data":{"q":"\xe0\xa4\xb6"}}', 1)
OTHER = "whsec_" + "B" * 43 + "="


class Rebinding(AbstractResolver):
    """A name service that says what an attacker wants."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        kind = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        return [ResolveResult(hostname=host, host=self.address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        pass


async def send(receiver: Receiver, secrets: tuple[str, ...] = (SECRET,), **changes: Any) -> Answer:
    settings = hook(receiver, **changes)
    async with open_session(allow_private=settings.allow_private) as session:
        sender = Sender(settings, [read_secret(one) for one in secrets], session, "1.2.3", now)
        return await sender.send(MESSAGE)


def now() -> float:
    return time.time()


async def test_a_delivery_is_signed_by_every_secret(receiver: Receiver) -> None:
    for receiver.secret in (SECRET, OTHER):
        assert await send(receiver, (OTHER, SECRET)) == Answer()

    assert receiver.messages == [{"type": "evaluation.saved", "data": {"q": "श"}}] * 2


async def test_another_secret_does_not_verify(receiver: Receiver) -> None:
    answer = await send(receiver, (OTHER,))

    assert answer.failure == "status_500"  # the receiver's library raised
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(MESSAGE.body, {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,"})


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (204, Answer()),
        (301, Answer("status_301")),
        (400, Answer("status_400")),
        (410, Answer("status_410", is_gone=True)),
        (500, Answer("status_500")),
    ],
)
async def test_what_a_status_means(receiver: Receiver, status: int, answer: Answer) -> None:
    receiver.always = status

    assert await send(receiver) == answer


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.always, receiver.headers = 307, {"Location": receiver.url}

    assert (await send(receiver)).failure == "status_307"
    assert sum(receiver.attempts.values()) == 1


async def test_retry_after_comes_with_the_answer(receiver: Receiver) -> None:
    receiver.always, receiver.headers = 429, {"Retry-After": "17"}

    assert await send(receiver) == Answer("status_429", 17.0)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_a_name_that_turns_into_an_inner_address_is_refused(receiver: Receiver, address: str) -> None:
    url = f"https://hooks.example.org:{receiver.url.split(':')[2]}"
    settings = hook(receiver, url=url, allow_private=False)
    async with open_session(allow_private=False, resolver=Rebinding(address)) as session:
        answer = await Sender(settings, [read_secret(SECRET)], session, "1", now).send(MESSAGE)

    assert answer == Answer(REFUSED)
    assert receiver.attempts == {}


async def test_a_number_in_the_url_is_refused_too(receiver: Receiver) -> None:
    allowed = hook(receiver)  # the settings would not let it pass
    async with open_session(allow_private=False) as session:
        assert (await Sender(allowed, [read_secret(SECRET)], session, "1", now).send(MESSAGE)).failure == REFUSED


@pytest.fixture(autouse=True)
def _nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment would see every message: none is used."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
