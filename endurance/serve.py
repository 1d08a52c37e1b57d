"""`endurance serve`, and its roles apart: settings in, supervised processes out."""

import asyncio
import contextlib
import ipaddress
import pickle
import socket
from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

from config.api import load_named_keys
from config.errors import ConfigurationError
from config.logging import configure_logging, get_logger
from config.settings import Settings
from endurance.app import check_bus, store_kind
from endurance.supervisor import STOP_SECONDS, Role, Sockets, bind_engine_socket, bind_port, locked_data_dir, supervise
from endurance.version import VERSION
from proxy.options import ProxyOptions

_log = get_logger("endurance.serve")


class Part(StrEnum):
    """What one start runs: everything, or one role of an installation that spans machines."""

    ALL = "serve"
    PROXY = "proxy"
    """The data path, the spool and what forwards from it."""
    WORKER = "worker"
    API = "api"

    @property
    def has_traffic(self) -> bool:
        """Whether it opens the traffic port, where there is an upstream."""
        return self in (Part.ALL, Part.PROXY)


def serve(settings: Settings, part: Part = Part.ALL) -> int:
    """Run until SIGTERM or SIGINT; return the exit code. Raises ConfigurationError when it cannot start."""
    configure_logging("supervisor", settings.log.level, settings.log.format)
    _check(settings)
    _check_part(settings, part)
    with locked_data_dir(settings.data_dir), _bound(settings, part) as sockets:
        return asyncio.run(supervise(_roles(settings, sockets, part), lambda: _announce(settings, part)))


def _check_part(settings: Settings, part: Part) -> None:
    if settings.queue is not None:
        check_bus()
    if part is Part.ALL:
        return
    if settings.queue is None:
        raise ConfigurationError(f"queue: `endurance {part}` shares its work over NATS; expected nats://HOST:PORT")
    if part is Part.PROXY and settings.upstream is None:
        raise ConfigurationError("upstream: expected the chatbot's URL: without it `endurance proxy` has nothing to do")
    if part is Part.PROXY and settings.admin_prefix is not None:
        raise ConfigurationError("admin_prefix: `endurance proxy` has no API to show there; `endurance api` has")
    if part is not Part.PROXY and store_kind(settings) == "sqlite":
        raise ConfigurationError(
            f"store: `endurance {part}` shares its record with others; expected mongodb://…, since a SQLite "
            "file is one process's"
        )


def _check(settings: Settings) -> None:
    if settings.admin_prefix is not None and settings.upstream is None:
        raise ConfigurationError("admin_prefix: needs an upstream; the admin port itself is open without one")
    if settings.probe_port is not None and settings.upstream is None:
        raise ConfigurationError("probe_port: needs an upstream; without one ask /ready on the admin port")
    load_named_keys(settings.api)
    if settings.api.is_guarded or settings.api.auth == "off":
        return
    ask = "is reachable from other machines; set api.keys, or say api.auth: off"
    if not _is_loopback(settings.admin_host):
        raise ConfigurationError(f"admin_host: {settings.admin_host} {ask}")
    if settings.admin_prefix is not None and not _is_loopback(settings.host):
        raise ConfigurationError(f"admin_prefix: under it the admin port {ask}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextlib.contextmanager
def _bound(settings: Settings, part: Part) -> Iterator[Sockets]:
    with contextlib.ExitStack() as bound:

        def bind(host: str, port: int, name: str) -> socket.socket:
            return bound.enter_context(contextlib.closing(bind_port(host, port, name)))

        has_traffic = part.has_traffic and settings.upstream is not None
        yield Sockets(
            traffic=bind(settings.host, settings.port, "port") if has_traffic else None,
            admin=bind(settings.admin_host, settings.admin_port, "admin_port"),
            probe=bind(settings.host, settings.probe_port, "probe_port")
            if has_traffic and settings.probe_port
            else None,
            engine=bound.enter_context(contextlib.closing(bind_engine_socket())),
        )


def _roles(settings: Settings, sockets: Sockets, part: Part) -> tuple[Role, ...]:
    bootstrap = pickle.dumps(settings)
    match part:
        case Part.WORKER | Part.API:
            return (Role(part.value, bootstrap, (sockets.admin,), STOP_SECONDS),)
        case Part.PROXY:
            drain_seconds = settings.jetstream.drain_seconds
            engine = Role("spooler", bootstrap, (sockets.engine, sockets.admin), drain_seconds + STOP_SECONDS)
        case Part.ALL:
            engine = Role("engine", bootstrap, (sockets.engine, sockets.admin), STOP_SECONDS)
        case _:
            assert_never(part)
    if sockets.traffic is None:
        return (engine,)
    listeners = tuple(listener for listener in (sockets.traffic, sockets.probe) if listener is not None)
    bootstrap = proxy_options(settings, sockets.engine.getsockname()).to_json().encode()
    proxy = Role("proxy", bootstrap, listeners, settings.proxy.grace_seconds + STOP_SECONDS)
    return (proxy, engine)


def proxy_options(settings: Settings, engine_address: bytes) -> ProxyOptions:
    """Return what the proxy process is started with."""
    return ProxyOptions(
        upstream=settings.upstream,
        admin_prefix=settings.admin_prefix,
        admin_host=settings.admin_host,
        admin_port=settings.admin_port,
        trusted_peers=settings.trusted_peers,
        capture_limit_bytes=settings.capture.limit_bytes,
        capture_sample_ratio=settings.capture.sample_ratio,
        conversation_header=settings.capture.conversation_header,
        capture_methods=settings.capture.methods,
        capture_paths=settings.capture.paths,
        capture_excluded_paths=settings.capture.excluded_paths,
        capture_content_types=settings.capture.content_types,
        build=VERSION,
        engine_address=engine_address.hex(),
        log_level=settings.log.level,
        log_format=settings.log.format,
        **settings.proxy.model_dump(),
    )


def _announce(settings: Settings, part: Part) -> None:
    admin = f"http://{settings.admin_host}:{settings.admin_port}"
    traffic = f"http://{settings.host}:{settings.port}" if settings.upstream and part.has_traffic else None
    _log.info("ready", role=part.value, version=VERSION, traffic=traffic, upstream=settings.upstream, admin=admin)
