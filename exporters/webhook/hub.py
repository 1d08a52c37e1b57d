"""All webhooks of a process: each receiver has a task of its own, so that a slow one keeps nobody waiting.

An `exporters.fanout.Exporter`: a save wakes the receivers, which read the record. Somebody must run `run()`.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Final

from config.errors import NotFoundError, UnavailableError
from config.logging import get_logger
from exporters.store.base import Store
from exporters.webhook.endpoint import Endpoint
from exporters.webhook.ledger import EndpointState, Ledger
from scorer.model import Evaluation

BACK_OFF_SECONDS: Final = 5.0
"""Pause while the record or the ledger is away."""
TURN_CHECK_SECONDS: Final = 2.0
"""During a round, which may last minutes, the turn is kept so often."""
CLOSE_SECONDS: Final = 1.0
"""At the stop, time to give the turns away."""


class WebhookHub:
    """The receivers. `open` before `run`."""

    name = "webhooks"

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        store: Store,
        ledger: Ledger,
        turn_check_seconds: float = TURN_CHECK_SECONDS,
    ) -> None:
        self._endpoints = {endpoint.settings.id: endpoint for endpoint in endpoints}
        self._store = store
        self._ledger = ledger
        self._turn_check_seconds = turn_check_seconds
        self._is_open = False
        self._begun: set[str] = set()
        """Receivers whose turn has been ours since the last round."""
        self._opening = asyncio.Lock()
        self._log = get_logger("exporters.webhook")

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """The receivers by id, in the order of the settings."""
        return self._endpoints

    async def open(self) -> None:
        """Read how far each receiver was told; later, where the record is away now. Raises ConfigurationError."""
        try:
            await self._ready()
        except UnavailableError as error:
            self._log.warning("webhooks wait for the record", reason=str(error))

    async def close(self) -> None:
        """Let go of the ledger."""
        with contextlib.suppress(UnavailableError, TimeoutError):  # a turn that is not given away ends by itself
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._ledger.close()

    def export(self, evaluation: Evaluation) -> None:
        """A save was committed: read the record soon. The evaluation is not used: what is told comes from there."""
        del evaluation
        for endpoint in self._endpoints.values():
            endpoint.wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Tell until `stop`; deliveries that are under way then are made again after the next start."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._serve(endpoint)) for endpoint in self._endpoints.values()]
            await stop.wait()
            for task in tasks:
                task.cancel()

    async def states(self) -> Mapping[str, EndpointState]:
        """Return where each receiver stands. Raises UnavailableError."""
        await self._ready()
        return await self._ledger.states()

    async def enable(self, endpoint_id: str) -> None:
        """Switch a receiver on again, from the record's end on. Raises NotFoundError, UnavailableError."""
        endpoint = self._endpoints.get(endpoint_id)
        if endpoint is None:
            raise NotFoundError("no such webhook; GET /v1/webhooks lists those there are")
        await self._ready()
        await self._ledger.enable(endpoint_id, await self._store.position())
        endpoint.wake.set()

    async def _ready(self) -> None:
        async with self._opening:
            if not self._is_open:
                await self._ledger.open(list(self._endpoints), await self._store.position())
                self._is_open = True

    async def _serve(self, endpoint: Endpoint) -> None:
        while True:
            endpoint.wake.clear()
            pause = await self._tell(endpoint) if await self._begin(endpoint) else None
            longest = self._ledger.poll_seconds
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(longest if pause is None else min(pause, longest)):
                    await endpoint.wake.wait()

    async def _begin(self, endpoint: Endpoint) -> bool:
        """Say whether the turn is ours; the endpoint is told when it has become so."""
        id_ = endpoint.settings.id
        is_ours = await self._has_turn(id_)
        if not is_ours:
            self._begun.discard(id_)
        elif id_ not in self._begun:
            endpoint.begin()
            self._begun.add(id_)
        return is_ours

    async def _has_turn(self, endpoint_id: str) -> bool:
        try:
            await self._ready()
            return await self._ledger.take_turn(endpoint_id)
        except UnavailableError as error:
            self._log.debug("a webhook waits for its turn", webhook=endpoint_id, error=str(error))
        except Exception as error:  # noqa: BLE001 - the boundary of one exporter: logged, tried again, nothing lost
            self._log.error("a webhook cannot take its turn", webhook=endpoint_id, error=type(error).__name__)
        return False

    async def _tell(self, endpoint: Endpoint) -> float | None:
        """Do a round while the turn is ours; one that is lost in the middle is another's to do again."""
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(self._round(endpoint))
            losing = group.create_task(self._lose_turn(endpoint))
            await asyncio.wait((telling, losing), return_when=asyncio.FIRST_COMPLETED)
            telling.cancel()
            losing.cancel()
        if telling.cancelled():
            self._begun.discard(endpoint.settings.id)  # what it had in hand is looked for anew
            return 0.0
        return telling.result()

    async def _lose_turn(self, endpoint: Endpoint) -> None:
        """Keep the turn; return when it is not ours any more, or nobody can say."""
        while True:
            await asyncio.sleep(self._turn_check_seconds)
            if not await self._has_turn(endpoint.settings.id):
                return

    async def _round(self, endpoint: Endpoint) -> float | None:
        try:
            return await endpoint.round()
        except UnavailableError as error:
            self._log.debug("a webhook waits", webhook=endpoint.settings.id, error=str(error))
        except Exception as error:  # noqa: BLE001 - the boundary of one exporter: logged, tried again, nothing lost
            self._log.error("a webhook fails", webhook=endpoint.settings.id, error=type(error).__name__)
        await asyncio.sleep(BACK_OFF_SECONDS)
        return 0.0
