"""CPU time of the nine dimensions on one core: answers of 30 to 400 words, without claims, all texts different."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from config.presets import load_presets
from scorer.aggregate import aggregate
from scorer.dimensions.base import Context
from scorer.dimensions.registry import DIMENSIONS
from scorer.model import Capture, Document, Exchange, Usage
from scorer.policy import PolicyBook
from scorer.protocols import ClaimReport
from scorer.rules.loader import load_rulepacks
from scorer.text.findings import Findings
from scorer.text.reading import Reading

_SENTENCES = (
    "The department received {n} applications in the year and answered most of them within thirty days.",
    "Under section {n} of the Act the officer must give reasons for every decision that affects a person.",
    "You can write to the grievance cell at desk{n}@dept.gov.in or visit the office between ten and four.",
    "The road repair budget for ward {n} was Rs. {n}.4 crore, of which about a third was spent by March.",
    "Applicants who live more than {n} kilometres away may ask for the certified copies by post.",
    "In that case the fee is not refunded, but the application is kept open for another {n} days.",
    "The chairperson and the secretary sign the report, which is then published on the notice board {n}.",
    "According to Annual Report {n}, staff may work from home on two days of each week.",
)


def _exchange(number: int) -> Exchange:
    rng = random.Random(number)
    lines = [rng.choice(_SENTENCES).format(n=rng.randint(2, 9999)) for _ in range(rng.randint(2, 24))]
    return Exchange(
        session_id=str(number),
        submission_id=str(number),
        service_id="bench",
        query=f"How many applications did ward {number} receive, and what is the fee?",
        response=" ".join(lines),
        documents=(Document(id="1", source=f"Annual Report {number}.pdf", content=" ".join(lines[::-1])),),
        model="gpt-4o",
        usage=Usage(input_tokens=900, output_tokens=number % 700),
        capture=Capture(format="evaluate"),
        timestamp=datetime(2026, 11, 1, tzinfo=UTC),
    )


def run(quick: bool) -> dict[str, float]:
    """Return milliseconds of CPU per exchange, all together and by dimension; claims are not checked."""
    exchanges = [_exchange(number) for number in range(200 if quick else 2000)]
    spent = dict.fromkeys((dimension.name for dimension in DIMENSIONS), 0.0)
    contexts = _contexts(exchanges)
    _score(next(contexts))  # the first one warms caches
    begun, scored = time.process_time(), 0
    for context in contexts:
        _score(context)
        scored += 1
    total = time.process_time() - begun
    # Apart from the sum: reading the clock costs 0.2 ms on some virtual machines, twenty times an exchange.
    for context in _contexts(exchanges):
        for dimension in DIMENSIONS:
            started = time.process_time()
            dimension.signals(context)
            spent[dimension.name] += time.process_time() - started
    clock = _clock_seconds()
    return {
        "all nine, ms CPU per exchange": 1000 * total / scored,
        **{f"{name}, ms": max(0.0, 1000 * (seconds / len(exchanges) - clock)) for name, seconds in spent.items()},
    }


def _contexts(exchanges: list[Exchange]) -> Iterator[Context]:
    book, packs = PolicyBook(load_presets(), (), "default"), load_rulepacks()
    nothing = ClaimReport((), None, "claims were not checked")
    for exchange in exchanges:
        policy = book.policy_for(exchange)
        response = Reading(exchange.response)
        yield Context(
            exchange=exchange,
            claims=nothing,
            policy=policy,
            query=Reading(exchange.query),
            response=response,
            findings=Findings(exchange, response),
            packs=packs[policy.compliance_mode],
        )


def _score(context: Context) -> None:
    aggregate([signal for dimension in DIMENSIONS for signal in dimension.signals(context)], context.policy)


def _clock_seconds() -> float:
    """Return what reading the clock once costs."""
    begun = time.process_time()
    for _ in range(100):
        time.process_time()
    return (time.process_time() - begun) / 101
