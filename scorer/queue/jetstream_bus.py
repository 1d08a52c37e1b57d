"""The connection to NATS: opened once a process, kept for its life, and asked with one kind of error.

Knows nothing of jobs. It connects in the background and for ever: a bus that is away is a condition that passes, and
only what an operator must mend (credentials, certificates, a refused login) is an error at start.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

import nats.errors
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from config.errors import ConfigurationError, QueueFullError, TooLargeError, UnavailableError
from config.jetstream import JetStreamSettings
from config.logging import get_logger
from scorer.tasks import TaskKeeper

OPEN_SECONDS = 3.0
"""Wait at start for a first connection; after it the start goes on, and the connection comes when it can."""
ANSWER_SECONDS = 5.0
"""Longest wait for an answer of the servers; a cluster that elects a leader takes a second or two."""
RECONNECT_SECONDS = 0.25
_PING_SECONDS = 10
_HEADERS_FRAME_BYTES = 16
"""`NATS/1.0`, line ends, and some to spare."""
_FULL = frozenset({10047, 10023, 10028, 10077, 10110, 10169})
"""JetStream error codes (server/errors.json) that mean: no room."""

Answer = dict[str, Any]
Heard = Callable[[Msg], Awaitable[None]]
_logger = get_logger("scorer.queue.bus")


class Bus:
    """One connection. `open` it before use; everything raises UnavailableError while it is away."""

    def __init__(self, url: str, settings: JetStreamSettings, name: str) -> None:
        """`url`: one `nats://` or `tls://host:port`, or several with commas; `name` is for the servers' monitoring."""
        self._servers = url.split(",")
        self._settings = settings
        self._name = name
        self._client = Client()
        self._tasks = TaskKeeper("scorer.queue.bus")
        self._refusal: str | None = None
        self._heard: list[tuple[str, str, Heard]] = []
        self._is_away = False
        self.connections = 0
        """Connections made so far: a caller that finds it changed has lost what the servers held for it."""

    async def open(self, open_seconds: float = OPEN_SECONDS) -> None:
        """Connect, waiting so long at most. Raises ConfigurationError for what waiting does not mend."""
        options = await asyncio.to_thread(self._options)
        connecting = self._tasks.start(self._connect(options))
        done, _ = await asyncio.wait([connecting], timeout=open_seconds)
        if done and (error := connecting.exception()) is not None:
            raise error
        if self._refusal is not None:
            raise ConfigurationError(f"queue: the NATS server refused us: {self._refusal}")
        if not done:
            _logger.warning("the bus is away; it is asked again and again", servers=len(self._servers))

    async def close(self) -> None:
        """Let go of the servers, after what was sent has left."""
        await self._tasks.close(finish_seconds=0)
        if self._client.is_connected:
            with contextlib.suppress(nats.errors.Error, OSError, TimeoutError):  # gone is what we want
                await self._client.flush(timeout=1)
        await self._client.close()

    @property
    def is_connected(self) -> bool:
        """Whether the servers are there, as far as is known."""
        return self._client.is_connected

    @property
    def payload_limit_bytes(self) -> int:
        """Largest message that the servers take (`max_payload`)."""
        return self._client.max_payload

    def new_inbox(self) -> str:
        """Return a subject that only we listen to."""
        return self._client.new_inbox()

    async def ask(self, subject: str, payload: bytes = b"", headers: dict[str, str] | None = None,
                  seconds: float = ANSWER_SECONDS) -> Msg:  # fmt: skip
        """Return the answer to a request. Raises UnavailableError (nobody answers) and TooLargeError."""
        async with self._asking():
            return await self._client.request(subject, payload, timeout=seconds, headers=headers)

    async def publish(self, subject: str, payload: bytes = b"", reply: str = "") -> None:
        """Send without waiting for anyone."""
        async with self._asking():
            await self._client.publish(subject, payload, reply=reply)

    async def call(self, subject: str, body: Answer | None = None) -> Answer:
        """Call JetStream's API. Raises ApiError, UnavailableError."""
        msg = await self.ask(f"$JS.API.{subject}", b"" if body is None else orjson.dumps(body))
        return _checked(orjson.loads(msg.data))

    async def store(self, subject: str, payload: bytes, headers: dict[str, str]) -> None:
        """Publish into a stream and return once its replicas have it (PubAck).

        Raises QueueFullError (the stream takes no more), TooLargeError (more than the servers' `max_payload`).
        """
        # The servers count the headers too, and end the connection of whoever sends more than they take.
        size = len(payload) + _HEADERS_FRAME_BYTES + sum(len(name) + len(value) + 4 for name, value in headers.items())
        if self.is_connected and size > self.payload_limit_bytes:
            raise TooLargeError(f"a message of {size} bytes is larger than the servers' max_payload")
        msg = await self.ask(subject, payload, headers)
        try:
            _checked(orjson.loads(msg.data))
        except ApiError as error:
            if error.code in _FULL:
                raise QueueFullError(f"the stream takes no more: {error.description}") from error
            raise

    async def listen(self, subject: str, heard: Heard, group: str = "") -> Subscription:
        """Have `heard` called for each message, also after the connection was lost and made again."""
        async with self._asking(needs_connection=False):
            return await self._client.subscribe(subject, queue=group, cb=heard)

    def _options(self) -> dict[str, Any]:
        settings = self._settings
        options: dict[str, Any] = {}
        if settings.credentials_file is not None:
            if not settings.credentials_file.is_file():
                raise ConfigurationError(f"jetstream.credentials_file: cannot read {settings.credentials_file}")
            if find_spec("nkeys") is None:
                raise ConfigurationError("jetstream.credentials_file: needs nkeys; install endurance[nats]")
            options["user_credentials"] = str(settings.credentials_file)
        if settings.tls_ca_file is not None or settings.tls_certificate_file is not None:
            options["tls"] = _tls_context(settings)
        return options

    async def _connect(self, options: dict[str, Any]) -> None:
        try:
            await self._client.connect(
                self._servers,
                name=self._name,
                inbox_prefix=f"_INBOX_{self._settings.stream}",
                error_cb=self._on_error,
                disconnected_cb=self._on_lost,
                reconnected_cb=self._on_back,
                connect_timeout=2,
                reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]  # it sleeps for it; fractions work
                max_reconnect_attempts=-1,
                ping_interval=_PING_SECONDS,
                **options,
            )
        except (nats.errors.Error, OSError, ValueError) as error:
            raise ConfigurationError(f"queue: cannot use the NATS server: {_told(error)}") from error
        self.connections += 1
        self._is_away = False
        _logger.info("the bus is there", server=self._client.connected_url.hostname)  # type: ignore[union-attr]  # connected

    async def _on_error(self, error: Exception) -> None:
        if isinstance(error, ssl.SSLError) or "uthoriz" in str(error) or "uthentic" in str(error):
            if self._refusal is None:
                _logger.error("the NATS server refused us", error=_told(error))
            self._refusal = _told(error)
        else:
            _logger.debug("the bus: an error", error=_told(error))

    async def _on_lost(self) -> None:
        if not self._is_away and not self._client.is_closed:
            self._is_away = True
            _logger.warning("the bus is away; work waits where it is")

    async def _on_back(self) -> None:
        self.connections += 1
        self._is_away = False
        self._refusal = None
        _logger.info("the bus is there again")

    @asynccontextmanager
    async def _asking(self, *, needs_connection: bool = True) -> AsyncIterator[None]:
        if needs_connection and not self._client.is_connected:
            raise UnavailableError("the bus is away")
        try:
            yield
        except nats.errors.MaxPayloadError as error:
            raise TooLargeError(
                f"a message is larger than the servers' max_payload of {self._client.max_payload} bytes"
            ) from error
        except (nats.errors.Error, OSError) as error:
            raise UnavailableError(f"the bus: {_told(error)}") from error


class ApiError(UnavailableError):
    """JetStream answered with an error."""

    def __init__(self, status: int, code: int, description: str) -> None:
        super().__init__(f"the bus: JetStream says {description!r} ({code})")
        self.status = status
        """As of HTTP: 404 for what is not there."""
        self.code = code
        """Of `server/errors.json`."""
        self.description = description


def _checked(answer: Answer) -> Answer:
    if (error := answer.get("error")) is not None:
        raise ApiError(error.get("code", 500), error.get("err_code", 0), error.get("description", "an error"))
    return answer


def _tls_context(settings: JetStreamSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.tls_ca_file)
        if settings.tls_certificate_file is not None and settings.tls_key_file is not None:
            context.load_cert_chain(settings.tls_certificate_file, settings.tls_key_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"jetstream.tls_*: cannot use the certificates: {error}") from error
    return context


def _told(error: BaseException) -> str:
    """An error of the client in one line, without the library's prefix."""
    text = " ".join(str(error).removeprefix("nats: ").split())
    return text.strip("'") or type(error).__name__
