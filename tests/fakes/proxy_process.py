"""The proxy as a process of its own, to see what memory it takes."""

import asyncio
import contextlib
import os
import re
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from proxy.options import ProxyOptions
from tests.fakes.raw_client import WAIT_SECONDS


@dataclass(frozen=True)
class ProxyProcess:
    """One that serves."""

    pid: int
    port: int

    def memory_bytes(self, *, peak: bool = False) -> int:
        """Return the resident set, now or the largest so far."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", text)
        assert found is not None
        return int(found[1]) * 1024


@contextlib.asynccontextmanager
async def running_proxy_process(options: ProxyOptions) -> AsyncIterator[ProxyProcess]:
    """Start it as the supervisor does; killed at the end."""
    ready_read, ready_write = os.pipe()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        words = ["endurance.child", "proxy", str(os.getpid()), str(ready_write), str(listener.fileno())]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *words,
            stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, pass_fds=(ready_write, listener.fileno()),
        )  # fmt: skip
        os.close(ready_write)
        try:
            assert process.stdin is not None
            process.stdin.write(options.to_json().encode())
            process.stdin.write_eof()
            ready = asyncio.get_running_loop().run_in_executor(None, os.read, ready_read, 1)
            assert await asyncio.wait_for(ready, WAIT_SECONDS) == b"1", "the proxy did not start"
            yield ProxyProcess(process.pid, listener.getsockname()[1])
        finally:
            os.close(ready_read)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            process.stdin.close()
