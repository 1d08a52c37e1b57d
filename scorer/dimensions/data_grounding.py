"""Data grounding: does the answer say what the retrieved documents say? Pure.

Measures: the share of checked claims that the documents support, contradictions, numbers, how much of the answer has a
passage at all, and whether the documents were about the question. Does not measure whether the documents are true.
Inputs: the claim ledger (`context.claims`), query, documents. Not assessed without documents that have text, or where
no claim could be checked. Agreement with people: the claim engine's, on the thirteen grounding sets.
"""

from scorer.dimensions.base import EVIDENCE_LIMIT, Context, SignalKind, detect_all, quote, quote_response
from scorer.model import Claim, DimensionName, Document, Evidence, Role, Signal, Unit, Verdict
from scorer.text.tokens import content_stems

_NAME = DimensionName.DATA_GROUNDING
GROUNDEDNESS = SignalKind(
    _NAME, "groundedness", Unit.RATIO, "FActScore (Min 2023): supported claims / checked", weight=3.0
)
SOURCE_COVERAGE = SignalKind(_NAME, "source_coverage", Unit.RATIO, "ALCE (Gao 2023): claims with a passage / claims")
CONTRADICTION = SignalKind(_NAME, "contradiction", Unit.COUNT, "SummaC (Laban 2022)", role=Role.FAULT)
NUMERIC = SignalKind(_NAME, "numeric_consistency", Unit.RATIO, "FEVEROUS (Aly 2021): numbers compared exactly")
CONTEXT_RELEVANCE = SignalKind(_NAME, "context_relevance", Unit.RATIO, "RAGAS context relevance (Es 2023)", weight=0.5)

CONTRADICTION_COST = 40.0
"""Points that one contradicted claim leaves at most; each further one takes half of what is left."""
CONTRADICTED = "contradicted"
"""How a claim engine begins the reason of a claim that a passage speaks against."""
RELEVANCE_SATURATION = 0.6
"""Share of the query's content words in the best documents from which relevance is full."""
DOCUMENT_CHARACTERS = 20_000
"""How much of one document is read for relevance."""
DOCUMENTS_READ = 50


class DataGrounding:
    """See the module."""

    name = _NAME
    version = "1"

    def signals(self, context: Context) -> tuple[Signal, ...]:
        """Return the five signals of this dimension."""
        return detect_all(
            (
                (GROUNDEDNESS, groundedness),
                (SOURCE_COVERAGE, source_coverage),
                (CONTRADICTION, contradiction),
                (NUMERIC, numeric_consistency),
                (CONTEXT_RELEVANCE, context_relevance),
            ),
            context,
        )


def missing_documents(context: Context) -> str | None:
    """Return why there is nothing to check against, or None."""
    documents = context.exchange.documents
    if documents is None:
        return "the bot gave no documents"
    if not documents:
        return "the bot retrieved no documents"
    return None if any((document.content or "").strip() for document in documents) else "the documents have no text"


def _checked(context: Context) -> list[Claim]:
    return [claim for claim in context.claims.claims if claim.verdict is not Verdict.UNVERIFIABLE]


def _unchecked(kind: SignalKind, context: Context) -> Signal:
    why = missing_documents(context) or context.claims.reason or "no claim could be checked"
    return kind.not_assessed(why)


def groundedness(kind: SignalKind, context: Context) -> Signal:
    """Share of the checked claims that the documents support; ratio 0 to 1, score 100 times it."""
    checked = _checked(context)
    if not checked:
        return _unchecked(kind, context)
    bad = [claim for claim in checked if claim.verdict is Verdict.HALLUCINATED]
    ratio = 1 - len(bad) / len(checked)
    reason = f"{len(checked) - len(bad)} of {len(checked)} checked claims stand in the documents"
    if bad:
        reason += f"; not supported: \u201c{bad[0].text[:120]}\u201d"
    return kind.assessed(100 * ratio, reason, value=ratio, evidence=quote_response(context, bad))


def source_coverage(kind: SignalKind, context: Context) -> Signal:
    """Share of all claims for which some passage was found, unverifiable ones included."""
    if not _checked(context):
        return _unchecked(kind, context)
    claims = context.claims.claims
    without = [claim for claim in claims if not claim.evidence]
    ratio = 1 - len(without) / len(claims)
    reason = f"{len(claims) - len(without)} of {len(claims)} claims have a passage in the documents"
    return kind.assessed(100 * ratio, reason, value=ratio, evidence=quote_response(context, without))


def contradiction(kind: SignalKind, context: Context) -> Signal:
    """Number of claims that a passage contradicts, as the claim engine's reason tells them from claims not found."""
    checked = _checked(context)
    if not checked:
        return _unchecked(kind, context)
    bad = [c for c in checked if c.verdict is Verdict.HALLUCINATED and c.reason.startswith(CONTRADICTED)]
    if not bad:
        return kind.assessed(100.0, "no claim is contradicted by a passage", value=0)
    passages = tuple(claim.evidence[0] for claim in bad[:EVIDENCE_LIMIT] if claim.evidence)
    reason = f"{len(bad)} claims go against the passage nearest to them: {bad[0].reason}"
    score = CONTRADICTION_COST / 2 ** (len(bad) - 1)
    return kind.assessed(score, reason, value=len(bad), evidence=(*quote_response(context, bad), *passages))


def numeric_consistency(kind: SignalKind, context: Context) -> Signal:
    """Share of the checked claims with a figure that the documents support."""
    checked = _checked(context)
    if not checked:
        return _unchecked(kind, context)
    figures = [claim for claim in checked if any(character.isdigit() for character in claim.text)]
    if not figures:
        return kind.not_applicable("no checked claim has a figure")
    bad = [claim for claim in figures if claim.verdict is Verdict.HALLUCINATED]
    ratio = 1 - len(bad) / len(figures)
    reason = f"{len(figures) - len(bad)} of {len(figures)} claims with figures agree with the documents"
    return kind.assessed(100 * ratio, reason, value=ratio, evidence=quote_response(context, bad))


def context_relevance(kind: SignalKind, context: Context) -> Signal:
    """Share of the query's content words in the documents taken together; full from `RELEVANCE_SATURATION` on.

    A property of the retrieval, not of the answer; paraphrases count as misses.
    """
    why = missing_documents(context)
    if why:
        return kind.not_assessed(why)
    asked = set(content_stems(context.exchange.query[:DOCUMENT_CHARACTERS]))
    if len(asked) < 2:
        return kind.not_applicable("the query has fewer than two content words")
    if context.query.language not in (None, "en"):
        return kind.not_assessed("the query is not in English")
    documents = [document for document in context.exchange.documents or () if document.content][:DOCUMENTS_READ]
    best, passage, found = 0.0, documents[0], set[str]()
    for document in documents:
        here = asked & set(content_stems((document.content or "")[:DOCUMENT_CHARACTERS]))
        found |= here
        if len(here) / len(asked) > best:
            best, passage = len(here) / len(asked), document
    ratio = len(found) / len(asked)
    reason = f"{len(found)} of {len(asked)} content words of the query stand in the documents"
    score = 100 * min(1.0, ratio / RELEVANCE_SATURATION)
    return kind.assessed(score, reason, value=ratio, evidence=_opening(passage) if best else ())


def _opening(document: Document) -> tuple[Evidence, ...]:
    content = document.content or ""
    return (quote("documents", content, 0, min(len(content), 200), document.id),)
