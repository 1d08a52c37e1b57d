"""A model server that speaks every vendor's wire format: the npm package aimock, as a process on loopback.

It is not written by us, so that a misreading of a vendor's reference would have to be made twice to go unseen.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from tests.fakes.ports import free_port
from tests.fakes.product import START_SECONDS, clean_environment
from tests.fakes.waiting import until

NODE_MODULES = Path(sys.prefix) / "clients" / "node_modules"
"""Where `make test-all` installs `tests/clients/package.json`."""
CHUNK_CHARACTERS = 7
"""Streamed answers come in pieces of this length: characters of several bytes among them."""


@contextlib.asynccontextmanager
async def running_model_server(answers: Path, log_path: Path) -> AsyncIterator[str]:
    """Run it with the fixtures of the file; yields its URL. What no fixture answers is an error of the server."""
    program = NODE_MODULES / "@copilotkit" / "aimock" / "dist" / "cli.js"
    assert program.exists(), f"{program} is missing: make test-all installs it"
    port = free_port()
    flags = ("--port", str(port), "--fixtures", str(answers), "--chunk-size", str(CHUNK_CHARACTERS), "--strict")
    with log_path.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            "node", str(program), *flags, stdout=log, stderr=log, env=clean_environment()
        )
    url = f"http://127.0.0.1:{port}"
    try:
        await _wait_answering(url, process, log_path)
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _wait_answering(url: str, process: asyncio.subprocess.Process, log_path: Path) -> None:
    async with httpx.AsyncClient() as client:

        async def answers() -> bool:
            assert process.returncode is None, log_path.read_text()
            with contextlib.suppress(httpx.TransportError):
                await client.get(url, timeout=2)
                return True
            return False

        await until(answers, "the model server", START_SECONDS)
