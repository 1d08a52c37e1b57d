import pytest

from scorer.claims.comparison import Finding, Standing, compare_facts, differing_polarity, opposed_words
from scorer.claims.evidence import index_documents
from scorer.claims.facts import Facts
from scorer.model import Document
from scorer.text.tokens import content_stems


def findings(claim: str, *contents: str, is_comparable: bool = True) -> list[Finding]:
    documents = [Document(id=str(number), content=content) for number, content in enumerate(contents)]
    index = index_documents(documents, is_comparable=is_comparable)
    return compare_facts(Facts(claim), index.match(content_stems(claim)), index)


def standing(claim: str, *contents: str) -> Standing:
    (finding,) = findings(claim, *contents)
    return finding.standing


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("The budget was Rs. 18.6 crore.", "The budget was Rs. 186,000,000."),
        ("The officer answers within thirty days.", "The officer answers within 30 days."),
        ("The report came on June 14, 2024.", "The report came on 14 June 2024."),
        ("Personal data is exempt under section 8.", "Personal data is exempt under s. 8(1)(j)."),
        ("The office answers on 011 2345 6789.", "The office answers on 011-2345-6789."),
        ("More than 400 cases were filed.", "In all, 457 cases were filed."),
    ],
)
def test_the_same_fact_in_another_spelling_is_borne_out(claim: str, passage: str) -> None:
    assert standing(claim, passage) is Standing.BORNE_OUT


@pytest.mark.parametrize(
    ("claim", "passage", "kind", "claimed", "stated"),
    [
        ("The budget was Rs. 20 crore.", "The budget was Rs. 18.6 crore.", "amount", "Rs. 20 crore", "Rs. 18.6 crore"),
        ("The officer answers within 45 days.", "The officer answers within 30 days.", "period", "45 days", "30 days"),
        (
            "The report came on 14 July 2024.",
            "The report came on 14 June 2024.",
            "date",
            "14 July 2024",
            "14 June 2024",
        ),
        (
            "Data is exempt under section 9.",
            "Data is exempt under section 8(1).",
            "section",
            "section 9",
            "section 8(1)",
        ),
        ("The budget rose by 9 per cent.", "The budget rose by 8 per cent.", "percentage", "9 per cent", "8 per cent"),
        ("The clinic has 16 beds.", "The clinic has 6 beds.", "number", "16", "6"),
        (
            "A form holds at least 500 words.",
            "A form shall not hold more than 500 words.",
            "number",
            "500",
            "500",
        ),
        (
            "Urgent cases end within forty-eight days.",
            "Where it concerns life or liberty, the answer is given in an urgent case within forty-eight hours.",
            "period",
            "forty-eight days",
            "forty-eight hours",
        ),
    ],
)
def test_another_fact_in_its_place_is_a_conflict_with_the_pair(
    claim: str, passage: str, kind: str, claimed: str, stated: str
) -> None:
    (finding,) = findings(claim, passage)

    assert (finding.standing, finding.kind) == (Standing.CONFLICT, kind)
    assert (finding.claimed, finding.stated) == (claimed, stated)
    assert finding.passage is not None
    assert finding.passage.text == passage


def test_a_fact_of_another_passage_is_elsewhere() -> None:
    near = ("The harbour closed after a storm.", "The harbour closed at night.")

    assert standing("The harbour closed in 1988.", *near, "A fire hit the mill in 1988.") is Standing.ELSEWHERE


def test_a_fact_that_no_document_gives_is_absent() -> None:
    assert standing("The harbour closed in 1988.", "The harbour closed after a storm.") is Standing.ABSENT


def test_a_number_of_something_else_is_no_conflict() -> None:
    assert standing("The clinic has 16 beds.", "The clinic has 2 ambulances.") is Standing.ABSENT


def test_facts_conflict_across_languages() -> None:
    (finding,) = findings("आवेदन शुल्क 50 रुपये है", "The application fee is Rs. 10.", is_comparable=False)

    assert (finding.standing, finding.stated) == (Standing.CONFLICT, "Rs. 10")


@pytest.mark.parametrize(
    ("claim", "passage", "differs"),
    [
        ("The fee is payable", "The fee is not payable", True),
        ("No fee is payable", "There isn't any fee payable", False),
        ("शुल्क देय है", "शुल्क देय नहीं है", True),
    ],
)
def test_polarity_differs_when_one_denies(claim: str, passage: str, differs: bool) -> None:
    assert differing_polarity(content_stems(claim), content_stems(passage)) is differs


def test_opposed_words_name_the_pair() -> None:
    claim, passage = (frozenset(content_stems(text)) for text in ("The budget increased", "The budget decreased"))

    pair = opposed_words(claim, passage)

    assert pair is not None
    assert pair[0].startswith("incr")
    assert pair[1].startswith("decr")


def test_words_on_both_sides_oppose_nothing() -> None:
    both = frozenset(content_stems("rates increased and decreased"))

    assert opposed_words(both, both) is None


ACT = (
    "Section 19(1): Any person may within thirty days prefer an appeal to an officer senior in rank.",
    "Section 19(3): A second appeal against the decision shall lie within ninety days to the Commission.",
)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("The second appeal to the Commission lies under section 19(1).", Standing.CONFLICT),
        ("The second appeal to the Commission lies under section 19(3).", Standing.BORNE_OUT),
        ("The appeal to the officer senior in rank lies under section 19(1).", Standing.BORNE_OUT),
    ],
)
def test_provision_is_that_at_whose_head_the_words_stand(claim: str, expected: Standing) -> None:
    assert standing(claim, " ".join(ACT)) is expected
