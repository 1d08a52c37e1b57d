from hypothesis import given
from hypothesis import strategies as st

from scorer.claims.evidence import PASSAGE_CHARACTERS, READ_CHARACTERS, index_documents
from scorer.model import Document
from scorer.text.tokens import content_stems


def documents(*contents: str | None) -> list[Document]:
    return [Document(id=f"d{number}", content=content) for number, content in enumerate(contents)]


def test_match_finds_the_sentence_that_speaks_of_the_claim() -> None:
    index = index_documents(documents("Roads are long. Lakes are deep.", "The harbour fee is ten rupees. Boats come."))

    match = index.match(content_stems("What fee does the harbour take?"))

    assert match.passages[0].text == "The harbour fee is ten rupees."


def test_match_prefers_rare_words_to_common_ones() -> None:
    index = index_documents(documents("People said that the year was new.", "Tirkey opened the gate."))

    assert index.match(content_stems("Tirkey said")).passages[0].text == "Tirkey opened the gate."


def test_context_helps_to_find_a_short_answer() -> None:
    index = index_documents(documents("Delhi has many parks.", "The company has its head office in Delhi."))

    match = index.match(content_stems("Delhi"), content_stems("Where is the head office of the company?"))

    assert match.passages[0].document == 1


def test_nothing_is_near_when_the_best_passage_speaks_of_something_else() -> None:
    index = index_documents(documents("The harbour was dredged by engineers."))

    assert index.match(content_stems("The librarian paid the harbour pension of twelve teachers")).near == ()


def test_a_table_row_is_matched_with_its_header() -> None:
    index = index_documents(
        documents("| Year | Spending |\n|---|---|\n| 2023-24 | 18.6 crore |\n| 2022-23 | 15 crore |")
    )

    match = index.match(content_stems("spending 2023-24"))

    assert match.passages[0].text == "| 2023-24 | 18.6 crore |"


def test_evidence_carries_document_and_place() -> None:
    given_documents = documents("First. The fee is ten rupees.")
    index = index_documents(given_documents)

    evidence = index.evidence(index.match(content_stems("the fee")).passages[0])

    assert evidence.document_id == "d0"
    assert (
        (given_documents[0].content or "")[evidence.start : evidence.end] == evidence.text == "The fee is ten rupees."
    )


def test_text_beyond_the_limit_is_said_to_be_unread() -> None:
    index = index_documents(documents("word " * (READ_CHARACTERS // 5), "The fee is ten rupees."))

    assert not index.is_whole
    assert index.match(["fee"]).passages == ()


def test_a_document_without_text_makes_the_index_partial() -> None:
    assert [index_documents(documents("A fee.", content)).is_whole for content in ("A fine.", None, " ")] == [
        True,
        False,
        False,
    ]


def test_reading_ends_when_time_is_over() -> None:
    index = index_documents(documents("One fee. " * 2000), is_time_over=lambda: True)

    assert (index.is_whole, list(index.passages)) == (False, [])


def test_a_run_without_stops_is_cut_to_passages() -> None:
    index = index_documents(documents("harbour " * 1000))

    assert max(len(passage.text) for passage in index.passages) <= PASSAGE_CHARACTERS


def test_ten_thousand_documents_are_indexed_and_asked() -> None:
    index = index_documents(documents(*(f"Item {number} is stored in hall {number % 7}." for number in range(10_000))))

    match = index.match(content_stems("Item 4711 is stored"))

    assert match.passages[0].document == 4711


@given(st.lists(st.text(st.characters(), max_size=120), max_size=5), st.text(st.characters(), max_size=60))
def test_passages_of_any_documents_lie_in_them(contents: list[str], claim: str) -> None:
    index = index_documents(documents(*contents))

    for passage in index.match(content_stems(claim)).passages:
        assert contents[passage.document][passage.start : passage.end] == passage.text
