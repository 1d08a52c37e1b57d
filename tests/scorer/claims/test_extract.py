from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.claims.extract import (
    CLAIM_CHARACTERS,
    CLAIM_LIMIT,
    LEFT_OUT_LIMIT,
    SPAN_LIMIT,
    TIME_CHECK_SPANS,
    extract,
    extract_statements,
)
from scorer.claims.talk import ABOUT_DOCUMENTS


def checkable(response: str, query: str = "") -> list[str]:
    return [one.text for one in extract_statements(query, response) if one.unchecked is None]


def test_sentences_and_list_items_become_statements() -> None:
    answer = (
        "The fee is Rs. 10. It is paid in cash.\n- **Appeals** cost nothing here\n2. The officer answers in 30 days."
    )

    assert checkable(answer) == [
        "The fee is Rs. 10.",
        "It is paid in cash.",
        "Appeals** cost nothing here",
        "The officer answers in 30 days.",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Hello!", "a greeting or a courtesy"),
        ("Namaste", "a greeting or a courtesy"),
        ("Thank you for your question.", "a greeting or a courtesy"),
        ("[1]", "a citation and nothing else"),
        ("Source: [doc 2]", "a citation and nothing else"),
        ("## Fees", "a heading"),
        ("😀", "no words"),
        ("Let me know if you need more.", "talk about the answer itself"),
        ("Here is the answer:", "it only announces what follows"),
        ("I hope this helps!", "talk about the answer itself"),
        ("The provided documents do not mention this.", "talk about the answer itself"),
    ],
)
def test_what_states_nothing_is_left_out_with_its_reason(text: str, reason: str) -> None:
    extraction = extract("q", f"  {text}\n---\n***")

    assert extraction.statements == ()
    assert [(one.start, one.end, one.reason) for one in extraction.left_out] == [(2, 2 + len(text), reason)]


def test_a_tables_header_and_a_list_of_sources_are_told_as_what_they_are() -> None:
    answer = "| Year | Budget |\n|---|---|\n| 2023-24 | 18.6 crore |\n\nSources:\n- a.md, page 2"

    left_out = extract("", answer).left_out

    assert [(answer[one.start : one.end], one.reason) for one in left_out] == [
        ("| Year | Budget |", "the header of a table"),
        ("Sources:", "a citation and nothing else"),
        ("- a.md, page 2", "a citation and nothing else"),
    ]


def test_what_is_left_out_is_bounded_in_number() -> None:
    assert len(extract("", "Hello.\n" * (LEFT_OUT_LIMIT + 50)).left_out) == LEFT_OUT_LIMIT


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Do you want to file an appeal?", "a question states nothing"),
        ("I think that sounds fair to everyone.", "an opinion is neither true nor false"),
    ],
)
def test_questions_and_opinions_are_kept_with_their_reason(text: str, reason: str) -> None:
    (statement,) = extract_statements("", text)

    assert statement.unchecked == reason


def test_an_opinion_with_a_figure_is_a_statement() -> None:
    assert checkable("I think the fee is Rs. 10.") == ["I think the fee is Rs. 10."]


@pytest.mark.parametrize(
    ("sentence", "halves"),
    [
        (
            "The officer must reply within 30 days, and the applicant may appeal under section 19(1).",
            ["The officer must reply within 30 days", "the applicant may appeal under section 19(1)."],
        ),
        (
            "The budget was Rs. 5 crore; the department spent Rs. 4 crore.",
            ["The budget was Rs. 5 crore", "the department spent Rs. 4 crore."],
        ),
    ],
)
def test_two_joined_statements_are_split(sentence: str, halves: list[str]) -> None:
    assert checkable(sentence) == halves


def test_a_list_inside_a_sentence_is_not_split() -> None:
    sentence = "The file holds letters, bills, receipts and the minutes of two meetings."

    assert checkable(sentence) == [sentence]


def test_a_table_row_is_read_with_its_header() -> None:
    (row,) = extract_statements("", "| Year | Budget |\n|---|---|\n| 2023-24 | 18.6 crore |")

    assert (row.text, row.context) == ("| 2023-24 | 18.6 crore |", "| Year | Budget |")


def test_a_list_item_is_read_with_its_lead_in() -> None:
    (item,) = extract_statements("", "Documents needed:\n- proof of identity and address for the form")

    assert item.context == "Documents needed:"


def test_a_short_answer_is_read_with_its_question() -> None:
    (statement,) = extract_statements("What is the fee?", "Rs. 10")

    assert (statement.text, statement.context, statement.is_short_answer) == ("Rs. 10", "What is the fee?", True)


def test_statements_are_bounded_in_number_and_the_rest_is_named() -> None:
    statements = extract_statements("", "The fee is ten rupees. " * (CLAIM_LIMIT + 50))

    assert len(statements) == CLAIM_LIMIT + 1
    assert "more than" in (statements[-1].unchecked or "")


def test_a_statement_keeps_its_citation_in_its_text_and_not_in_what_is_compared() -> None:
    response = "Pay first [1]. The fee (Source: x.pdf) is Rs 10 [Source: a.md, page 2]. [2] Then wait for the reply."

    statements = extract_statements("", response)

    assert [response[one.start : one.end] for one in statements] == [one.text for one in statements]
    assert [" ".join(one.spoken.split()) for one in statements] == [
        "Pay first .",
        "The fee is Rs 10 .",
        "Then wait for the reply.",
    ]


def test_a_list_of_sources_states_nothing() -> None:
    answer = (
        "The fee is ten rupees.\n\nSources:\n- a.md, page 2\n- RTI Act 2005, section 6\n\nThe officer answers soon."
    )

    assert checkable(answer) == ["The fee is ten rupees.", "The officer answers soon."]


def test_a_statement_below_a_list_of_sources_is_kept() -> None:
    assert checkable("Sources:\n- The fee is Rs. 50 for all.") == ["The fee is Rs. 50 for all."]


def test_a_short_answer_with_a_long_citation_is_read_with_its_question() -> None:
    (statement,) = extract_statements("What is the fee?", "Rs. 10 [Source: the fee rules of the office, page 2]")

    assert statement.is_short_answer


@pytest.mark.parametrize(
    ("answer", "subject", "resolved"),
    [
        (
            "The portal opened in 2007. It takes complaints from all states.",
            "The portal",
            "The portal takes complaints from all states.",
        ),
        (
            "In 2007, the national portal was opened. It takes complaints.",
            "the national portal",
            "the national portal takes complaints.",
        ),
        ("The officers are paid monthly. They answer letters.", "The officers", "The officers answer letters."),
        ("Asha Rao was born in Pune. She leads the board.", "Asha Rao", "Asha Rao leads the board."),
    ],
)
def test_a_pronoun_carries_the_subject_of_the_sentence_before(answer: str, subject: str, resolved: str) -> None:
    last = extract_statements("", answer)[-1]

    assert (last.subject, last.resolved) == (subject, resolved)
    assert answer[last.start : last.end] == last.text
    assert last.spoken == last.text


def test_a_subject_is_carried_on_over_several_pronouns() -> None:
    statements = extract_statements("", "The portal opened in 2007. It is free of cost. It takes complaints online.")

    assert [one.subject for one in statements] == ["", "The portal", "The portal"]


@pytest.mark.parametrize(
    "answer",
    [
        "The portal was opened in 2007.\nIt takes complaints.",
        "- The portal was opened in 2007.\n- It takes complaints.",
        "The portal was opened in 2007. Anyone may file a complaint there. It takes complaints.",
    ],
    ids=["another paragraph", "another item", "a sentence between"],
)
def test_a_subject_is_not_carried_over_a_gap(answer: str) -> None:
    assert extract_statements("", answer)[-1].subject == ""


def test_what_follows_nothing_found_is_a_statement_of_its_own() -> None:
    first, second = extract_statements("", "The documents do not mention Form 16 but the fee is Rs. 50.")

    assert (first.unchecked, second.text, second.unchecked) == (ABOUT_DOCUMENTS, "the fee is Rs. 50.", None)


def test_help_offered_after_nothing_found_states_nothing() -> None:
    statements = extract_statements("", "The documents do not mention Form 16, but I can help you with other forms.")

    assert [one.unchecked for one in statements] == [ABOUT_DOCUMENTS]


def test_lines_that_state_nothing_are_bounded_in_number_and_the_rest_is_named() -> None:
    (rest,) = extract_statements("", "Hello.\n" * (SPAN_LIMIT + 50))

    assert (rest.start, "more than" in (rest.unchecked or "")) == (SPAN_LIMIT * len("Hello.\n"), True)


def test_what_is_not_read_in_time_is_named() -> None:
    statements = extract("", "The fee is ten rupees. " * 100, is_time_over=lambda: True).statements

    assert len(statements) == TIME_CHECK_SPANS
    assert statements[-1].unchecked == "not checked: the time to read the answer was over"


@given(st.text(st.characters(), max_size=300) | st.text("a .;,|-*#[]()\n\"'?!é1", max_size=300), st.text(max_size=20))
def test_statements_of_any_text_are_its_pieces_in_order(response: str, query: str) -> None:
    statements = extract_statements(query, response)

    assert all(response[one.start : one.end] == one.text != "" for one in statements)
    assert all(len(one.text) <= CLAIM_CHARACTERS for one in statements)
    assert all(one.end <= two.start for one, two in pairwise(statements))
