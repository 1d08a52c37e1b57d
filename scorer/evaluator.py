"""Scores what clients push: ahead of the backlog, and to the end even when the client hangs up."""

import asyncio

from pydantic_core import PydanticSerializationError

from config.errors import InvalidInputError, RedactionError, ScoringError
from scorer.model import Evaluation, Exchange
from scorer.protocols import Job, JobKind, Queue, Scorer, Sink
from scorer.tasks import TaskKeeper

FINISH_SECONDS = 1.5
"""At the stop, time for evaluations that are under way; the supervisor allows four seconds for everything."""


class LocalEvaluator:
    """Implements `scorer.protocols.Evaluator` with the pool of this process."""

    def __init__(self, queue: Queue, pool: Scorer, sink: Sink) -> None:
        self._queue = queue
        self._pool = pool
        self._sink = sink
        self._tasks = TaskKeeper("scorer.evaluator")

    async def evaluate(self, exchange: Exchange) -> Evaluation:
        """Score, save, publish; return the evaluation as stored. Finished even if the caller is cancelled.

        Raises InvalidInputError (unknown preset or mode, text that is not Unicode), ScoringError (twice),
        UnavailableError (no process became free), StoreUnavailableError.
        """
        return await asyncio.shield(self._tasks.start(self._evaluate(exchange)))

    async def enqueue(self, exchange: Exchange) -> None:
        """Make the exchange durable in the queue. Raises QueueFullError, InvalidInputError, TooLargeError."""
        await self._queue.put([await job_of(exchange)])

    async def close(self) -> None:
        """Let evaluations that are under way finish for a bounded time, then give them up."""
        await self._tasks.close(FINISH_SECONDS)

    async def _evaluate(self, exchange: Exchange) -> Evaluation:
        evaluation = await self._score(await job_of(exchange))
        saved = await self._sink.save(evaluation)
        if saved.is_new:
            await self._sink.publish(saved)
        return saved.evaluation

    async def _score(self, job: Job) -> Evaluation:
        try:
            result = await self._pool.score(job, urgent=True)
        except RedactionError:
            raise
        except ScoringError:
            # A process that died costs one retry: the fault may have been another job's, or the kernel's.
            result = await self._pool.score(job, urgent=True)
        if not isinstance(result, Evaluation):
            raise ScoringError(f"a pushed exchange was not scored: {result.outcome}")
        return result


async def job_of(exchange: Exchange) -> Job:
    """In a thread: thousands of documents take longer than the event loop may be held."""
    try:
        text = await asyncio.to_thread(exchange.model_dump_json)
    except PydanticSerializationError as error:
        raise InvalidInputError("expected Unicode text, got a lone surrogate") from error
    return Job(exchange.submission_id, JobKind.EVALUATE, text.encode())
