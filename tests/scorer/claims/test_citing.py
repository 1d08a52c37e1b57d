import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.claims.citing import blank_citations, is_listed_source, is_only_citation, opens_source_list


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("The fee is Rs 10 [Source: a.md, page 2].", "The fee is Rs 10 ."),
        ("The fee is Rs 10 (Source: x.pdf).", "The fee is Rs 10 ."),
        ("The fee is Rs 10 [SOURCE: a.md].", "The fee is Rs 10 ."),
        ("The fee is Rs 10 [source:a.md].", "The fee is Rs 10 ."),
        ("The fee is Rs 10 (Source: Budget (2023), page 4).", "The fee is Rs 10 ."),
        ("The fee is Rs 10 [1].", "The fee is Rs 10 ."),
        ("The fee is Rs 10 [^1].", "The fee is Rs 10 ."),
        ("The fee is Rs 10 [1-3].", "The fee is Rs 10 ."),
        ("The fee is Rs 10 [1][2], [3].", "The fee is Rs 10 , ."),
        ("The fee is Rs 10 [Doc 2].", "The fee is Rs 10 ."),
        ("The fee is Rs 10 [a.md, page 2].", "The fee is Rs 10 ."),
        ("The fee is Rs 10 (act.pdf, p. 4).", "The fee is Rs 10 ."),
        ("The fee is Rs 10 (page 3).", "The fee is Rs 10 ."),
        ("The fee is Rs 10 [1](https://x.example/a).", "The fee is Rs 10 ."),
        ("The fee is Rs 10\u30104:0\u2020source\u3011.", "The fee is Rs 10 ."),
        ("The fee is Rs 10<sup>1</sup>.", "The fee is Rs 10 ."),
        ("[1] The fee is Rs 10.", "The fee is Rs 10."),
        ("[Source: x] The fee is Rs 10.", "The fee is Rs 10."),
        ("The fee (Source: x.pdf) is Rs 10.", "The fee is Rs 10."),
        ("According to act.pdf (page 3), the fee is Rs 10.", ", the fee is Rs 10."),
        ("The fee is Rs 10, see page 4 of fees.md.", "The fee is Rs 10, ."),
        ("The fee is Rs 10. Source: a.md, page 2", "The fee is Rs 10."),
    ],
)
def test_a_citation_is_blanked_and_the_rest_stays(text: str, spoken: str) -> None:
    blanked = blank_citations(text)

    assert len(blanked) == len(text)
    assert " ".join(blanked.split()) == spoken


def test_a_number_that_is_cited_and_stated_is_blanked_only_where_it_is_cited() -> None:
    assert blank_citations("The fee is Rs 10 [10].") == "The fee is Rs 10     ."


@pytest.mark.parametrize(
    "text",
    [
        "[Document 3 states that the fee is Rs 50]",
        "(the fee was raised to Rs 50 in 2020, p. 4)",
        "According to the Ministry of Roads, the fee is Rs 50.",
        "The fee is Rs 50 (about 1 dollar).",
        "Section 8(1)(j) exempts it.",
        "The form is form-a.pdf.",
        "The fee [in cash] is Rs 50.",
    ],
)
def test_what_may_state_something_is_never_blanked(text: str) -> None:
    assert blank_citations(text) == text


def test_a_file_named_late_in_a_sentence_does_not_hide_the_sentence() -> None:
    text = "In 2023 the fee was Rs 50 and is told in fees.pdf"

    assert blank_citations(text).rstrip() == "In 2023 the fee was Rs 50 and is told"


@pytest.mark.parametrize(
    "text",
    ["[1]", "[1][2], [3].", "See [1].", "Source: a.md, page 2.", "See: the annual report", "a.md, page 7",
     "Annual Report 2023.pdf", "[Annual Report] [Budget]", "(see the annual report)", "https://x.example/a",
     "(page 3)"],
)  # fmt: skip
def test_a_bare_citation_is_only_a_citation(text: str) -> None:
    assert is_only_citation(text, blank_citations(text))


@pytest.mark.parametrize(
    "text",
    ["The fee is Rs 50 [1].", "[Source: x] The fee is Rs 50.", "The fee is Rs 50 (act.pdf, p. 4).",
     "[Document 3 states that the fee is Rs 50]", "In 2023 the fee was Rs 50 and is told in fees.pdf",
     "The officer answers.", "Apply at https://x.example/a"],
)  # fmt: skip
def test_a_statement_with_a_citation_is_more_than_a_citation(text: str) -> None:
    assert not is_only_citation(text, blank_citations(text))


@pytest.mark.parametrize(
    ("line", "is_title"),
    [("Sources:", True), ("## References", True), ("**Sources used:**", True), ("Sources of income are taxed.", False)],
)
def test_the_title_of_a_source_list_is_told_from_a_sentence(line: str, is_title: bool) -> None:
    assert opens_source_list(line) is is_title


@pytest.mark.parametrize(
    ("line", "is_source"),
    [("- RTI Act 2005, section 6", True), ("[2] Annual report, page 4", True), ("- The fee is Rs 50.", False),
     ("The officer answers.", False)],
)  # fmt: skip
def test_a_listed_source_is_told_from_a_statement(line: str, is_source: bool) -> None:
    assert is_listed_source(line) is is_source


@given(st.text(st.characters(), max_size=200) | st.text("[](): .,1^a.mdsourcepg\n\u3010\u3011<>", max_size=200))
def test_any_text_keeps_its_length_and_changes_only_to_spaces(text: str) -> None:
    blanked = blank_citations(text)

    assert len(blanked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))
