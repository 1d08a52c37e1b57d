"""What a client of NATS cannot see: whether a server has a write on disk before it acknowledges it.

Asked of the servers' monitoring ports where they are set (`jetstream.monitoring_urls`), at start and by `doctor`. What
is found is told and ends nothing: without `sync_interval: always` no death of a process loses a job, only the loss of
power of a majority of the servers at once may.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import aiohttp
import orjson

from config.logging import get_logger

ASK_SECONDS: Final = 3.0
_logger = get_logger("scorer.queue.jetstream")


def read_sync(state: Any) -> str | None:
    """Return what is wrong with a server by its `/varz`; None when it writes before it acknowledges."""
    jetstream = state.get("jetstream") if isinstance(state, dict) else None
    config = jetstream.get("config") if isinstance(jetstream, dict) else None
    if not isinstance(config, dict):
        return "does not run JetStream"
    if config.get("sync_always") is True:
        return None
    seconds = config.get("sync_interval")
    each = f"each {seconds / 1e9:g} s" if isinstance(seconds, int) else "now and then"
    return f"writes to disk {each} only; set `jetstream {{ sync_interval: always }}`"


async def look_at_disks(urls: Sequence[str], ask_seconds: float = ASK_SECONDS) -> list[str]:
    """Return a line for each server that does not write first, or gives no answer; asks all at once."""
    if not urls:
        return []
    timeout = aiohttp.ClientTimeout(total=ask_seconds)
    async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
        faults = await asyncio.gather(*(_ask(session, url) for url in urls))
    return [f"the NATS server at {url} {fault}" for url, fault in zip(urls, faults, strict=True) if fault is not None]


async def warn_of_disks(urls: Sequence[str]) -> None:
    """Log what `look_at_disks` finds."""
    for line in await look_at_disks(urls):
        _logger.warning(line)


async def _ask(session: aiohttp.ClientSession, url: str) -> str | None:
    try:
        async with session.get(f"{url}/varz", allow_redirects=False) as answer:
            return read_sync(orjson.loads(await answer.read()))
    except TimeoutError:
        return "gives no answer to /varz in time"
    except (aiohttp.ClientError, OSError, orjson.JSONDecodeError) as error:
        return f"gives no answer to /varz that can be read: {type(error).__name__}"
