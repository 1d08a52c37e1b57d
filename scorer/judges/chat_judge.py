"""A judge behind an OpenAI-compatible API: asked one claim at a time, within a budget, a time, and a patience.

A judge is a help, never a need: whatever goes wrong ends in a ruling that says so, and the local verdict stands. After
a few failures in a row it is left alone for a while, so that exchanges do not wait for a service that is down.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from config.judge import JudgeSettings
from config.logging import get_logger
from scorer.back_off import BackOff
from scorer.claims.question import Question, Ruling, RulingKind
from scorer.judges.budget import Budget
from scorer.judges.cache import RulingCache
from scorer.judges.chat_client import ChatClient, JudgeError
from scorer.judges.prompt import MalformedReplyError, build_messages, read_completion
from scorer.protocols import JudgeObserver, JudgeOutcome

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 8.0
FAILURES_IN_A_ROW: Final = 3
"""After so many questions without an answer the judge is left alone."""
REST_SECONDS: Final = 30.0
"""For how long, unless it asked for longer."""


class ChatJudge:
    """Implements `scorer.protocols.Judge`."""

    def __init__(
        self,
        settings: JudgeSettings,
        client: ChatClient,
        observer: JudgeObserver,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        rng: random.Random | None = None,
        new_mark: Callable[[], str] = lambda: secrets.token_hex(12),
    ) -> None:
        self._settings = settings
        self._client = client
        self._observer = observer
        self._clock = clock
        self._sleep = sleep
        self._rng = rng or random.Random()
        self._new_mark = new_mark
        self._name = settings.model or ""
        self._budget = Budget(settings.budget_per_minute, settings.budget_per_day)
        self._cache = RulingCache(settings.cache_entries)
        self._slots = asyncio.Semaphore(settings.concurrent_requests)
        self._failures = 0
        self._resting_until = 0.0
        self._logger = get_logger("scorer.judges")

    async def rule(self, questions: Sequence[Question]) -> tuple[Ruling, ...]:
        """Return one ruling per question, same order, in bounded time; a failure is a ruling that says so."""
        deadline = asyncio.get_running_loop().time() + self._settings.total_timeout_seconds
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._rule(question, deadline)) for question in questions]
        return tuple(task.result() for task in tasks)

    async def _rule(self, question: Question, deadline: float) -> Ruling:
        kept = self._cache.get(question.key)
        if kept is not None:
            self._observer.count_judge_question(JudgeOutcome.CACHED)
            return kept
        try:
            async with asyncio.timeout_at(deadline):
                ruling = await self._ask_patiently(question)
        except TimeoutError:
            reason = f"no ruling within {self._settings.total_timeout_seconds:g} s"
            return self._failed(question, JudgeError(JudgeOutcome.TIMEOUT, reason))
        except JudgeError as error:
            return self._failed(question, error)
        self._succeeded(ruling)
        return ruling

    async def _ask_patiently(self, question: Question) -> Ruling:
        """Ask until there is an answer or no attempt is left. Raises JudgeError."""
        back_off = BackOff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, self._rng)
        for attempt in range(1, self._settings.attempts + 1):
            try:
                return await self._ask_once(question)
            except JudgeError as error:
                asked = error.retry_after_seconds
                # Waiting beyond the time for the whole answer would be in vain.
                is_over = attempt == self._settings.attempts or (asked or 0.0) >= self._settings.total_timeout_seconds
                if not error.is_passing or is_over:
                    raise
                await self._sleep(max(asked or 0.0, back_off.next_seconds()))
        raise AssertionError("settings allow at least one attempt")

    async def _ask_once(self, question: Question) -> Ruling:
        async with self._slots:
            now = self._clock()
            if now < self._resting_until:
                raise JudgeError(JudgeOutcome.RESTING, "it failed before and is left alone for a while")
            if not self._budget.take(now):
                raise JudgeError(JudgeOutcome.OVER_BUDGET, "its budget is spent")
            self._observer.count_judge_request()
            canary = self._new_mark()
            body = await self._client.complete(build_messages(question, self._new_mark(), canary))
        try:
            return read_completion(body, question, canary, self._name)
        except MalformedReplyError as error:
            raise JudgeError(JudgeOutcome.MALFORMED, str(error)) from error

    def _succeeded(self, ruling: Ruling) -> None:
        if self._failures >= FAILURES_IN_A_ROW:
            self._logger.info("the judge answers again", model=self._name)
        self._failures = 0
        self._cache.put(ruling)
        self._observer.count_judge_question(JudgeOutcome(ruling.kind.value))

    def _failed(self, question: Question, error: JudgeError) -> Ruling:
        self._observer.count_judge_question(error.outcome)
        if error.outcome not in (JudgeOutcome.OVER_BUDGET, JudgeOutcome.RESTING, JudgeOutcome.MALFORMED):
            self._failures += 1
            rest = max(REST_SECONDS, error.retry_after_seconds or 0.0)
            if self._failures >= FAILURES_IN_A_ROW or error.retry_after_seconds is not None:
                self._resting_until = self._clock() + rest
            if self._failures == FAILURES_IN_A_ROW:
                self._logger.warning("the judge fails and is left alone for a while", reason=error.reason)
        return Ruling(key=question.key, kind=RulingKind.FAILED, explanation=error.reason, judge=self._name)
