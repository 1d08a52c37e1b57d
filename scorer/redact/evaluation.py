"""Takes identifiers and secrets out of an evaluation, after it was scored and before it is stored. Pure.

Claims and passages are not searched: they are cut again from the texts they stand in, so that
`stored_text[start:end] == text` holds. Keys that others hold (`session_id`, `submission_id`, `service_id`), names
from closed sets, numbers of the scorer and moments stay as they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from scorer.model import Claim, DimensionScore, Document, Evaluation, Evidence, Feedback, LeftOut, Signal
from scorer.redact.edited import Edited
from scorer.redact.plan import Plan
from scorer.redact.settle import Nature, Text, settle

DEPTH_LIMIT = 64
"""Levels of `metadata`; the API takes no deeper ones."""


class UnredactableError(ValueError):
    """The evaluation has a shape that cannot be gone through."""


def redact(evaluation: Evaluation, plan: Plan) -> Evaluation:
    """Return the evaluation without what the plan replaces; the same one when the plan is off.

    Redacting twice changes nothing more. Raises UnredactableError or UnsettledError: then nothing of it may be stored.
    """
    if not plan.is_on:
        return evaluation
    texts = dict.fromkeys(_Reader(evaluation).texts())
    return _Writer(evaluation, settle(texts, plan)).written()


def redact_feedback(feedback: Feedback, plan: Plan) -> Feedback:
    """Return a person's verdict without what the plan replaces. Raises UnsettledError."""
    if not plan.is_on:
        return feedback
    return _feedback(feedback, settle(_given(feedback.comment, feedback.reviewer), plan))


def _feedback(feedback: Feedback, settled: Mapping[Text, Edited]) -> Feedback:
    comment, reviewer = (
        None if text is None else settled[Text(text)].text for text in (feedback.comment, feedback.reviewer)
    )
    return feedback.model_copy(update={"comment": comment, "reviewer": reviewer})


def _reason(text: str) -> Text:
    return Text(text, Nature.REASON)


def _name(text: str) -> Text:
    return Text(text, Nature.NAME)


def _is_at(base: str | None, start: int, end: int, text: str) -> bool:
    return base is not None and 0 <= start <= end <= len(base) and base[start:end] == text


@dataclass(frozen=True)
class _Bases:
    """The texts that claims and passages are cut from."""

    evaluation: Evaluation

    def of_claim(self, claim: Claim) -> str | None:
        """Return the answer; None when the claim does not stand there."""
        response = self.evaluation.response
        return response if _is_at(response, claim.start, claim.end, claim.text) else None

    def of_evidence(self, evidence: Evidence) -> str | None:
        """Return the text that the passage stands in; None when it stands nowhere."""
        fields = {"query": [self.evaluation.query], "response": [self.evaluation.response]}
        contents = [d.content for d in self.evaluation.rag_documents if d.id == evidence.document_id]
        candidates = fields.get(evidence.field or "", contents)
        return next((c for c in candidates if _is_at(c, evidence.start, evidence.end, evidence.text)), None)


@dataclass(frozen=True)
class _Reader:
    """Every text of an evaluation that may hold an identifier."""

    evaluation: Evaluation

    def texts(self) -> Iterator[Text]:
        one = self.evaluation
        yield from (Text(one.query), Text(one.response))
        yield from _given(one.model)
        if one.conversation_id is not None:
            yield _name(one.conversation_id)
        yield from map(_reason, one.flag_reasons)
        yield from (_reason(score.reason) for score in one.reasoning)
        for document in one.rag_documents:
            yield _name(document.id)
            yield from _given(*_words_of(document))
        for feedback in one.feedback:
            yield from _given(feedback.comment, feedback.reviewer)
        yield from self._of_findings()
        yield from _texts_of(one.metadata)

    def _of_findings(self) -> Iterator[Text]:
        bases = _Bases(self.evaluation)
        for claim in self.evaluation.claims:
            yield _reason(claim.reason)
            if bases.of_claim(claim) is None:
                yield _reason(claim.text)
        for signal in self.evaluation.signals:
            yield _reason(signal.reason)
        passages = [claim.evidence for claim in self.evaluation.claims]
        passages += [signal.evidence for signal in self.evaluation.signals]
        for evidence in chain.from_iterable(passages):
            if evidence.document_id is not None:
                yield _name(evidence.document_id)
            if bases.of_evidence(evidence) is None:
                yield _reason(evidence.text)


def _given(*texts: str | None) -> Iterator[Text]:
    return (Text(text) for text in texts if text is not None)


def _words_of(document: Document) -> tuple[str | None, ...]:
    page = document.page if isinstance(document.page, str) else None
    return document.content, document.source, document.label, page


def _texts_of(value: Any, cue: str = "", depth: int = 0) -> Iterator[Text]:
    """Yield the strings and numbers of a JSON value, and the keys of its objects."""
    if depth > DEPTH_LIMIT:
        raise UnredactableError(f"expected metadata of at most {DEPTH_LIMIT} levels")
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield _name(str(key))
            yield from _texts_of(child, f"{key}: ", depth + 1)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _texts_of(child, cue, depth + 1)
    elif text := _value_text(value, cue):
        yield text


def _value_text(value: Any, cue: str) -> Text | None:
    """Return the text of a string or a number; None for what holds no words."""
    if isinstance(value, bool) or value is None:
        return None
    return Text(str(value), cue=cue)


@dataclass(frozen=True)
class _Writer:
    """The evaluation with every text as it was settled."""

    evaluation: Evaluation
    settled: Mapping[Text, Edited]

    def written(self) -> Evaluation:
        one = self.evaluation
        return one.model_copy(
            update={
                "query": self._text(Text(one.query)),
                "response": self._text(Text(one.response)),
                "model": self._optional(one.model),
                "conversation_id": None if one.conversation_id is None else self._text(_name(one.conversation_id)),
                "flag_reasons": tuple(self._text(_reason(text)) for text in one.flag_reasons),
                "reasoning": tuple(self._score(score) for score in one.reasoning),
                "claims": tuple(self._claim(claim) for claim in one.claims),
                "left_out": tuple(self._left_out(part) for part in one.left_out),
                "signals": tuple(self._signal(signal) for signal in one.signals),
                "rag_documents": tuple(self._document(document) for document in one.rag_documents),
                "metadata": self._value(one.metadata),
                "feedback": tuple(_feedback(feedback, self.settled) for feedback in one.feedback),
                "redacted": one.redacted or any(edited.is_changed for edited in self.settled.values()),
            }
        )

    def _text(self, text: Text) -> str:
        return self.settled[text].text

    def _optional(self, text: str | None) -> str | None:
        return None if text is None else self._text(Text(text))

    def _score(self, score: DimensionScore) -> DimensionScore:
        return score.model_copy(update={"reason": self._text(_reason(score.reason))})

    def _signal(self, signal: Signal) -> Signal:
        evidence = tuple(self._evidence(one) for one in signal.evidence)
        return signal.model_copy(update={"reason": self._text(_reason(signal.reason)), "evidence": evidence})

    def _claim(self, claim: Claim) -> Claim:
        start, end, text = self._cut(_Bases(self.evaluation).of_claim(claim), claim)
        evidence = tuple(self._evidence(one) for one in claim.evidence)
        reason = self._text(_reason(claim.reason))
        return claim.model_copy(
            update={"start": start, "end": end, "text": text, "reason": reason, "evidence": evidence}
        )

    def _left_out(self, part: LeftOut) -> LeftOut:
        # Its reason is from a closed set, and its words are the answer's.
        start, end = self.settled[Text(self.evaluation.response)].span(part.start, part.end)
        return part.model_copy(update={"start": start, "end": end})

    def _evidence(self, evidence: Evidence) -> Evidence:
        start, end, text = self._cut(_Bases(self.evaluation).of_evidence(evidence), evidence)
        document_id = None if evidence.document_id is None else self._text(_name(evidence.document_id))
        return evidence.model_copy(update={"start": start, "end": end, "text": text, "document_id": document_id})

    def _cut(self, base: str | None, part: Claim | Evidence) -> tuple[int, int, str]:
        """Return start, end and text of a part of a stored text; of one that stands nowhere, its text at its start."""
        if base is None:
            text = self._text(_reason(part.text))
            return part.start, part.start + len(text), text
        edited = self.settled[Text(base)]
        start, end = edited.span(part.start, part.end)
        return start, end, edited.text[start:end]

    def _document(self, document: Document) -> Document:
        page = self._optional(document.page) if isinstance(document.page, str) else document.page
        return document.model_copy(
            update={
                "id": self._text(_name(document.id)),
                "content": self._optional(document.content),
                "source": self._optional(document.source),
                "label": self._optional(document.label),
                "page": page,
            }
        )

    def _value(self, value: Any, cue: str = "") -> Any:
        if isinstance(value, Mapping):
            return {self._text(_name(str(key))): self._value(child, f"{key}: ") for key, child in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(child, cue) for child in value]
        text = _value_text(value, cue)
        # A number stays a number as long as it holds nothing.
        return value if text is None or self._text(text) == text.text else self._text(text)
