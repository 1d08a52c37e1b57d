"""An evaluation without its identifiers: every text, every span, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.redaction import RedactionMode, RedactionSettings
from scorer.model import (
    Claim,
    DimensionScore,
    Document,
    Evaluation,
    Evidence,
    Feedback,
    LeftOut,
    Signal,
    Status,
    Unit,
    Verdict,
)
from scorer.model import DimensionName as Name
from scorer.redact.evaluation import UnredactableError, redact
from scorer.redact.plan import Plan, RedactionBook
from tests.fakes.evaluations import START, make_evaluation
from tests.fakes.exchanges import make_document, make_exchange, make_pipeline
from tests.fakes.identifiers import IDENTIFIERS, texts

MODES = st.sampled_from(["mask", "hash"])
EMAIL = "ravi.kumar@mail.org"


def plan_of(mode: RedactionMode) -> Plan:
    return RedactionBook(RedactionSettings(mode=mode), (), b"s" * 16).plan_for("desk")


def make_claim(text: str, start: int, end: int, evidence: tuple[Evidence, ...] = (), **changes: Any) -> Claim:
    fields = {"text": text[start:end], "verdict": Verdict.VERIFIED, "confidence": 0.9, "reason": "it stands there"}
    return Claim(start=start, end=end, evidence=evidence, **(fields | changes))


def make_evidence(text: str, start: int, end: int, **changes: Any) -> Evidence:
    return Evidence(start=start, end=end, text=text[start:end], **changes)


def make_signal(reason: str, evidence: tuple[Evidence, ...] = ()) -> Signal:
    return Signal(dimension=Name.SECURITY, name="pii_leak", unit=Unit.COUNT, status=Status.ASSESSED, score=0.0,
                  reason=reason, evidence=evidence, source="a standard")  # fmt: skip


@st.composite
def spans(draw: st.DrawFn, text: str) -> tuple[int, int]:
    one, other = draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))
    return min(one, other), max(one, other)


@st.composite
def evaluations(draw: st.DrawFn) -> Evaluation:
    """Texts with identifiers, spans that cut them anywhere, and reasons that quote what was cut."""
    query, response, content = draw(texts()), draw(texts()), draw(texts())
    passage = make_evidence(content, *draw(spans(content)), document_id="d1", field="documents")
    claims = [make_claim(response, *draw(spans(response)), evidence=(passage,)) for _ in range(3)]
    claims = [claim.model_copy(update={"reason": f"the claim says {claim.text[:20]!r}"}) for claim in claims]
    signals = (
        make_signal(draw(texts()), (make_evidence(response, *draw(spans(response)), field="response"),)),
        make_signal("two", (make_evidence(query, *draw(spans(query)), field="query"), passage)),
    )
    return make_evaluation(
        query=query, response=response, claims=tuple(claims), signals=signals,
        rag_documents=(Document(id="d0"), Document(id="d1", content=content, source=draw(texts()))),
        metadata={"note": draw(texts()), "list": [{"deep": draw(texts())}]},
        reasoning=(DimensionScore(dimension=Name.SECURITY, score=0.0, reason=draw(texts())),),
        flag_reasons=(draw(texts()),), conversation_id=draw(texts()),
    )  # fmt: skip


def check_spans(evaluation: Evaluation) -> None:
    contents = {document.id: document.content for document in evaluation.rag_documents}
    for claim in evaluation.claims:
        assert evaluation.response[claim.start : claim.end] == claim.text
    for owner in (*evaluation.claims, *evaluation.signals):
        for evidence in owner.evidence:
            bases = {"query": evaluation.query, "response": evaluation.response}
            base = bases.get(evidence.field or "", contents.get(evidence.document_id or ""))
            assert base is not None
            assert base[evidence.start : evidence.end] == evidence.text


@given(evaluations(), MODES)
def test_spans_hold_nothing_is_left_and_twice_changes_nothing(evaluation: Evaluation, mode: RedactionMode) -> None:
    before = evaluation.model_dump_json()
    redacted = redact(evaluation, plan_of(mode))

    check_spans(redacted)
    after = redacted.model_dump_json()
    assert [one for one in IDENTIFIERS if one in after] == []
    assert redacted.redacted == any(one in before for one in IDENTIFIERS)
    assert redact(redacted, plan_of(mode)) == redacted


@given(evaluations())
def test_off_changes_nothing(evaluation: Evaluation) -> None:
    assert redact(evaluation, plan_of("off")) is evaluation


@given(evaluations())
def test_a_mask_moves_no_span(evaluation: Evaluation) -> None:
    redacted = redact(evaluation, plan_of("mask"))

    assert [(c.start, c.end) for c in redacted.claims] == [(c.start, c.end) for c in evaluation.claims]
    assert len(redacted.response) == len(evaluation.response)


@given(MODES)
def test_what_was_left_out_of_the_claims_keeps_its_place(mode: RedactionMode) -> None:
    text = f"Write to {IDENTIFIERS[0]}. Thank you for asking!"
    part = LeftOut(start=text.index("Thank"), end=len(text), reason="a greeting or a courtesy")

    redacted = redact(make_evaluation(response=text, left_out=(part,)), plan_of(mode))

    assert redacted.response[redacted.left_out[0].start : redacted.left_out[0].end] == "Thank you for asking!"


@pytest.mark.parametrize("mode", ["mask", "hash"])
def test_an_identifier_across_a_claims_border_is_in_neither_part(mode: RedactionMode) -> None:
    text = f"Write to {EMAIL} today."
    middle = text.index("@")
    evaluation = make_evaluation(
        response=text, claims=(make_claim(text, 0, middle), make_claim(text, middle, len(text)))
    )

    redacted = redact(evaluation, plan_of(mode))

    check_spans(redacted)
    assert "ravi" not in redacted.model_dump_json()
    assert "mail.org" not in redacted.model_dump_json()
    assert redacted.claims[0].text.startswith("Write to ")
    assert redacted.claims[1].text.endswith(" today.")


def test_scores_and_keys_stay_as_they_were() -> None:
    evaluation = make_evaluation(response=EMAIL, signals=(make_signal("found"),))

    redacted = redact(evaluation, plan_of("hash"))

    changed = {"response", "redacted"}
    assert redacted.model_dump(exclude=changed) == evaluation.model_dump(exclude=changed)
    assert redacted.redacted
    assert not redact(make_evaluation(), plan_of("hash")).redacted


def test_metadata_is_taken_by_key_and_by_number_and_keeps_its_shape() -> None:
    metadata = {"phone": 9876543210, "passport": "K1234567", EMAIL: 1.5, "n": 7, "ok": True, "none": None, "l": [EMAIL]}

    redacted = redact(make_evaluation(metadata=metadata), plan_of("mask")).metadata

    assert redacted["phone"] == "*" * 10
    assert redacted["passport"] == "*" * 8
    assert (redacted["n"], redacted["ok"], redacted["none"], redacted["l"]) == (7, True, None, ["*" * len(EMAIL)])
    assert [value for key, value in redacted.items() if key.startswith("[email_")] == [1.5]
    assert EMAIL not in redacted


def test_a_document_and_the_passages_that_name_it_keep_one_id() -> None:
    text = "The fee is ten rupees."
    documents = tuple(Document(id=id_, content=text, source=f"by {id_}", page=id_) for id_ in (EMAIL, "a@mail.org"))
    claim = make_claim(text, 0, 5, (make_evidence(text, 0, 5, document_id="a@mail.org"),))

    redacted = redact(make_evaluation(response=text, rag_documents=documents, claims=(claim,)), plan_of("mask"))

    first, second = redacted.rag_documents
    assert first.id != second.id
    assert redacted.claims[0].evidence[0].document_id == second.id
    assert (second.source, second.page) == ("by **********", "**********")


@pytest.mark.parametrize("mode", ["mask", "hash"])
def test_a_passage_that_stands_nowhere_is_searched_by_itself(mode: RedactionMode) -> None:
    stray = Evidence(field="history", start=3, end=3 + len(EMAIL), text=EMAIL)
    claim = Claim(text=f"of {EMAIL}", start=5, end=9, verdict=Verdict.VERIFIED, confidence=1.0, reason="r")

    redacted = redact(make_evaluation(signals=(make_signal("r", (stray,)),), claims=(claim,)), plan_of(mode))

    (evidence,) = redacted.signals[0].evidence
    assert EMAIL not in redacted.model_dump_json()
    assert (evidence.start, evidence.end) == (3, 3 + len(evidence.text))
    assert redacted.claims[0].text.startswith("of ")


def test_feedback_and_model_are_searched() -> None:
    feedback = Feedback(approved=True, comment=f"ask {EMAIL}", reviewer="a@mail.org", at=START)

    redacted = redact(make_evaluation(feedback=(feedback,), model=EMAIL), plan_of("mask"))

    assert "mail.org" not in redacted.model_dump_json()


def test_metadata_deeper_than_the_api_takes_is_refused() -> None:
    deep: Any = EMAIL
    for _ in range(100):
        deep = {"a": deep}

    with pytest.raises(UnredactableError):
        redact(make_evaluation(metadata=deep), plan_of("mask"))


@pytest.mark.parametrize("mode", ["mask", "hash"])
def test_a_scored_leak_is_still_flagged_and_its_words_are_gone(mode: RedactionMode) -> None:
    answer = f"The officer's PAN is ABCPK1234F. Write to {EMAIL}, or call +91 98765 43210. The fee is 20 rupees."
    passage = make_document(f"The fee is ten rupees (Rs 10). Contact {EMAIL}.")
    evaluation = make_pipeline().evaluate(make_exchange("What is the fee?", answer, documents=(passage,)))

    redacted = redact(evaluation, plan_of(mode))

    check_spans(redacted)
    assert "gate_pii" in redacted.flag_codes
    assert redacted.overall_score == evaluation.overall_score
    text = redacted.model_dump_json()
    assert [one for one in ("ABCPK1234F", EMAIL, "98765", "43210") if one in text] == []
