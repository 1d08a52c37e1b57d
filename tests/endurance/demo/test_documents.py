"""Documents are cut into passages by section; every bundled one can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endurance.demo.documents import load_passages, parse_document

TEXT = "# A title\n\n## First\nOne.\nTwo.\n\n## Second\nThree.\n"
LINES = st.text(st.characters(whitelist_categories=("L", "N"), whitelist_characters=" ,."), min_size=1).map(str.strip)
SENTENCES = st.lists(LINES.filter(bool), min_size=1, max_size=4)


def test_each_section_is_a_passage_and_a_page() -> None:
    passages = parse_document("a.md", TEXT)

    assert [(p.heading, p.page, p.content) for p in passages] == [("First", 1, "One. Two."), ("Second", 2, "Three.")]


def test_a_citation_names_file_and_page() -> None:
    _, second = parse_document("a.md", TEXT)

    assert second.citation == "[Source: a.md, page 2]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no title\n\n## S\nx.\n", "expected a first line"),
        ("# Title\n\nno section\n", "at least one section"),
        ("# \n\n## S\nx.\n", "expected a first line"),
        ("# Title\n\n## Empty\n\n", "section 'Empty' has no text"),
    ],
)
def test_a_document_of_another_shape_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_document("a.md", text)


@given(st.lists(SENTENCES, min_size=1, max_size=5))
def test_every_sentence_comes_back_in_order(sections: list[list[str]]) -> None:
    text = "# Title\n" + "".join(f"\n## Part\n{chr(10).join(sentences)}\n" for sentences in sections)

    passages = parse_document("a.md", text)

    assert [list(passage.sentences) for passage in passages] == sections


def test_bundled_documents_say_which_department_is_invented() -> None:
    passages = load_passages()

    titles = {passage.title for passage in passages if passage.source.startswith("department_")}
    assert len({passage.source for passage in passages}) == 8
    assert all("fictitious" in title for title in titles)
