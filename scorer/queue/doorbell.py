"""How whoever waits for work is woken, within one process."""

import asyncio


class Doorbell:
    """Wakes every waiter at once; a ring that nobody waits for is not kept, so look for work before waiting."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wake whoever waits now."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, timeout_seconds: float) -> None:
        """Return at the next ring, or after the time-out; at once when it is not above 0."""
        if timeout_seconds <= 0:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await asyncio.wait([waiter], timeout=timeout_seconds)
        finally:
            self._waiters.discard(waiter)
