"""One delivery: a signed POST, and what its answer means (Standard Webhooks 1.0.0).

Calls the public internet only, unless the receiver may be private: each address is looked at when the socket for it is
made, so neither a name that stands for an inner address nor one that changes in between gets through. No redirect is
followed, no proxy of the environment used, no cookie kept, and of the answer's body nothing is read but its beginning.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from standardwebhooks import Webhook

from config.webhooks import WebhookSettings, is_public
from exporters.webhook.messages import Message
from scorer.retry_after import read_retry_after

PARALLEL: Final = 4
"""Deliveries to one receiver at a time."""
BODY_READ_BYTES: Final = 4096
"""Of an answer, so that a short one leaves its connection for the next delivery."""
REFUSED: Final = "address_refused"


class AddressRefusedError(OSError):
    """The address is of this machine or of a private network."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a delivery ended."""

    failure: str | None = None
    """None: delivered. Else a code: `status_500`, `timeout`, `connection`, `address_refused`."""
    retry_after_seconds: float | None = None
    is_gone: bool = False
    """410: nothing is to be sent there any more."""


def open_session(*, allow_private: bool, resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """Return a client session that reaches public addresses only, or any."""
    connector = aiohttp.TCPConnector(
        limit_per_host=PARALLEL, resolver=resolver, socket_factory=None if allow_private else _public_socket
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)


def _public_socket(info: "tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]") -> socket.socket:
    family, type_, protocol, _, address = info
    if not is_public(address[0]):
        raise AddressRefusedError(REFUSED)
    return socket.socket(family, type_, protocol)


class Sender:
    """Delivers messages to one receiver."""

    def __init__(
        self,
        settings: WebhookSettings,
        secrets: Sequence[bytes],
        session: aiohttp.ClientSession,
        version: str,
        clock: Callable[[], float],
    ) -> None:
        """`secrets` all sign; `clock` gives seconds since the epoch."""
        self._settings = settings
        self._signers = [Webhook(secret) for secret in secrets]
        self._session = session
        self._agent = f"endurance/{version}"
        self._clock = clock

    async def send(self, message: Message) -> Answer:
        """Deliver once; never raises for what the receiver or the network does."""
        try:
            async with self._session.post(
                self._settings.url,
                data=message.body,
                headers=self._headers(message),
                timeout=aiohttp.ClientTimeout(total=self._settings.timeout_seconds),
                allow_redirects=False,
            ) as answer:
                await answer.content.read(BODY_READ_BYTES)
                return self._meaning(answer)
        except TimeoutError:
            return Answer("timeout")
        except aiohttp.ClientConnectorError as error:
            return Answer(REFUSED if isinstance(error.os_error, AddressRefusedError) else "connection")
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError):
            return Answer("connection")

    def _headers(self, message: Message) -> dict[str, str]:
        at = datetime.fromtimestamp(int(self._clock()), UTC)
        body = message.body.decode()
        return {
            "Content-Type": "application/json",
            "User-Agent": self._agent,
            "webhook-id": message.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signer.sign(message.id, at, body) for signer in self._signers),
        }

    def _meaning(self, answer: aiohttp.ClientResponse) -> Answer:
        if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            return Answer()
        pause = read_retry_after(answer.headers.get("Retry-After"), self._clock())
        return Answer(f"status_{answer.status}", pause, is_gone=answer.status == HTTPStatus.GONE)
