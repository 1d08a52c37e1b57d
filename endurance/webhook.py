"""`endurance webhook`: the admission webhook that puts the sidecar into pods that ask for it, over TLS.

The certificate is read anew when its file changes, so that whoever renews it (cert-manager, a person) restarts nothing.
"""

import asyncio
import signal
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from config.errors import ConfigurationError, InvalidInputError
from config.logging import configure_logging, get_logger
from endurance.inject.review import Outcome, answer
from endurance.inject.sidecar import Sidecar
from endurance.supervisor import bind_port

BODY_LIMIT_BYTES: Final = 8 * 1024 * 1024
"""An object in etcd has at most 1.5 MiB, and an update's review holds two of them."""
CERTIFICATE_CHECK_SECONDS: Final = 30.0

_log = get_logger("endurance.webhook")


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the webhook listens, and with what certificate."""

    host: str
    port: int
    certificate: Path
    key: Path


class Webhook:
    """The web application: `/mutate`, `/health`, `/metrics`."""

    def __init__(self, sidecar: Sidecar) -> None:
        self._sidecar = sidecar
        self._registry = CollectorRegistry()
        self._reviews = Counter(
            "endurance_webhook_reviews", "Admission reviews by what became of them.", ("outcome",),
            registry=self._registry,
        )  # fmt: skip
        for outcome in Outcome:
            self._reviews.labels(outcome.value)

    def build(self) -> web.Application:
        """Return the application."""
        application = web.Application(client_max_size=BODY_LIMIT_BYTES)
        application.router.add_post("/mutate", self._mutate)
        application.router.add_get("/health", _tell_health)
        application.router.add_get("/metrics", self._tell_metrics)
        return application

    async def _mutate(self, request: web.Request) -> web.Response:
        try:
            reviewed = answer(orjson.loads(await request.read()), self._sidecar)
        except (InvalidInputError, orjson.JSONDecodeError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        self._reviews.labels(reviewed.outcome.value).inc()
        if reviewed.warning is not None:
            _log.warning("a pod that asked for the sidecar runs without it", reason=reviewed.warning)
        return web.json_response(reviewed.body)

    async def _tell_metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


async def _tell_health(request: web.Request) -> web.Response:
    return web.json_response({"status": "healthy"})


def serve_webhook(listener: Listener, sidecar: Sidecar) -> None:
    """Run until SIGTERM. Raises ConfigurationError when it cannot listen or the certificate cannot be read."""
    configure_logging("webhook", "info", "auto")

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve_until(stop, listener, sidecar)

    asyncio.run(run())


async def serve_until(
    stop: asyncio.Event, listener: Listener, sidecar: Sidecar, check_seconds: float = CERTIFICATE_CHECK_SECONDS
) -> None:
    """Serve until `stop`; the certificate's files are looked at every `check_seconds`. Raises as `serve_webhook`."""
    context = _read_certificate(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), listener)
    runner = web.AppRunner(Webhook(sidecar).build(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.SockSite(runner, bind_port(listener.host, listener.port, "port"), ssl_context=context)
        await site.start()
        _log.info("ready", host=listener.host, port=listener.port)
        await _follow_certificate(context, listener, stop, check_seconds)
    finally:
        await runner.cleanup()


async def _follow_certificate(
    context: ssl.SSLContext, listener: Listener, stop: asyncio.Event, check_seconds: float
) -> None:
    read = _certificate_state(listener)
    while not stop.is_set():
        try:
            async with asyncio.timeout(check_seconds):
                await stop.wait()
        except TimeoutError:
            found = _certificate_state(listener)
            if found != read:
                read = found
                _renew(context, listener)


def _renew(context: ssl.SSLContext, listener: Listener) -> None:
    try:
        _read_certificate(context, listener)
    except ConfigurationError as error:
        _log.error("the new certificate cannot be read; the old one is kept", reason=str(error))
    else:
        _log.info("the certificate was renewed")


def _certificate_state(listener: Listener) -> tuple[int, ...]:
    """Return what changes with the files; zeros while they are away in the middle of a renewal."""
    try:
        return tuple(path.stat().st_mtime_ns for path in (listener.certificate, listener.key))
    except OSError:
        return (0, 0)


def _read_certificate(context: ssl.SSLContext, listener: Listener) -> ssl.SSLContext:
    try:
        context.load_cert_chain(listener.certificate, listener.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"certificate {listener.certificate}: {error.strerror or error}") from error
    return context
