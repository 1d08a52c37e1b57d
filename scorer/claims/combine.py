"""The claim engines that ask the trained model: it alone, or together with words and facts. Pure, bounded in time.

The two fail on different claims. Words tell what was added, and are blind to what was changed; the model is the other
way round. Their log-odds are averaged with a fixed weight: weights fitted on labelled answers did worse on answers of
other sources. An exact fact in conflict decides by itself, whatever the model says.

The model is not asked where it has nothing to add: a statement that a passage holds word for word, one that a fact has
settled, and text that is not English, which it was not trained on.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from scorer.claims.calibration import DEFAULT_BLEND, MODEL_BLEND, Blend
from scorer.claims.evidence import DocumentIndex
from scorer.claims.extract import Statement
from scorer.claims.features import Measured
from scorer.claims.judgement import Judgement, probability
from scorer.claims.languages import is_latin
from scorer.claims.lexical import Appraisal, appraise
from scorer.claims.model import Opinion
from scorer.claims.pairing import claim_text, evidence_text
from scorer.claims.verify import Check, Clock
from scorer.model import Document, Exchange
from scorer.protocols import ClaimReport

CONTRADICTED_SHARE: Final = 0.5
"""From this part of the probability on, *not supported* is told as contradicted, below it as not found."""


class Reader(Protocol):
    """Who reads a claim with its evidence: `scorer.claims.model.ClaimModel`."""

    version: str

    def judge(self, claim: str, evidence: str) -> Opinion:
        """Return an opinion of one claim."""


class BlendedEngine:
    """A `ClaimEngine` of words, facts and the model."""

    def __init__(self, name: str, model: Reader, blend: Blend, clock: Clock = time.monotonic) -> None:
        self.name = name
        self.version = f"2+{model.version}"
        self._model = model
        self._blend = blend
        self._check = Check(self.assess, blend.correction, clock)

    def check(self, exchange: Exchange, documents: Sequence[Document]) -> ClaimReport:
        """Return one claim per checkable statement, in the order of the text."""
        return self._check.run(exchange, documents)

    def assess(self, statement: Statement, index: DocumentIndex) -> Judgement:
        """Judge one statement."""
        appraisal = appraise(statement, index)
        opinion = ask(self._model, statement, appraisal, index)
        return appraisal.judgement if opinion is None else _joined(appraisal.judgement, opinion, self._blend)


def default_engine(model: Reader, clock: Clock = time.monotonic) -> BlendedEngine:
    """Return the engine that averages words and model."""
    return BlendedEngine("default", model, DEFAULT_BLEND, clock)


def model_engine(model: Reader, clock: Clock = time.monotonic) -> BlendedEngine:
    """Return the engine that goes by the model wherever it is asked."""
    return BlendedEngine("model", model, MODEL_BLEND, clock)


def ask(model: Reader, statement: Statement, appraisal: Appraisal, index: DocumentIndex) -> Opinion | None:
    """Return the model's opinion of a statement; None where it has nothing to add to words and facts."""
    measured = appraisal.measured
    if measured is None or appraisal.judgement.is_conflict or not index.is_comparable:
        return None
    if _is_verbatim(measured) or not is_latin(statement.spoken):
        return None
    evidence = evidence_text(index, measured.match.numbers)
    return model.judge(claim_text(statement, measured.match.passages), evidence) if evidence else None


def _is_verbatim(measured: Measured) -> bool:
    """Return whether the passages hold the statement's words in its order, and nothing speaks against it."""
    return not any(measured.features)


def _joined(judgement: Judgement, opinion: Opinion, blend: Blend) -> Judgement:
    assert judgement.logit is not None
    logit = blend.logit(judgement.logit, opinion.logit)
    risk = probability(blend.calibrated(opinion.logit))
    kind = "contradicted" if opinion.contradicted_share >= CONTRADICTED_SHARE else "not found"
    if (logit >= 0) == (judgement.logit >= 0):
        told = kind if risk >= 0.5 else "supported"
        return replace(judgement, logit=logit, reason=f"{judgement.reason}; the model: {told} (risk {risk:.0%})")
    verdict = kind if logit >= 0 else "supported"
    reason = f"{verdict}: so the model reads the passages (risk {risk:.0%}), which outweighs the words"
    return replace(judgement, logit=logit, reason=reason)
