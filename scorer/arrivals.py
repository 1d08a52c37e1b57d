"""Where copies wait: segments of connections that left HTTP in a queue of their own, all else to be scored.

A full queue of segments holds up nobody: they are dropped and counted, and the gap tells whoever reads the connection.
"""

from collections.abc import Sequence

from config.errors import QueueFullError
from config.logging import get_logger
from scorer.model import CaptureOutcome
from scorer.protocols import Job, JobTaker, Observer
from scorer.wire import is_segment

_logger = get_logger("scorer.arrivals")


class Arrivals:
    """Implements `scorer.protocols.JobTaker`."""

    def __init__(self, queue: JobTaker, segments: JobTaker, observer: Observer) -> None:
        self._queue = queue
        self._segments = segments
        self._observer = observer

    async def put(self, jobs: Sequence[Job]) -> None:
        """Make the jobs durable. Raises what the queues raise; the same put again is harmless."""
        segments = [job for job in jobs if is_segment(job.payload)]
        others = [job for job in jobs if not is_segment(job.payload)] if segments else jobs
        if others:
            await self._queue.put(others)
        if segments:
            await self._put_segments(segments)

    async def _put_segments(self, segments: list[Job]) -> None:
        try:
            await self._segments.put(segments)
        except QueueFullError as error:
            for _ in segments:
                self._observer.count_capture(CaptureOutcome.DROPPED)
            _logger.warning("segments of connections were dropped", reason=str(error), count=len(segments))
