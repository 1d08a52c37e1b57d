"""What `bench/proxy.py` compares: nginx, nginx that mirrors, our proxy with a sink behind it, and the whole product.

Each is started alone, in a session of its own, with everything it consists of pinned to the proxy's core.
"""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvloop

from bench.proxy_tools import PROXY_CORE, answers, group_pids, running, wait_for
from endurance.processes import run_proxy_process
from scorer.frames import FrameKind, FrameReader, encode_frame, encode_hello

_NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 100000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream bot {{ server 127.0.0.1:{upstream}; keepalive 1024; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://bot; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host; proxy_buffering off; {mirror}
    }}
    location = /mirror {{
      internal; proxy_pass http://bot$request_uri; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Subject:
    """Something that stands in front of the upstream."""

    port: int
    pids: tuple[int, ...]
    """The processes on the data path: nginx's worker, our proxy."""
    totals: Callable[[], dict[str, int]]
    """The proxy's own counters, read when the subject is idle; empty for nginx."""

    @property
    def pid(self) -> int:
        return self.pids[0]


Start = Callable[[Path, int], contextlib.AbstractContextManager[Subject]]


def free_port() -> int:
    """Return a TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def nginx(folder: Path, upstream: int, *, mirrors: bool = False) -> Iterator[Subject]:
    """Run nginx: `proxy_pass` over kept connections, unbuffered; `mirrors` sends each request twice."""
    program = shutil.which("nginx")
    if program is None:
        raise RuntimeError("nginx is not installed: apt-get install nginx-light")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)  # its worker is another user
    port = free_port()
    mirror = "mirror /mirror;" if mirrors else ""
    text = _NGINX.format(folder=folder, upstream=upstream, port=port, mirror=mirror)
    (folder / "nginx.conf").write_text(text)
    with running([program, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], PROXY_CORE) as process:
        wait_for(lambda: group_pids(process.pid, "worker process"), "nginx")
        yield Subject(port, tuple(group_pids(process.pid, "worker process")), dict)


@contextlib.contextmanager
def nginx_mirror(folder: Path, upstream: int) -> Iterator[Subject]:
    """Run nginx with `mirror`: the nearest thing it has to a copy, of the request alone."""
    with nginx(folder, upstream, mirrors=True) as subject:
        yield subject


@contextlib.contextmanager
def proxy_with_sink(folder: Path, upstream: int) -> Iterator[Subject]:
    """Run our proxy alone; the copies go to a process that acknowledges and forgets them."""
    folder.mkdir(exist_ok=True)
    port, address = free_port(), b"\0endurance-bench-" + os.urandom(8).hex().encode()
    totals = folder / "totals.json"
    options = _options(upstream, address)
    script = [sys.executable, "-m", "bench.proxy_subjects"]
    with (
        (folder / "proxy.log").open("wb") as log,
        running([*script, "sink", address.hex(), str(totals)], PROXY_CORE, stderr=log),
        running([*script, "proxy", options, str(port)], PROXY_CORE, stderr=log) as process,
    ):
        wait_for(totals.exists, "the proxy's first counters")
        yield Subject(port, (process.pid,), lambda: dict(json.loads(totals.read_text())))


@contextlib.contextmanager
def product(folder: Path, upstream: int) -> Iterator[Subject]:
    """Run the whole of `endurance serve`, scoring what passes."""
    folder.mkdir(exist_ok=True)
    port, admin, probe = free_port(), free_port(), free_port()
    words = ["serve", "--upstream", f"http://127.0.0.1:{upstream}", "--data-dir", str(folder / "data")]
    words += ["--port", str(port), "--admin-port", str(admin), "--probe-port", str(probe)]
    with (folder / "serve.log").open("wb") as log:
        arguments = [sys.executable, "-m", "endurance", *words]
        with running(arguments, PROXY_CORE, stdout=log, stderr=log) as process:
            wait_for(lambda: answers(f"http://127.0.0.1:{probe}/ready"), "the proxy")
            wait_for(lambda: answers(f"http://127.0.0.1:{admin}/ready"), "the engine")
            pids = tuple(group_pids(process.pid, "endurance.child", "proxy"))
            yield Subject(port, pids, lambda: _capture_totals(admin))


def _options(upstream: int, address: bytes) -> str:
    """Return the proxy's options by default settings; only here, since the proxy process holds no pydantic."""
    from config.settings import Settings
    from endurance.serve import proxy_options

    return proxy_options(Settings(upstream=f"http://127.0.0.1:{upstream}"), address).to_json()


def _capture_totals(admin: int) -> dict[str, int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    dropped = [line for line in lines if line.startswith("endurance_capture_total{") and '"dropped"' in line]
    return {"capture.dropped": int(float(dropped[0].rpartition(" ")[2])) if dropped else 0}


async def _serve_sink(address: bytes, totals: Path) -> None:
    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader()
        writer.write(encode_hello("bench"))
        while data := await reader.read(1 << 20):
            for kind, sequence, payload in frames.feed(data):
                if kind is FrameKind.BATCH:
                    writer.write(encode_frame(FrameKind.ACK, sequence))
                elif kind is FrameKind.COUNTERS:
                    totals.with_suffix(".new").write_bytes(payload)
                    totals.with_suffix(".new").rename(totals)

    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(address)
    server = await asyncio.start_unix_server(take, sock=sock)
    await server.serve_forever()


def _serve_proxy(options: str, port: int) -> None:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(4096)
    run_proxy_process(options.encode(), [sock], lambda: None)


def main() -> None:
    """Become the sink or the proxy that the first argument names."""
    role, what, *rest = sys.argv[1:]
    if role == "sink":
        uvloop.run(_serve_sink(bytes.fromhex(what), Path(rest[0])))
    else:
        _serve_proxy(what, int(rest[0]))


if __name__ == "__main__":
    main()
