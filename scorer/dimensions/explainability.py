"""Explainability: can the reader follow the answer and check where it comes from? Pure.

Measures: citations that lead to a retrieved document, how much of the answer is cited, reading ease, reasons for a
refusal, and whether doubt is voiced where the documents are silent. Does not measure whether a reason is good. Inputs:
answer, documents, claim ledger. Agreement with people (development sets, `python -m bench.quality`): readability
Spearman 0.57 (CLEAR) and 0.55 (OneStopEnglish); citation resolution 1.00 on the project's own synthetic set.
"""

import re
from functools import lru_cache

from scorer.dimensions.base import Context, SignalKind, detect_all, quote_response, too_long
from scorer.model import DimensionName, Role, Signal, Unit, Verdict
from scorer.text.citations import Citation, find_citations, is_resolved
from scorer.text.phrases import Phrases
from scorer.text.reading import Reading, Span

_NAME = DimensionName.EXPLAINABILITY
RESOLUTION = SignalKind(_NAME, "citation_resolution", Unit.RATIO, "ALCE citation precision (Gao 2023)", role=Role.FAULT)
COVERAGE = SignalKind(_NAME, "citation_coverage", Unit.RATIO, "ALCE citation recall (Gao 2023)", weight=0.5)
READABILITY = SignalKind(_NAME, "readability", Unit.READING_EASE, "Flesch 1948; EU AI Act art. 13", version="2")
HEDGING = SignalKind(_NAME, "calibrated_hedging", Unit.RATIO, "Lin 2022; CoNLL-2010 hedge cues (Farkas 2010)")
REASON = SignalKind(
    _NAME, "reason_given", Unit.PROBABILITY, "RTI s.4(1)(d); GDPR 13(2)(f); AI Act art. 86", role=Role.FAULT
)

READABILITY_SLOPE = 2.0
"""Points lost for each point of reading ease outside the preset's band."""
NO_REASON_SCORE = 15.0
HEADING_CHARACTERS = 90
"""A longer line without a full stop is taken for a sentence."""
_ENDED = re.compile(r"[.!?:;][\"')\]\u201d\u2019]*\Z")
_ITEM = re.compile(r"(?:[-*\u2022\u2013]|\(?(?:\d{1,3}|[a-z])[.)])\s")
# Three letters before it, so that no abbreviation ends a sentence.
_INNER_END = re.compile(r"(?<=[a-z]{3})[.!?]+\s+[A-Z]")
_VOWELS = re.compile(r"[aeiouy]+")
_CODE = re.compile(r"```|^\s{0,8}\|", re.MULTILINE)
_HEDGES = Phrases(
    """
    may; might; could be; possibly; perhaps; probably; likely; appears; appear to; seems; seem to; suggests;
    roughly; approximately; i think; i believe; not sure; not certain; unclear; it is possible; as far as i know; to
    my knowledge; i could not find; not stated; does not say; cannot confirm; please verify; please check; not
    available in
    """.replace("\n", " ").split(";")
)


class Explainability:
    """See the module."""

    name = _NAME
    version = "3"

    def signals(self, context: Context) -> tuple[Signal, ...]:
        """Return the five signals of this dimension."""
        return detect_all(
            (
                (RESOLUTION, citation_resolution),
                (COVERAGE, citation_coverage),
                (READABILITY, readability),
                (HEDGING, calibrated_hedging),
                (REASON, reason_given),
            ),
            context,
        )


def citation_resolution(kind: SignalKind, context: Context) -> Signal:
    """Share of the citations whose source or number is among the documents; names without case and extension."""
    citations = find_citations(context.exchange.response)
    if not citations:
        return kind.not_applicable("the answer cites nothing")
    documents = context.exchange.documents
    if documents is None:
        return kind.not_assessed("the bot gave no documents")
    bad = [citation for citation in citations if not is_resolved(citation, documents)]
    ratio = 1 - len(bad) / len(citations)
    reason = f"{len(citations) - len(bad)} of {len(citations)} citations lead to a retrieved document"
    if bad:
        reason += f"; not found: {bad[0].source[:80]}"
    return kind.assessed(100 * ratio, reason, value=ratio, evidence=quote_response(context, bad))


def citation_coverage(kind: SignalKind, context: Context) -> Signal:
    """Share of the claims whose sentence, or the one after it, holds a citation that resolves."""
    documents = context.exchange.documents
    if not documents:
        return kind.not_assessed("no documents to cite")
    claims = context.claims.claims
    if not claims:
        return kind.not_applicable("the answer states no fact to cite for")
    cited = [c for c in find_citations(context.exchange.response) if is_resolved(c, documents)]
    bare = [claim for claim in claims if not _is_cited(Span(claim.start, claim.end, ""), cited)]
    ratio = 1 - len(bare) / len(claims)
    reason = f"{len(claims) - len(bare)} of {len(claims)} statements carry a citation that resolves"
    return kind.assessed(100 * ratio, reason, value=ratio, evidence=quote_response(context, bare))


def _is_cited(place: Span, citations: list[Citation]) -> bool:
    # A citation stands in the sentence or just behind its full stop.
    return any(place.start - 80 <= citation.start <= place.end + 40 for citation in citations)


def readability(kind: SignalKind, context: Context) -> Signal:
    """Flesch reading ease; 100 points inside the preset's band, `READABILITY_SLOPE` lost per point outside."""
    why = too_long(context)
    if why:
        return kind.not_assessed(why)
    if context.response.language not in ("en", None):
        return kind.not_assessed(f"the answer is in {context.response.language}; the formula is for English")
    words = [word for word in context.response.folded if word[0].isalpha()]
    if len(words) < 30:
        return kind.not_applicable("fewer than 30 words")
    if context.response.language is None or len(_CODE.findall(context.exchange.response)) > 2:
        return kind.not_applicable("mainly code or a table, or no clear language")
    ease = reading_ease(context.response)
    band = context.policy.readability
    outside = max(band.low - ease, ease - band.high, 0.0)
    reason = f"reading ease {ease:.0f}; the preset's readers read {band.low:.0f} to {band.high:.0f} well"
    return kind.assessed(100 - READABILITY_SLOPE * outside, reason, value=round(ease, 1))


def reading_ease(reading: Reading) -> float:
    """Return Flesch's reading ease (1948): 206.835 \u2212 1.015 words per sentence \u2212 84.6 syllables per word.

    A line without a full stop is no sentence when it is a heading, or the text was cut there; a list item is one. Of a
    quotation of several sentences, which the splitter keeps whole, each counts.
    """
    words = [word for word in reading.folded if word[0].isalpha()]
    pieces = reading.sentences
    sentences = sum(_sentences(piece.text, piece is pieces[-1]) for piece in pieces)
    syllables = sum(map(_syllables, words))
    return 206.835 - 1.015 * len(words) / max(1, sentences) - 84.6 * syllables / max(1, len(words))


def _sentences(piece: str, is_last: bool) -> int:
    """How many sentences end in a piece of the splitter."""
    if not any(map(str.isalpha, piece)):
        return 0
    if (is_last or len(piece) <= HEADING_CHARACTERS) and not _ENDED.search(piece) and not _ITEM.match(piece):
        return 0
    return 1 + len(_INNER_END.findall(piece))


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> int:
    """Vowel groups, less a silent final e; at least one."""
    count = len(_VOWELS.findall(word))
    if word.endswith("e") and not word.endswith(("le", "ee")) and count > 1:
        count -= 1
    return max(1, count)


def calibrated_hedging(kind: SignalKind, context: Context) -> Signal:
    """Share of the checked claims that are worded as they deserve: plainly when supported, with doubt when not.

    A hedge on a supported claim costs nothing: caution alone is neither good nor bad.
    """
    checked = [claim for claim in context.claims.claims if claim.verdict is not Verdict.UNVERIFIABLE]
    if not checked:
        return kind.not_applicable("no claim was checked")
    bold = [c for c in checked if c.verdict is Verdict.HALLUCINATED and not _HEDGES.is_in(Reading(c.text))]
    ratio = 1 - len(bold) / len(checked)
    reason = f"{len(bold)} of {len(checked)} checked claims are stated plainly without support"
    return kind.assessed(100 * ratio, reason, value=ratio, evidence=quote_response(context, bold))


def reason_given(kind: SignalKind, context: Context) -> Signal:
    """1 when a refusal or negative decision says why, else 0."""
    found, not_found = context.findings.refusal, context.findings.not_found
    if not_found is not None:
        evidence = quote_response(context, [not_found])
        return kind.assessed(100.0, "the answer says that nothing was found", value=1.0, evidence=evidence)
    if not found.is_refusal:
        return kind.not_applicable("the answer neither refuses nor decides")
    reason = context.findings.reason
    if reason is not None:
        return kind.assessed(100.0, "the refusal gives a reason", value=1.0, evidence=quote_response(context, [reason]))
    evidence = quote_response(context, [found.span] if found.span else [])
    return kind.assessed(NO_REASON_SCORE, "the refusal gives no reason", value=0.0, evidence=evidence)
