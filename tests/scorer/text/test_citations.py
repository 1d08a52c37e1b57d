import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.model import Document
from scorer.text.citations import find_citations, is_resolved

DOCUMENTS = (Document(id="a", source="files/Annual Report 2021.pdf"), Document(id="b", source="WFH_Policy_2023.md"))


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("It was Rs. 18 [Source: Annual Report 2021, Page 31].", ["Annual Report 2021, Page 31"]),
        ("Signed in May (WFH_Policy_2023.md, p. 7).", ["WFH_Policy_2023.md"]),
        ("According to Annual Report 2021, staff stay home.", ["Annual Report 2021"]),
        ("It is so [1] and so [2, 3].", ["1", "2", "3"]),
        ("Nothing is cited [see](http://a.example).", []),
    ],
)
def test_citations_are_read(text: str, sources: list[str]) -> None:
    assert [citation.source for citation in find_citations(text)] == sources


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("x [Source: annual_report_2021, Page 31]", True),
        ("x (WFH Policy 2023, p. 7)", True),
        ("x [2]", True),
        ("x [3]", False),
        ("x [0]", False),
        ("x (Policy_2021.md, p. 7)", False),
        ("According to Infrastructure_Plan_2023.pdf, it is so.", False),
    ],
)
def test_citation_leads_to_a_document_or_not(text: str, resolved: bool) -> None:
    (citation,) = find_citations(text)

    assert is_resolved(citation, DOCUMENTS) is resolved


@given(st.text(alphabet="[]()0123 ,;.pSource:AcordingtX\n", max_size=200))
def test_places_lie_in_the_text(text: str) -> None:
    assert all(0 <= citation.start < citation.end <= len(text) for citation in find_citations(text))
