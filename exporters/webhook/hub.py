"""All webhooks of an engine: each receiver has a task of its own, so that a slow one keeps nobody waiting.

An `exporters.fanout.Exporter`: a save wakes the receivers, which read the record. Somebody must run `run()`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from config.errors import NotFoundError, UnavailableError
from config.logging import get_logger
from exporters.store.base import Store
from exporters.webhook.endpoint import Endpoint
from exporters.webhook.ledger import EndpointState, Ledger
from exporters.webhook.states import StateWatch
from scorer.model import Evaluation

POLL_SECONDS: Final = 30.0
"""Longest sleep of a receiver's task: bounds what a wake-up that went missing costs."""
BACK_OFF_SECONDS: Final = 5.0
"""Pause while the record or the ledger is away."""
WATCH_SECONDS: Final = 10.0
"""Pause between two looks at the services that have new sessions: a look reads up to 500 rows of each."""


class WebhookHub:
    """The receivers. `open` before `run`."""

    name = "webhooks"

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        store: Store,
        ledger: Ledger,
        watch: StateWatch,
        watch_seconds: float = WATCH_SECONDS,
    ) -> None:
        self._endpoints = {endpoint.settings.id: endpoint for endpoint in endpoints}
        self._store = store
        self._ledger = ledger
        self._watch = watch
        self._watch_seconds = watch_seconds
        self._log = get_logger("exporters.webhook")

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """The receivers by id, in the order of the settings."""
        return self._endpoints

    async def open(self) -> None:
        """Read how far each receiver was told. Raises ConfigurationError, StoreUnavailableError."""
        await self._ledger.open(list(self._endpoints), await self._end())

    async def close(self) -> None:
        """Let go of the ledger."""
        await self._ledger.close()

    def export(self, evaluation: Evaluation) -> None:
        """A save was committed: read the record soon. Of the evaluation only its service is used."""
        self._watch.note(evaluation.service_id)
        self._wake(self._endpoints)

    async def run(self, stop: asyncio.Event) -> None:
        """Tell until `stop`; deliveries that are under way then are made again after the next start."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._serve(endpoint)) for endpoint in self._endpoints.values()]
            if self._watch.is_needed:
                tasks.append(group.create_task(self._watch_services()))
            await stop.wait()
            for task in tasks:
                task.cancel()

    async def states(self) -> Mapping[str, EndpointState]:
        """Return where each receiver stands. Raises UnavailableError."""
        return await self._ledger.states()

    async def enable(self, endpoint_id: str) -> None:
        """Switch a receiver on again, from the record's end on. Raises NotFoundError, UnavailableError."""
        endpoint = self._endpoints.get(endpoint_id)
        if endpoint is None:
            raise NotFoundError("no such webhook; GET /v1/webhooks lists those there are")
        await self._ledger.enable(endpoint_id, await self._end())
        endpoint.wake.set()

    async def _end(self) -> int:
        return (await self._store.position()).through.get(self._store.writer, 0)

    def _wake(self, ids: Sequence[str] | Mapping[str, Endpoint]) -> None:
        for id_ in ids:
            self._endpoints[id_].wake.set()

    async def _serve(self, endpoint: Endpoint) -> None:
        while True:
            endpoint.wake.clear()
            pause = await self._round(endpoint)
            try:
                async with asyncio.timeout(POLL_SECONDS if pause is None else min(pause, POLL_SECONDS)):
                    await endpoint.wake.wait()
            except TimeoutError:
                continue

    async def _round(self, endpoint: Endpoint) -> float | None:
        try:
            return await endpoint.round()
        except UnavailableError as error:
            self._log.debug("a webhook waits", webhook=endpoint.settings.id, error=str(error))
        except Exception as error:  # noqa: BLE001 - the boundary of one exporter: logged, tried again, nothing lost
            self._log.error("a webhook fails", webhook=endpoint.settings.id, error=type(error).__name__)
        await asyncio.sleep(BACK_OFF_SECONDS)
        return 0.0

    async def _watch_services(self) -> None:
        is_first = True
        while True:
            try:
                if is_first:
                    await self._watch.note_all()
                    is_first = False
                self._wake(await self._watch.look())
            except UnavailableError as error:
                self._log.debug("the services' states wait", error=str(error))
            except Exception as error:  # noqa: BLE001 - the boundary of one exporter: logged, tried again
                self._log.error("the services' states cannot be told", error=type(error).__name__)
            await asyncio.sleep(self._watch_seconds)
