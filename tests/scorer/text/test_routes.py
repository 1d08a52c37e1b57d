import pytest

from scorer.text.reading import Reading
from scorer.text.routes import find_contact, find_period, find_review


@pytest.mark.parametrize(
    "text", ["Write to desk@office.example.", "Call 0800 555 111.", "I will connect you to a colleague."]
)
def test_contact_is_found(text: str) -> None:
    assert find_contact(Reading(text)) is not None


def test_no_contact_in_a_brush_off() -> None:
    assert find_contact(Reading("I can help you with anything here.")) is None


def test_review_is_found_unless_it_is_denied() -> None:
    assert find_review(Reading("You may file a first appeal.")) is not None
    assert find_review(Reading("There is no right of appeal.")) is None


@pytest.mark.parametrize("text", ["within 30 days", "within thirty (30) days", "within two working weeks"])
def test_period_is_found(text: str) -> None:
    found = find_period(Reading(f"Appeal {text} of receipt."))

    assert found is not None
    assert found.text.startswith("within")
