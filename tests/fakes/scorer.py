"""A scoring pool without processes."""

import asyncio
from collections.abc import Sequence

from scorer.model import Evaluation, Unscored
from scorer.protocols import Job
from tests.fakes.evaluations import make_evaluation

Answer = Evaluation | Unscored | Exception


class FakeScorer:
    """Scores each job as told by `answers` (the last one repeats), else with an evaluation under its id."""

    def __init__(self, processes: int = 2) -> None:
        self.processes = processes
        self.calls: list[tuple[str, bool]] = []
        self.answers: dict[str, list[Answer]] = {}
        self._free = asyncio.Event()
        self._free.set()

    def hold(self) -> None:
        self._free.clear()

    def let_go(self) -> None:
        self._free.set()

    def answer(self, id_: str, answers: Sequence[Answer]) -> None:
        self.answers[id_] = list(answers)

    async def score(self, job: Job, *, urgent: bool = False) -> Evaluation | Unscored:
        self.calls.append((job.id, urgent))
        await self._free.wait()
        answers = self.answers.get(job.id)
        if not answers:
            return make_evaluation(session_id=job.id, submission_id=job.id)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer
