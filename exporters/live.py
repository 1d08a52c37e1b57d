"""Tells every replica on the bus that something was saved, so that their feeds look at the record at once.

The word carries nothing: order and content come from the record, where each replica reads on from its own position.
One that is lost (nobody is promised it) costs a feed its next poll, a second.
"""

import asyncio
from typing import Final, Protocol

from config.errors import UnavailableError
from scorer.model import Evaluation

GAP_SECONDS: Final = 0.05
"""Shortest time between two words: a feed reads all that came meanwhile in one go."""


class Speaker(Protocol):
    """Who carries the word."""

    async def publish(self, subject: str, payload: bytes = b"") -> None:
        """Send it; raises UnavailableError."""


class LiveEvents:
    """An `exporters.fanout.Exporter`; somebody must run `run()`."""

    name = "live"

    def __init__(self, speaker: Speaker, subject: str) -> None:
        self._speaker = speaker
        self._subject = subject
        self._wake = asyncio.Event()

    def export(self, evaluation: Evaluation) -> None:
        """A save was committed here."""
        self._wake.set()

    async def run(self) -> None:
        """Speak until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._speaker.publish(self._subject)
            except UnavailableError:
                # The bus says itself that it is away; feeds poll.
                await asyncio.sleep(1.0)
            await asyncio.sleep(GAP_SECONDS)
