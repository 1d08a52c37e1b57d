"""Everything that redaction knows, from every finder, with its type."""

import pytest

from config.redaction import RedactedType, RedactionTypes
from scorer.redact.find import TYPES, find_all
from scorer.text.identifiers import IdentifierKind


def found(text: str) -> set[tuple[str, str]]:
    return {(one.type.value, one.text) for one in find_all(text)}


def test_every_kind_of_the_finder_has_a_type() -> None:
    assert set(TYPES) == set(IdentifierKind)


def test_every_type_has_its_setting() -> None:
    assert list(RedactionTypes.model_fields) == [type_.value for type_ in RedactedType]


@pytest.mark.parametrize(
    ("text", "type_", "wanted"),
    [
        ("Write to ravi.kumar@mail.org.", "email", "ravi.kumar@mail.org"),
        ("Write to pio@department.gov.in.", "email", "pio@department.gov.in"),
        ("Call +91 98765 43210 today", "phone", "+91 98765 43210"),
        ("The client came from 203.0.113.9 today", "ip", "203.0.113.9"),
        ("IBAN GB82 WEST 1234 5698 7654 32", "iban", "GB82 WEST 1234 5698 7654 32"),
        ("Bank account 123456789012345", "bank_account", "123456789012345"),
        ("Voter card ABC1234567", "epic", "ABC1234567"),
        ("passport no K1234567", "passport", "K1234567"),
        ("Her NI number is AB123456C", "national_id", "AB123456C"),
        ("key AKIAIOSFODNN7ABCDEFG", "secret", "AKIAIOSFODNN7ABCDEFG"),
        ("password: Tr0ub4dor&3xyz", "secret", "Tr0ub4dor&3xyz"),
        ("Authorization: Bearer abcDEF0123456789abcdef", "secret", "abcDEF0123456789abcdef"),
        ("postgres://app:s3cr3tPas5@db.internal/x", "secret", "s3cr3tPas5"),
    ],
)
def test_it_is_found_with_its_type(text: str, type_: str, wanted: str) -> None:
    assert (type_, wanted) in found(text)


def test_a_reading_too_short_to_tell_anybody_is_left() -> None:
    assert found("the host ::1 answers") == set()


def test_places_are_those_of_the_text() -> None:
    text = "Pay ravi@okaxis; postgres://app:s3cr3tPas5@db.internal/x; mail a.b@c.org"

    assert all(text[one.start : one.end] == one.text for one in find_all(text))
