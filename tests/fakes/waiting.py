"""Waiting for what nothing announces, with a bound."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Final

PROMPTLY_SECONDS: Final = 30.0
"""Far above what a busy machine needs: a test that gets here has failed."""
_PAUSE_SECONDS: Final = 0.005
_ASKING_PAUSE_SECONDS: Final = 0.05
"""Between two questions to another process, which has to answer them."""


async def until(condition: Callable[[], object], what: str = "a condition", seconds: float = PROMPTLY_SECONDS) -> None:
    """Return when the condition, which may be a coroutine, holds. Raises TimeoutError naming what was waited for."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer, pause = condition(), _PAUSE_SECONDS
                if inspect.isawaitable(answer):
                    answer, pause = await answer, _ASKING_PAUSE_SECONDS
                if answer:
                    return
                await asyncio.sleep(pause)
    except TimeoutError:
        raise TimeoutError(f"waited {seconds:g} s for: {what}") from None
