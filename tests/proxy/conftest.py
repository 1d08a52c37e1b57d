"""The proxy under test: on uvloop, as it runs, on real loopback sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
import uvloop

from config.settings import ProxySettings
from proxy.options import ProxyOptions
from proxy.server import run_proxy
from tests.fakes.engine import FakeEngine
from tests.fakes.raw_client import WAIT_SECONDS, RawClient
from tests.fakes.upstream import FakeUpstream, Script

DEFAULTS = ProxyOptions(
    upstream=None,
    admin_prefix=None,
    admin_host="127.0.0.1",
    admin_port=1,
    trusted_peers=(),
    capture_limit_bytes=256 * 1024,
    build="test",
    engine_address="",
    **{**ProxySettings().model_dump(), "grace_seconds": 5.0},
)


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


def bound_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    sock.listen(4096)
    return sock


@dataclass
class RunningProxy:
    """A proxy that serves."""

    port: int
    probe_port: int
    task: asyncio.Task[None]
    asked_to_stop: asyncio.Event

    def client(self) -> RawClient:
        return RawClient(self.port)

    async def stop(self) -> None:
        self.asked_to_stop.set()
        await asyncio.wait_for(self.task, WAIT_SECONDS)


class House:
    """Starts what a test needs, and takes it down in reverse order."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def upstream(self, script: Script, **options: Any) -> FakeUpstream:
        return await self._stack.enter_async_context(FakeUpstream(script, **options))

    async def engine(self, address: bytes | None = None, **options: Any) -> FakeEngine:
        return await self._stack.enter_async_context(FakeEngine(address, **options))

    async def client(self, proxy: RunningProxy) -> RawClient:
        return await self._stack.enter_async_context(proxy.client())

    async def proxy(
        self, upstream: FakeUpstream | str | None, *, engine: FakeEngine | None = None, **changes: Any
    ) -> RunningProxy:
        url = upstream.url if isinstance(upstream, FakeUpstream) else upstream
        if "engine_address" not in changes:
            engine = engine or await self.engine()
            changes["engine_address"] = engine.address.hex()
        options = replace(DEFAULTS, upstream=url, **changes)
        traffic, probe, stop = bound_socket(), bound_socket(), asyncio.Event()
        ports = traffic.getsockname()[1], probe.getsockname()[1]
        task = asyncio.create_task(run_proxy(options, traffic, probe, stop))
        running = RunningProxy(*ports, task, stop)
        self._stack.push_async_callback(running.stop)
        return running


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield House(stack)
