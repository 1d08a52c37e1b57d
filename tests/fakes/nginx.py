"""nginx as a plain gateway, to check that what the suite asks of our proxy is what a good proxy does."""

import asyncio
import contextlib
import getpass
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from tests.fakes.ports import free_port
from tests.fakes.raw_client import WAIT_SECONDS

_CONFIGURATION = """
{user} daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  large_client_header_buffers 4 64k; client_max_body_size 0;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host; proxy_buffering off; proxy_request_buffering off;
      proxy_buffer_size 64k; proxy_buffers 4 64k;
    }}
  }}
}}
"""


@contextlib.asynccontextmanager
async def running_nginx(folder: Path, upstream_port: int) -> AsyncIterator[int]:
    """Run it in front of an upstream; yields its port."""
    program = shutil.which("nginx")
    assert program is not None, "the marker nginx skips these tests where it is missing"
    port = free_port()
    user = "user root;" if getpass.getuser() == "root" else ""
    path = folder / "nginx.conf"
    path.write_text(_CONFIGURATION.format(user=user, folder=folder, port=port, upstream=upstream_port))
    process = await asyncio.create_subprocess_exec(program, "-c", str(path), "-e", str(folder / "error.log"))
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while not await _accepts(port):
                await asyncio.sleep(0.02)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
