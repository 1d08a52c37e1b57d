"""A judge of ours in front of a server of theirs, on loopback."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from config.judge import JudgeSettings
from scorer.claims.question import Question
from scorer.judges.chat_client import ChatClient
from scorer.judges.chat_judge import ChatJudge
from scorer.protocols import JudgeOutcome
from tests.fakes.clock import ManualClock
from tests.fakes.judge_server import JudgeServer, Model, running_judge


@dataclass
class Counted:
    """A `JudgeObserver` that remembers."""

    requests: int = 0
    questions: Counter[JudgeOutcome] = field(default_factory=Counter)

    def count_judge_request(self) -> None:
        self.requests += 1

    def count_judge_question(self, outcome: JudgeOutcome) -> None:
        self.questions[outcome] += 1


@dataclass
class Bench:
    """All that a test looks at."""

    server: JudgeServer
    judge: ChatJudge
    counted: Counted
    clock: ManualClock
    pauses: list[float]


def question(claim: str = "The fee is Rs 10.", key: str | None = None) -> Question:
    return Question(key=key or claim, claim=claim, query="What is the fee?", passages=("A fee of ten rupees is due.",))


@asynccontextmanager
async def judging(model: Model | None = None, key: str | None = None, **settings: Any) -> AsyncIterator[Bench]:
    """Run a server with that model and a judge that asks it; pauses take no time and are remembered."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with running_judge(model) as server, aiohttp.ClientSession() as session:
        whole = JudgeSettings(**({"url": server.url, "model": "small"} | settings))
        counted, clock = Counted(), ManualClock()
        client = ChatClient(whole, key, session, clock=lambda: 1_800_000_000.0)
        judge = ChatJudge(whole, client, counted, clock=clock, sleep=pause, rng=random.Random(1))
        yield Bench(server, judge, counted, clock, pauses)
