"""From an exchange to its evaluation, in one pass. Pure: no I/O, and time comes in as a clock."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from scorer.aggregate import aggregate
from scorer.claims.question import Questions, Ruling
from scorer.claims.ruling import Asking
from scorer.claims.verify import verify
from scorer.dimensions.base import Context, Dimension
from scorer.flags import raise_flags
from scorer.model import Evaluation, Exchange, Signal
from scorer.policy import UNSTORED_METADATA, Policy, PolicyBook
from scorer.protocols import ClaimEngine, ClaimReport
from scorer.rules.schema import RulePack
from scorer.text.findings import Findings
from scorer.text.reading import Reading


class Pipeline:
    """Scores exchanges; holds no state between them."""

    def __init__(
        self,
        book: PolicyBook,
        claims: ClaimEngine,
        dimensions: Sequence[Dimension],
        clock: Callable[[], datetime],
        scorer_version: str,
        packs: Mapping[str, Sequence[RulePack]],
        asking: Asking | None = None,
    ) -> None:
        """`packs` holds the rule packs of every compliance mode, as `load_rulepacks` returns them.

        `asking` says what a judge is asked; without it nothing is.
        """
        self._book = book
        self._claims = claims
        self._dimensions = tuple(dimensions)
        self._clock = clock
        self._version = scorer_version
        self._packs = packs
        self._asking = asking

    def evaluate(self, exchange: Exchange) -> Evaluation:
        """Return the evaluation by the local engines. Raises InvalidInputError for an unknown preset or mode.

        A detector that raises costs its own signal only. Time is linear in the texts.
        """
        policy = self._book.policy_for(exchange)
        return self._assess(exchange, policy, self._claims.check(exchange, exchange.documents or ()))

    def evaluate_judged(self, exchange: Exchange, rulings: Sequence[Ruling] | None) -> Evaluation | Questions:
        """Return the evaluation with a judge's rulings joined in; while they are None, what it is to be asked first.

        Where nothing is open, or no judge is there, the first call returns the evaluation. Raises as `evaluate` does.
        """
        policy = self._book.policy_for(exchange)
        report = self._claims.check(exchange, exchange.documents or ())
        if self._asking is not None and rulings is None:
            questions = self._asking.questions(exchange, report)
            if questions:
                return Questions(questions=questions)
        elif self._asking is not None and rulings:
            report = self._asking.fold(exchange, report, rulings)
        return self._assess(exchange, policy, report)

    def _assess(self, exchange: Exchange, policy: Policy, report: ClaimReport) -> Evaluation:
        response = Reading(exchange.response)
        context = Context(
            exchange=exchange,
            claims=report,
            policy=policy,
            query=Reading(exchange.query),
            response=response,
            findings=Findings(exchange, response),
            packs=self._packs.get(policy.compliance_mode, ()),
        )
        signals = tuple(signal for dimension in self._dimensions for signal in dimension.signals(context))
        return self._evaluation(context, signals)

    def _evaluation(self, context: Context, signals: tuple[Signal, ...]) -> Evaluation:
        exchange, policy = context.exchange, context.policy
        result, verification = aggregate(signals, policy), verify(context.claims)
        flags = raise_flags(result, policy, verification)
        return Evaluation(
            session_id=exchange.session_id,
            submission_id=exchange.submission_id,
            service_id=exchange.service_id,
            conversation_id=exchange.conversation_id,
            end_user=exchange.end_user,
            query=exchange.query,
            response=exchange.response,
            model=exchange.model,
            usage=exchange.usage,
            overall_score=result.overall,
            dimensions=result.dimensions,
            not_assessed=result.not_assessed,
            coverage=result.coverage,
            verification=verification,
            claims=context.claims.claims,
            left_out=context.claims.left_out,
            flagged=bool(flags),
            flag_reasons=tuple(flag.text for flag in flags),
            flag_codes=tuple(flag.code for flag in flags),
            reasoning=result.reasoning,
            signals=signals,
            rag_documents=exchange.documents or (),
            documents_given=exchange.documents is not None,
            metadata={key: value for key, value in exchange.metadata.items() if key not in UNSTORED_METADATA},
            capture=exchange.capture,
            timestamp=exchange.timestamp,
            scored_at=self._clock(),
            scorer_version=self._version,
            compliance_mode=policy.compliance_mode,
            preset=policy.preset,
            custom_weights=exchange.custom_weights,
            language=context.response.language,
        )
