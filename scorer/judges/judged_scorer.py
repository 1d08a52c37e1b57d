"""Scores a job with a judge's help: what is open after the local engines goes to the judge, then the job is scored.

The scoring processes are pure and reach no network; so they say what is open, the judge is asked here, in the engine,
and the job goes back to them with the rulings. Redaction happens in that second pass, after the verdicts are final.
"""

from dataclasses import replace

from scorer.claims.question import Questions
from scorer.model import Evaluation, Unscored
from scorer.protocols import AskingScorer, Job, Judge


class JudgedScorer:
    """Implements `scorer.protocols.Scorer`."""

    def __init__(self, scorer: AskingScorer, judge: Judge) -> None:
        self.processes = scorer.processes
        self._scorer = scorer
        self._judge = judge

    async def score(self, job: Job, *, urgent: bool = False) -> Evaluation | Unscored:
        """Score, with the judge's time where claims are open. Raises as the scorer does, and never for the judge."""
        result = await self._scorer.ask(job, urgent=urgent)
        if not isinstance(result, Questions):
            return result
        rulings = await self._judge.rule(result.questions)
        # It has waited for its turn once.
        return await self._scorer.score(replace(job, rulings=rulings), urgent=True)
