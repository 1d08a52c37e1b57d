"""Exchanges and contexts for tests of what judges them: small, whole, changed by keyword."""

from datetime import UTC, datetime
from typing import Any

from config.presets import load_presets
from scorer.claims.lexical import LexicalEngine
from scorer.dimensions.base import Context, Dimension
from scorer.dimensions.registry import DIMENSIONS
from scorer.model import Capture, Claim, Document, Evaluation, Exchange, Role, Signal, Status, Unit, Verdict
from scorer.model import DimensionName as Name
from scorer.pipeline import Pipeline
from scorer.policy import PolicyBook
from scorer.protocols import ClaimReport
from scorer.rules.loader import load_rulepacks
from scorer.text.findings import Findings
from scorer.text.reading import Reading

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
BOOK = PolicyBook(load_presets(), (), "default")
PACKS = load_rulepacks()
NO_CLAIMS = ClaimReport((), None, "nothing was checked")


def make_exchange(
    query: str = "What is the fee?", response: str = "The fee is ten rupees.", **changes: Any
) -> Exchange:
    """Return an exchange without documents; `changes` set its other fields."""
    fields: dict[str, Any] = {
        "session_id": "s-1",
        "submission_id": "u-1",
        "service_id": "default",
        "capture": Capture(format="evaluate"),
        "timestamp": NOON,
    }
    return Exchange(**(fields | {"query": query, "response": response} | changes))


def make_context(
    query: str = "What is the fee?",
    response: str = "The fee is ten rupees.",
    claims: ClaimReport = NO_CLAIMS,
    **changes: Any,
) -> Context:
    """Return the context of such an exchange, with the claims that are given."""
    exchange = make_exchange(query, response, **changes)
    policy = BOOK.policy_for(exchange)
    reading = Reading(response)
    return Context(
        exchange=exchange,
        claims=claims,
        policy=policy,
        query=Reading(query),
        response=reading,
        findings=Findings(exchange, reading),
        packs=PACKS[policy.compliance_mode],
    )


def make_claim(text: str, verdict: Verdict, reason: str = "because of a test") -> Claim:
    """Return a claim at the start of an answer."""
    return Claim(text=text, start=0, end=len(text), verdict=verdict, confidence=0.9, reason=reason)


def make_document(content: str | None, id_: str = "1", **changes: Any) -> Document:
    """Return a document."""
    return Document(id=id_, content=content, **changes)


def make_signal(name: str, score: float | None, dimension: Name = Name.SECURITY, **changes: Any) -> Signal:
    """Return a signal; without a score it is not assessed unless `status` says otherwise."""
    fields: dict[str, Any] = {
        "dimension": dimension,
        "name": name,
        "score": score,
        "unit": Unit.RATIO,
        "status": Status.NOT_ASSESSED if score is None else Status.ASSESSED,
        "reason": f"{name} says so",
        "source": "a test",
        "role": Role.QUALITY,
    }
    return Signal(**(fields | changes))


def make_pipeline(dimensions: tuple[Dimension, ...] = DIMENSIONS) -> Pipeline:
    """Return the product's pipeline on a stopped clock."""
    return Pipeline(BOOK, LexicalEngine(), dimensions, lambda: NOON, "test", PACKS)


def signal_of(dimension: Dimension, name: str, context: Context) -> Signal:
    """Return the dimension's signal of that name."""
    return next(signal for signal in dimension.signals(context) if signal.name == name)


def named(evaluation: Evaluation, name: str) -> Signal:
    """Return the evaluation's signal of that name."""
    return next(signal for signal in evaluation.signals if signal.name == name)
