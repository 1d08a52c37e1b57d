import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.claims.languages import language_of, why_incomparable
from scorer.model import Document

ENGLISH = "The officer shall provide the information within thirty days of the request."
HINDI = "लोक सूचना अधिकारी तीस दिनों के भीतर सूचना देता है।"
SPANISH = "La oficina debe responder dentro de los treinta días siguientes a la solicitud de los ciudadanos."
TAMIL = "பொது தகவல் அலுவலர் முப்பது நாட்களுக்குள் தகவலை வழங்க வேண்டும்."


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (HINDI, "hi"), (SPANISH, "es"), (TAMIL, "ta")])
def test_language_is_told(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_short_text_has_no_language() -> None:
    assert language_of("Rs. 10") is None


@pytest.mark.parametrize(
    ("answer", "document"), [(ENGLISH, ENGLISH), (HINDI, HINDI), ("Rs. 10", ENGLISH), (TAMIL, TAMIL)]
)
def test_one_supported_language_is_comparable(answer: str, document: str) -> None:
    assert why_incomparable(answer, [Document(id="d", content=document)]) is None


@pytest.mark.parametrize(
    ("answer", "document", "reason"),
    [
        (SPANISH, ENGLISH, "the answer's language (es) is not supported"),
        (ENGLISH, SPANISH, "the documents' language (es) is not supported"),
        (HINDI, ENGLISH, "different languages"),
        (ENGLISH, HINDI, "different languages"),
        ("शुल्क दस", ENGLISH, "different languages"),
    ],
)
def test_other_languages_and_mixed_pairs_have_a_reason(answer: str, document: str, reason: str) -> None:
    assert reason in (why_incomparable(answer, [Document(id="d", content=document)]) or "")


@given(st.text(st.characters(), max_size=200))
def test_language_of_any_text_is_told_or_none(text: str) -> None:
    language = language_of(text)

    assert language is None or language
