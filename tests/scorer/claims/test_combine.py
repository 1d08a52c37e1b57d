"""How words, facts and the model decide together."""

from collections.abc import Sequence

import pytest

from scorer.claims.combine import BlendedEngine, default_engine, model_engine
from scorer.claims.lexical import LexicalEngine
from scorer.claims.model import Opinion
from scorer.model import Document, Verdict
from scorer.protocols import ClaimReport
from tests.scorer.claims.conftest import DOCUMENTS, make_exchange

REWORDED = "The roads department finished forty-two kilometres of road during the year."
INVENTED = "The minister of the department opened a museum of roads in Shillong."
OPPOSED = "contradicted"


class FakeModel:
    """Says the same of every claim, and remembers what it was asked."""

    version = "fake"

    def __init__(self, logit: float, contradicted_share: float = 0.2) -> None:
        self.asked: list[tuple[str, str]] = []
        self._opinion = Opinion(logit, contradicted_share)

    def judge(self, claim: str, evidence: str) -> Opinion:
        self.asked.append((claim, evidence))
        return self._opinion


def check(engine: BlendedEngine, response: str, documents: Sequence[Document] = DOCUMENTS) -> ClaimReport:
    return engine.check(make_exchange(response, documents), documents)


def test_model_that_is_sure_turns_the_verdict_of_doubtful_words() -> None:
    against = check(default_engine(FakeModel(9.0)), REWORDED)
    supporting = check(default_engine(FakeModel(-9.0)), REWORDED)

    assert against.claims[0].verdict is Verdict.HALLUCINATED
    assert supporting.claims[0].verdict is Verdict.VERIFIED


def test_reason_says_that_the_model_outweighs_the_words() -> None:
    report = check(default_engine(FakeModel(9.0, contradicted_share=0.9)), "The department built roads in the year.")

    assert report.claims[0].reason.startswith(OPPOSED)
    assert "model" in report.claims[0].reason


def test_exact_fact_in_conflict_decides_whatever_the_model_says() -> None:
    model = FakeModel(-9.0)

    report = check(default_engine(model), "The budget of the Department of Rural Roads for 2023-24 was Rs. 21.4 crore.")

    assert report.claims[0].verdict is Verdict.HALLUCINATED
    assert model.asked == []


def test_statement_held_word_for_word_is_not_asked() -> None:
    model = FakeModel(9.0)

    report = check(default_engine(model), "The department built 42 km of roads in the year.")

    assert report.claims[0].verdict is Verdict.VERIFIED
    assert model.asked == []


def test_text_that_is_not_english_is_left_to_words_and_facts() -> None:
    documents = (Document(id="hi", content="विभाग ने वर्ष में 42 किमी सड़कें बनाईं। वार्षिक रिपोर्ट जून में प्रकाशित हुई।"),)
    model = FakeModel(9.0)
    response = "विभाग ने वर्ष में 42 किमी नई सड़कें बनाईं।"

    report = check(default_engine(model), response, documents)

    assert model.asked == []
    assert report.claims == LexicalEngine().check(make_exchange(response, documents), documents).claims


def test_claims_of_one_answer_are_asked_each_by_itself() -> None:
    model = FakeModel(0.0)

    check(default_engine(model), f"{REWORDED} {INVENTED}")

    spelled = REWORDED.replace("forty-two kilometres", "42 km")
    assert [claim for claim, _ in model.asked] == [spelled, INVENTED]


def test_default_lies_between_words_and_model_and_model_goes_by_itself() -> None:
    words = LexicalEngine().check(make_exchange(REWORDED, DOCUMENTS), DOCUMENTS)
    default = check(default_engine(FakeModel(9.0)), REWORDED)
    model = check(model_engine(FakeModel(9.0)), REWORDED)

    assert words.risk is not None
    assert default.risk is not None
    assert model.risk is not None
    assert words.risk < default.risk < model.risk


@pytest.mark.parametrize("logit", [-9.0, -1.0, 0.0, 1.0, 9.0])
@pytest.mark.parametrize("make", [default_engine, model_engine])
def test_answer_is_at_risk_exactly_when_a_claim_is_hallucinated(make: type[BlendedEngine], logit: float) -> None:
    report = check(make(FakeModel(logit)), f"{REWORDED} {INVENTED} The annual report was published on 14 June 2024.")

    is_hallucinated = any(claim.verdict is Verdict.HALLUCINATED for claim in report.claims)
    assert report.risk is not None
    assert (report.risk >= 0.5) is is_hallucinated


def test_engines_tell_their_names_and_the_version_of_the_weights() -> None:
    engines = (default_engine(FakeModel(0.0)), model_engine(FakeModel(0.0)))

    assert [engine.name for engine in engines] == ["default", "model"]
    assert all(engine.version.endswith("fake") for engine in engines)


def test_statement_that_shares_no_word_with_long_documents_is_left_to_words_and_facts() -> None:
    model = FakeModel(-9.0)

    report = check(default_engine(model), "Butterflies hibernate beneath frozen bark.")

    assert model.asked == []
    assert report.claims[0].verdict is Verdict.HALLUCINATED


class SlowModel(FakeModel):
    """Takes a tenth of a second for each claim, by the clock that it keeps."""

    def __init__(self) -> None:
        super().__init__(-9.0)
        self.now = 0.0

    def judge(self, claim: str, evidence: str) -> Opinion:
        self.now += 0.1
        return super().judge(claim, evidence)


def test_claims_beyond_the_time_limit_are_not_asked_and_not_checked() -> None:
    model = SlowModel()
    engine = default_engine(model, lambda: model.now)

    report = check(engine, " ".join(f"The department of roads opened a museum in town {n}." for n in range(60)))

    unchecked = [claim for claim in report.claims if claim.reason.startswith("not checked: the time")]
    assert len(model.asked) < 20
    assert len(unchecked) == 60 - len(model.asked)
    assert all(claim.verdict is Verdict.UNVERIFIABLE for claim in unchecked)
