import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorer.claims.lexical import FACT_LIMIT, LexicalEngine
from scorer.claims.verify import verify
from scorer.model import Claim, Document, Verdict
from scorer.protocols import ClaimEngine
from tests.scorer.claims.conftest import DOCUMENTS, Check, make_exchange

GOOD = (
    "Under section 6(1) you apply in writing to the Public Information Officer with a fee of Rs. 10. "
    "The officer provides the information within thirty days. "
    "If life or liberty is concerned, it is provided within 48 hours. "
    "You may file a first appeal under section 19(1). "
    "People below the poverty line pay no fee. "
    "The budget of the Department of Rural Roads for 2023-24 was Rs 186,000,000."
)


def only(claims: tuple[Claim, ...]) -> Claim:
    (claim,) = claims
    return claim


def test_lexical_engine_is_a_claim_engine() -> None:
    engine: ClaimEngine = LexicalEngine()

    assert engine.name == "lexical"


def test_a_long_supported_answer_is_verified_throughout(check: Check) -> None:
    report = check(GOOD)

    assert {claim.verdict for claim in report.claims} == {Verdict.VERIFIED}
    assert report.risk is not None
    assert report.risk < 0.5


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [("Rs. 10", "Rs. 50", 0), ("thirty days", "75 days", 1), ("19(1)", "31B", 3), ("186,000,000", "168,000,000", 5)],
)
def test_one_changed_fact_in_a_long_answer_is_hallucinated(check: Check, right: str, wrong: str, place: int) -> None:
    report = check(GOOD.replace(right, wrong))

    assert [claim.verdict is Verdict.HALLUCINATED for claim in report.claims] == [n == place for n in range(6)]
    assert wrong in report.claims[place].reason
    assert report.claims[place].evidence


@pytest.mark.parametrize(
    ("answer", "passage", "reason"),
    [
        ("The department's budget for 2023-24 was Rs. 20.6 crore.", "was Rs. 18.6 crore", "'Rs. 20.6 crore'"),
        ("The officer must answer within 45 days of receiving the request.", "within 30 days", "'45 days'"),
        ("The annual report was published on 14 July 2024.", "14 June 2024", "'14 July 2024'"),
        ("Personal information is exempt under section 24B(7).", "Section 8(1)(j)", "'section 24B(7)'"),
        ("The helpline number is 011-2345-6798.", "011-2345-6789", "'011-2345-6798'"),
        ("The department built 52 km of roads.", "42 km", "'52 km'"),
        ("Persons below the poverty line must pay the fee.", "pay no fee", "denies"),
    ],
)
def test_a_contradiction_names_the_pair_and_shows_the_passage(
    check: Check, answer: str, passage: str, reason: str
) -> None:
    claim = only(check(answer).claims)

    assert claim.verdict is Verdict.HALLUCINATED
    assert claim.reason.startswith("contradicted")
    assert reason in claim.reason
    assert passage in claim.evidence[0].text


CITATION_STYLES = (
    "{} [Source: a.md, page 2].", "{} [1].", "{} [10].", "{} (Source: x.pdf).", "{} (act.pdf, p. 77).",
    "{} [1][2] [3].",
    "[Source: a.md, page 99] {}.", "[4] {}.", "According to Harbour-Rules.pdf (page 9), {}.", "{} [^12].",
    "{}. [Source: a.md, page 7]", "{}. [Source: a.md, page 7] [Source: Peshawar.pdf, page 8]", "{} (page 31).",
    "{}\u30104:0\u2020source\u3011.",
)  # fmt: skip


@pytest.mark.parametrize("style", CITATION_STYLES)
@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("The fee of a request is Rs. 10", Verdict.VERIFIED),
        ("The fee of a request is Rs. 50", Verdict.HALLUCINATED),
    ],
)
def test_a_citation_changes_no_verdict(check: Check, style: str, statement: str, verdict: Verdict) -> None:
    response = style.format(statement)

    claim = only(check(response).claims)

    assert claim.verdict is verdict
    assert response[claim.start : claim.end] == claim.text
    assert statement in claim.text


def test_a_cited_number_bears_nothing_out_and_denies_nothing(check: Check) -> None:
    report = check("The officer provides the information within 30 days [45]. The budget was Rs. 20.6 crore [18.6].")

    assert [claim.verdict for claim in report.claims] == [Verdict.VERIFIED, Verdict.HALLUCINATED]


@pytest.mark.parametrize(
    "answer",
    [
        "I could not find anything about this in the documents that I have.",
        "The documents do not mention the Peshawar office of 1931.",
        "Sorry, I was unable to find Form 16 in the provided documents.",
    ],
)
def test_an_answer_that_found_nothing_is_not_hallucinated(check: Check, answer: str) -> None:
    report = check(answer)

    assert Verdict.HALLUCINATED not in {claim.verdict for claim in report.claims}
    assert report.risk is None


def test_a_claim_after_nothing_found_is_checked(check: Check) -> None:
    report = check("The documents do not mention Form 16, but the fee of a request is Rs. 50.")

    assert [claim.verdict for claim in report.claims] == [Verdict.UNVERIFIABLE, Verdict.HALLUCINATED]


def test_a_statement_of_too_many_facts_is_not_checked(check: Check) -> None:
    claim = only(check(" ".join(str(number) for number in range(3, 3 + FACT_LIMIT + 1))).claims)

    assert (claim.verdict, "exact facts" in claim.reason) == (Verdict.UNVERIFIABLE, True)


def test_a_leaked_phone_number_is_hallucinated(check: Check) -> None:
    claim = only(check("You can reach the officer, Mr. Sharma, on his mobile 98765 43210.").claims)

    assert claim.verdict is Verdict.HALLUCINATED
    assert "phone number '98765 43210'" in claim.reason


def test_an_answer_about_something_else_is_hallucinated(check: Check) -> None:
    claim = only(check("The capital of France is Paris and it has a large iron tower.").claims)

    assert claim.verdict is Verdict.HALLUCINATED
    assert claim.reason.startswith("not found")


@pytest.mark.parametrize(
    ("query", "answer", "verdict"),
    [
        ("What was the budget for 2023-24?", "Rs. 18.6 crore", Verdict.VERIFIED),
        ("What was the budget for 2023-24?", "Rs 186,000,000", Verdict.VERIFIED),
        ("What was the budget for 2023-24?", "Rs. 16.8 crore", Verdict.HALLUCINATED),
        ("How many kilometres of roads were built?", "42 km", Verdict.VERIFIED),
        ("How long may the officer take?", "30 days", Verdict.VERIFIED),
    ],
)
def test_a_short_answer_is_judged_with_its_question(check: Check, query: str, answer: str, verdict: Verdict) -> None:
    assert only(check(answer, query=query).claims).verdict is verdict


def test_a_paraphrase_is_verified(check: Check) -> None:
    assert only(check("The officer must answer within thirty days of receiving the request.").claims).verdict is (
        Verdict.VERIFIED
    )


def test_a_changed_table_cell_is_hallucinated(check: Check) -> None:
    report = check("| Year | Budget |\n|---|---|\n| 2022-23 | Rs. 15.1 crore |\n| 2023-24 | Rs. 19.6 crore |")

    assert [claim.verdict for claim in report.claims] == [Verdict.VERIFIED, Verdict.HALLUCINATED]


HINDI = (
    Document(id="h", content="सूचना का अधिकार अधिनियम के अंतर्गत आवेदन शुल्क 10 रुपये है। अधिकारी 30 दिनों के भीतर सूचना देता है।"),
)


@pytest.mark.parametrize(
    ("answer", "documents", "verdict"),
    [
        ("आवेदन शुल्क 10 रुपये है।", HINDI, Verdict.VERIFIED),
        ("आवेदन शुल्क 50 रुपये है।", HINDI, Verdict.HALLUCINATED),
        ("अधिकारी 30 दिनों के भीतर सूचना देता है।", DOCUMENTS, Verdict.UNVERIFIABLE),
        ("आवेदन शुल्क 50 रुपये है।", DOCUMENTS, Verdict.HALLUCINATED),
        (
            "La oficina debe responder dentro de los treinta días siguientes a la solicitud.",
            DOCUMENTS,
            Verdict.UNVERIFIABLE,
        ),
    ],
)
def test_other_languages_are_judged_as_far_as_they_can_be(
    check: Check, answer: str, documents: tuple[Document, ...], verdict: Verdict
) -> None:
    assert only(check(answer, documents).claims).verdict is verdict


def test_questions_count_neither_as_verified_nor_as_hallucinated(check: Check) -> None:
    ledger = verify(check("Do you want to file an appeal? Persons below the poverty line pay no fee."))

    assert (ledger.unverifiable_claims, ledger.verified_claims, ledger.hallucinated_claims) == (1, 1, 0)


TEXT = st.text(st.characters(), max_size=200) | st.text("ab 1.,|-\n₹%Rs()न", max_size=200)


@settings(max_examples=60, deadline=None)
@given(TEXT, st.lists(st.none() | TEXT, max_size=3), st.text(max_size=20))
def test_any_text_gives_a_report_that_holds_its_promises(response: str, contents: list[str | None], query: str) -> None:
    documents = [Document(id=str(number), content=content) for number, content in enumerate(contents)]
    exchange = make_exchange(response, documents, query)

    report = LexicalEngine().check(exchange, documents)

    assert report == LexicalEngine().check(exchange, documents)
    hallucinated = any(claim.verdict is Verdict.HALLUCINATED for claim in report.claims)
    assert (report.risk is not None and report.risk >= 0.5) == hallucinated
    for claim in report.claims:
        assert response[claim.start : claim.end] == claim.text
        for evidence in claim.evidence:
            content = documents[int(evidence.document_id or 0)].content or ""
            assert content[evidence.start : evidence.end] == evidence.text


def test_an_acronym_whose_name_the_passage_writes_out_is_found(check: Check) -> None:
    document = Document(
        id="d", content="The Public Information Officer shall answer within thirty days of the request."
    )

    verdicts = [
        only(check(f"The {name} must answer within 30 days of the request.", [document]).claims).verdict
        for name in ("PIO", "CBI")
    ]

    assert verdicts == [Verdict.VERIFIED, Verdict.HALLUCINATED]
