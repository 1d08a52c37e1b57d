"""What the model reads of a claim and of the documents."""

from hypothesis import given
from hypothesis import strategies as st

from scorer.claims.evidence import index_documents
from scorer.claims.extract import Statement
from scorer.claims.pairing import CLAIM_CHARACTERS, EVIDENCE_CHARACTERS, claim_text, evidence_text
from scorer.model import Document


def statement(text: str, context: str = "") -> Statement:
    return Statement(0, len(text), text, text, context)


def lines(count: int) -> str:
    return " ".join(
        f"Line number {number} tells of the town of Place{number} and of its long river." for number in range(count)
    )


def test_short_answer_is_read_with_its_question() -> None:
    assert claim_text(statement("Paris", "Which city?")) == "Which city? Paris"


def test_claim_is_kept_where_a_long_question_is_cut() -> None:
    text = claim_text(statement("It is 30 days.", "why " * 500))

    assert text.endswith("It is 30 days.")
    assert len(text) == CLAIM_CHARACTERS


def test_figures_are_spelled_as_the_passages_spell_them() -> None:
    index = index_documents([Document(id="a", content="The contract of 14 March 2025 is worth Rs 4.20 crore.")])

    text = claim_text(statement("It was worth Rs 42 million on 14/03/2025, not Rs 43 million."), index.passages)

    assert text == "It was worth Rs 4.20 crore on 14 March 2025, not Rs 43 million."


def test_short_documents_are_read_whole_in_their_order() -> None:
    index = index_documents([Document(id="a", content="One thing is so."), Document(id="b", content="Another is not.")])

    assert evidence_text(index, ()) == "One thing is so. Another is not."


def test_of_long_documents_the_picked_passages_are_read_in_the_order_of_the_text() -> None:
    index = index_documents([Document(id="a", content=lines(30))])

    text = evidence_text(index, (20, 3))

    assert text.index("Place3 ") < text.index("Place20 ")
    assert "Place4 " not in text


def test_passages_beyond_the_limit_are_left_out_best_first() -> None:
    index = index_documents([Document(id="a", content=lines(30))])

    text = evidence_text(index, (9, 8, 7, 6, 5, 4, 3, 2, 1, 0))

    assert "Place9 " in text
    assert "Place0 " not in text
    assert len(text) <= EVIDENCE_CHARACTERS


def test_row_of_a_table_comes_with_its_header() -> None:
    rows = "\n".join(f"| {year} | {year * 3} crore |" for year in range(1990, 2024))
    index = index_documents([Document(id="a", content=f"| Year | Budget |\n{rows}")])

    assert evidence_text(index, (20,)).startswith("| Year | Budget |")


@given(st.lists(st.text(max_size=700), max_size=4), st.text(max_size=900), st.text(max_size=900))
def test_any_text_stays_within_the_limits(contents: list[str], text: str, context: str) -> None:
    index = index_documents([Document(id=str(number), content=one) for number, one in enumerate(contents)])

    assert len(evidence_text(index, range(len(index.passages)))) <= EVIDENCE_CHARACTERS
    assert len(claim_text(statement(text, context), index.passages)) <= CLAIM_CHARACTERS
