"""Waiting for what nothing announces, with a bound."""

import asyncio
from collections.abc import Callable

PROMPTLY_SECONDS = 30.0
"""Far above what a busy machine needs: a test that gets here has failed."""


async def until(condition: Callable[[], bool], seconds: float = PROMPTLY_SECONDS) -> None:
    """Return when the condition holds. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
