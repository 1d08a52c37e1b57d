"""Frees the stream of jobs that were delivered `max_deliver` times: the servers deliver them no more, and keep them.

The servers say so once, in a message that nobody may be listening to; a stream of its own catches it. A job whose
deliveries were mostly released (a store that was away for a day) is put anew with the attempts it has had; one that
took its workers with it each time becomes a dead letter.
"""

import asyncio
import base64
import random

import orjson
from nats.aio.msg import Msg

from config.errors import UnavailableError
from config.logging import get_logger
from scorer.back_off import BackOff
from scorer.queue import jetstream_job
from scorer.queue.jetstream_bus import ApiError, Bus
from scorer.queue.jetstream_job import Headers
from scorer.queue.jetstream_letters import Letters
from scorer.queue.jetstream_notes import Notes
from scorer.queue.jetstream_pull import Puller
from scorer.queue.jetstream_setup import CONSUMER, Names

GIVE_UP_ATTEMPTS = 10
"""Attempts that count after which a spent job is a dead letter: more than any worker makes that lives to count."""
POLL_SECONDS = 10.0
ACK_WAIT_SECONDS = 30.0
_NOT_FOUND = 404
_logger = get_logger("scorer.queue.jetstream")


class SpentJobs:
    """Reads the servers' word on spent jobs. Any number may run: each word goes to one of them."""

    def __init__(self, bus: Bus, names: Names, notes: Notes, letters: Letters, rng: random.Random) -> None:
        self._bus = bus
        self._names = names
        self._notes = notes
        self._letters = letters
        self._puller = Puller(bus, names.spent_stream, CONSUMER, ACK_WAIT_SECONDS)
        self._back_off = BackOff(1.0, 30.0, rng)

    async def run(self) -> None:
        """Free the stream until cancelled; what cannot be done now is done when the servers say it again."""
        while True:
            try:
                for msg in await self._puller.take(10):
                    await self._free(msg)
                self._back_off.reset()
            except UnavailableError as error:
                _logger.debug("spent jobs wait", reason=str(error))
                await asyncio.sleep(self._back_off.next_seconds())
            await self._puller.wait(POLL_SECONDS)

    async def _free(self, msg: Msg) -> None:
        sequence = int(orjson.loads(msg.data)["stream_seq"])
        deliveries = int(orjson.loads(msg.data)["deliveries"])
        found = await self._find(sequence)
        if found is not None:
            await self._move(sequence, deliveries, *found)
            await self._bus.call(f"STREAM.MSG.DELETE.{self._names.stream}", {"seq": sequence})
        await self._bus.ask(msg.reply, b"+ACK")

    async def _move(self, sequence: int, deliveries: int, headers: Headers, payload: bytes) -> None:
        released = await self._notes.released(sequence)
        attempts = jetstream_job.attempts_before(headers) + max(0, deliveries - released)
        job = jetstream_job.read_job(headers, payload, sequence)
        if attempts >= GIVE_UP_ATTEMPTS:
            put_at = jetstream_job.put_at(headers, 0.0)
            await self._letters.add(job, f"delivered {attempts} times without an end", sequence, put_at)
            _logger.warning("a job that never ended is a dead letter", job=job.id, deliveries=deliveries)
            return
        renewed = jetstream_job.headers_of_renewed(headers, attempts, sequence)
        await self._bus.store(self._names.jobs, payload, renewed)

    async def _find(self, sequence: int) -> tuple[Headers, bytes] | None:
        try:
            answer = await self._bus.call(f"STREAM.MSG.GET.{self._names.stream}", {"seq": sequence})
        except ApiError as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        message = answer["message"]
        lines = base64.b64decode(message.get("hdrs", "")).decode().split("\r\n")
        pairs = (line.partition(":") for line in lines if ":" in line)
        headers = {name.strip(): value.strip() for name, _, value in pairs}
        return headers, base64.b64decode(message.get("data", ""))
