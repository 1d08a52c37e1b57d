"""Scoring again what is stored: the exchange behind an evaluation, and what moved when it was judged anew. Pure.

Only what is stored can be judged again: the earlier turns of a conversation, the reasoning trace, the system prompt and
the canary are not, so that signals which read those are not assessed the second time.
"""

import uuid
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from scorer.model import DimensionName, Document, Evaluation, Exchange, Value, Verdict

OVERALL = "overall"
_SUBMISSIONS = uuid.UUID("5b0c1f6e-3c7a-4b52-9d57-7a8f0a3f1a10")
"""Namespace of the submissions that a run makes (RFC 9562, section 5.5)."""


def submission_of(run_id: str, session_id: str) -> str:
    """Return the submission id of a session in a run: the same one each time, so that a run saves it once."""
    return str(uuid.uuid5(_SUBMISSIONS, f"{run_id}|{session_id}"))


def exchange_again(stored: Evaluation, documents: Sequence[Document] | None, submission_id: str) -> Exchange:
    """Return the stored exchange, with these documents."""
    return Exchange(
        session_id=stored.session_id,
        submission_id=submission_id,
        service_id=stored.service_id,
        query=stored.query,
        response=stored.response,
        documents=None if documents is None else tuple(documents),
        conversation_id=stored.conversation_id,
        end_user=stored.end_user,
        model=stored.model,
        usage=stored.usage,
        metadata=stored.metadata,
        preset=stored.preset,
        compliance_mode=stored.compliance_mode,
        custom_weights=stored.custom_weights,
        capture=stored.capture,
        timestamp=stored.timestamp,
    )


def documents_of(stored: Evaluation) -> tuple[Document, ...] | None:
    """Return the documents as they were given; None when the bot gave no documents field at all."""
    return stored.rag_documents if stored.rag_documents or stored.documents_given else None


class ScoreMove(Value):
    """How one score moved over sessions."""

    before: int = 0
    """Sessions that had it."""
    before_sum: float = 0.0
    after: int = 0
    after_sum: float = 0.0
    raised: int = 0
    """Sessions where it rose; those that had none before, or have none now, count in neither."""
    lowered: int = 0

    @property
    def before_mean(self) -> float | None:
        """Mean of the sessions that had it."""
        return self.before_sum / self.before if self.before else None

    @property
    def after_mean(self) -> float | None:
        """Mean of the sessions that have it now."""
        return self.after_sum / self.after if self.after else None

    def plus(self, old: float | None, new: float | None) -> "ScoreMove":
        """Return it with one more session."""
        are_both = old is not None and new is not None
        return ScoreMove(
            before=self.before + (old is not None),
            before_sum=self.before_sum + (old or 0.0),
            after=self.after + (new is not None),
            after_sum=self.after_sum + (new or 0.0),
            raised=self.raised + (are_both and (new or 0.0) > (old or 0.0)),
            lowered=self.lowered + (are_both and (new or 0.0) < (old or 0.0)),
        )


class CountMove(Value):
    """How many of something there were and are."""

    before: int = 0
    after: int = 0


class FlagMove(Value):
    """In how many sessions a flag was raised or taken back."""

    on: int = 0
    off: int = 0


class Moves(Value):
    """What moved in a run."""

    sessions: Annotated[int, Field(ge=0)] = 0
    scores: dict[str, ScoreMove] = Field(default_factory=dict)
    """`overall` and each dimension."""
    claims: dict[Verdict, CountMove] = Field(default_factory=dict)
    sessions_with_other_verdicts: int = 0
    flagged: FlagMove = FlagMove()
    flags: dict[str, FlagMove] = Field(default_factory=dict)
    """By code."""

    def plus(self, old: Evaluation, new: Evaluation) -> "Moves":
        """Return them with one more session."""
        told = {OVERALL: (old.overall_score, new.overall_score)}
        told |= {name.value: (old.dimensions.get(name), new.dimensions.get(name)) for name in DimensionName}
        counts = {verdict: (_claims(old, verdict), _claims(new, verdict)) for verdict in Verdict}
        flags = dict(self.flags)
        for code in sorted({*old.flag_codes} ^ {*new.flag_codes}):
            flags[code] = _moved(flags.get(code, FlagMove()), code in old.flag_codes, code in new.flag_codes)
        return Moves(
            sessions=self.sessions + 1,
            scores={name: self.scores.get(name, ScoreMove()).plus(*pair) for name, pair in told.items()},
            claims={verdict: self._count(verdict, *pair) for verdict, pair in counts.items()},
            sessions_with_other_verdicts=self.sessions_with_other_verdicts
            + any(before != after for before, after in counts.values()),
            flagged=_moved(self.flagged, old.flagged, new.flagged),
            flags=flags,
        )

    def _count(self, verdict: Verdict, before: int, after: int) -> CountMove:
        known = self.claims.get(verdict, CountMove())
        return CountMove(before=known.before + before, after=known.after + after)


def _claims(evaluation: Evaluation, verdict: Verdict) -> int:
    counts = evaluation.verification
    match verdict:
        case Verdict.VERIFIED:
            return counts.verified_claims
        case Verdict.HALLUCINATED:
            return counts.hallucinated_claims
        case Verdict.UNVERIFIABLE:
            return counts.unverifiable_claims


def _moved(known: FlagMove, was_on: bool, is_on: bool) -> FlagMove:
    return FlagMove(on=known.on + (is_on and not was_on), off=known.off + (was_on and not is_on))
