"""What a dimension is: a name, a version, and a pure function from a context to signals.

A dimension is one file with a class of this shape and one line in `scorer/dimensions/registry.py`. It never imports
another dimension. It reads the context and returns every signal it defines, each with a status: a detector that read
the whole answer and found nothing is assessed at 100; an absent occasion is `not_applicable`; a missing input
`not_assessed`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from scorer.model import DimensionName, Evidence, Exchange, Role, Signal, Status, Unit
from scorer.policy import Policy
from scorer.protocols import ClaimReport
from scorer.rules.schema import RulePack
from scorer.text.findings import Findings
from scorer.text.reading import Reading


@dataclass(frozen=True, slots=True)
class Context:
    """All that a dimension may read."""

    exchange: Exchange
    claims: ClaimReport
    policy: Policy
    query: Reading
    """The query's sentences, words and language, computed once."""
    response: Reading
    """The same of the answer."""
    findings: Findings
    """What several dimensions ask of the exchange, found once."""
    packs: Sequence[RulePack] = ()
    """Rule packs of the policy's compliance mode."""


class HasPlace(Protocol):
    """Anything that stands somewhere in a text."""

    @property
    def start(self) -> int:
        """First character."""

    @property
    def end(self) -> int:
        """After the last character."""


class Dimension(Protocol):
    """One of the nine."""

    name: DimensionName
    version: str
    """Raised when its scores move."""

    def signals(self, context: Context) -> tuple[Signal, ...]:
        """Return every signal of this dimension, each with its status and reason."""


@dataclass(frozen=True, slots=True)
class SignalKind:
    """What is the same of a signal at every exchange; makes its `Signal` values."""

    dimension: DimensionName
    name: str
    unit: Unit
    source: str
    role: Role = Role.QUALITY
    weight: float = 1.0
    version: str = "1"
    experimental: bool = False

    def assessed(
        self,
        score: float,
        reason: str,
        *,
        value: float | None = None,
        evidence: Sequence[Evidence] = (),
        probability_fault: float | None = None,
        gate: str | None = None,
    ) -> Signal:
        """Return the measured signal; `score` is clamped to 0..100."""
        return self._make(
            Status.ASSESSED,
            reason,
            score=min(100.0, max(0.0, score)),
            value=value,
            evidence=tuple(evidence),
            probability_fault=probability_fault,
            gate=gate,
        )

    def not_applicable(self, reason: str, value: float | None = None) -> Signal:
        """Its occasion did not arise."""
        return self._make(Status.NOT_APPLICABLE, reason, value=value)

    def not_assessed(self, reason: str, value: float | None = None) -> Signal:
        """An input is missing or unreadable."""
        return self._make(Status.NOT_ASSESSED, reason, value=value)

    def failed(self, error: Exception) -> Signal:
        """The detector raised; only the error's name is told, its text may hold what was read."""
        return self._make(Status.FAILED, f"the detector failed: {type(error).__name__}")

    def _make(
        self,
        status: Status,
        reason: str,
        *,
        score: float | None = None,
        value: float | None = None,
        evidence: tuple[Evidence, ...] = (),
        probability_fault: float | None = None,
        gate: str | None = None,
    ) -> Signal:
        return Signal(
            dimension=self.dimension,
            name=self.name,
            value=value,
            unit=self.unit,
            score=score,
            status=status,
            reason=reason,
            probability_fault=probability_fault,
            evidence=evidence,
            source=self.source,
            version=self.version,
            role=self.role,
            weight=self.weight,
            experimental=self.experimental,
            gate=gate,
        )


Detector = Callable[[SignalKind, Context], Signal]
"""Measures one signal. An exception of its own is our fault, and costs this signal only."""


def detect_all(detectors: Sequence[tuple[SignalKind, Detector]], context: Context) -> tuple[Signal, ...]:
    """Return one signal per detector, same order; one that raises becomes `failed` with the error's name."""
    return tuple(_detect(kind, detector, context) for kind, detector in detectors)


def _detect(kind: SignalKind, detector: Detector, context: Context) -> Signal:
    try:
        return detector(kind, context)
    except Exception as error:  # noqa: BLE001 - the boundary of one signal: the others still score
        return kind.failed(error)


def fault_score(probability: float) -> float:
    """Return the score of a fault that is as likely as this: 100 at 0, 80 at one half, 40 at 0.8, 0 at 1.

    A doubt costs something, so that answers rank by it; the usual flag threshold is met where a fault is sure enough.
    """
    return min(100.0 - 40 * probability, 200 * (1 - probability))


EVIDENCE_LIMIT = 5
"""Passages kept with one signal."""
PASSAGE_CHARACTERS = 400
"""A longer passage is cut; its offsets say where."""
READ_CHARACTERS = 200_000
"""An answer longer than this is not read sentence by sentence: what needs that is not assessed, never passed."""


def quote(field: str, text: str, start: int, end: int, document_id: str | None = None) -> Evidence:
    """Return the passage of that field as evidence; at most `PASSAGE_CHARACTERS` of it."""
    end = min(end, start + PASSAGE_CHARACTERS)
    return Evidence(field=field, document_id=document_id, start=start, end=end, text=text[start:end])


def quote_response(context: Context, places: Iterable[HasPlace]) -> tuple[Evidence, ...]:
    """Return up to `EVIDENCE_LIMIT` passages of the answer."""
    text = context.exchange.response
    return tuple(quote("response", text, place.start, place.end) for place in islice(places, EVIDENCE_LIMIT))


def too_long(context: Context) -> str | None:
    """Return why the answer is not read sentence by sentence, or None when it is."""
    if len(context.exchange.response) <= READ_CHARACTERS:
        return None
    return f"not checked: the answer is longer than {READ_CHARACTERS:,} characters"
