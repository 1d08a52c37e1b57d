"""Numbers by structure and check digits; what one check digit guards needs its words."""

import pytest

from config.redaction import RedactedType
from scorer.redact.national import find_national


def found(text: str) -> list[tuple[str, str]]:
    return [(type_.value, text[start:end]) for type_, start, end in find_national(text)]


@pytest.mark.parametrize(
    ("number", "type_"),
    [
        ("27AAPFU0939F1ZV", RedactedType.GSTIN),
        ("ABCPK1234F", RedactedType.PAN),
        ("abcpk1234f", RedactedType.PAN),
        ("HDFC0001234", RedactedType.IFSC),
        ("234123412346", RedactedType.AADHAAR),
        ("2341-2341-2346", RedactedType.AADHAAR),
        ("4111 1111 1111 1111", RedactedType.CARD),
        ("378282246310005", RedactedType.CARD),
        ("RCCMNL83S18D969H", RedactedType.NATIONAL_ID),  # Italy
        ("54362315-K", RedactedType.NATIONAL_ID),  # Spain
        ("X-2482300W", RedactedType.NATIONAL_ID),  # Spain, foreigners
        ("131052-308T", RedactedType.NATIONAL_ID),  # Finland
        ("6433435F", RedactedType.NATIONAL_ID),  # Ireland
        ("2 95 10 99 126 111 93", RedactedType.NATIONAL_ID),  # France
        ("44051401359", RedactedType.NATIONAL_ID),  # Poland
        ("37605030299", RedactedType.NATIONAL_ID),  # Estonia
        ("85073003328", RedactedType.NATIONAL_ID),  # Belgium
        ("1630615123457", RedactedType.NATIONAL_ID),  # Romania
        ("0101006500006", RedactedType.NATIONAL_ID),  # Slovenia
        ("880320-0016", RedactedType.NATIONAL_ID),  # Sweden
        ("710319/2745", RedactedType.NATIONAL_ID),  # Czechia
    ],
)
def test_a_number_is_found_without_any_words_about_it(number: str, type_: RedactedType) -> None:
    assert (type_.value, number) in found(f"It reads {number}, as filed.")


@pytest.mark.parametrize(
    ("cue", "number"),
    [
        ("BSN", "111222333"),
        ("EGN", "7523169263"),
        ("Steuer-ID", "36574261809"),
        ("OIB", "33392005961"),
        ("NHS number", "9434765919"),
        ("UTR", "1955839661"),
        ("tax number", "501442600"),
    ],
)
def test_a_number_with_one_check_digit_is_found_beside_its_words_alone(cue: str, number: str) -> None:
    assert found(f"Her {cue} is {number}.") == [("national_id", number)]
    assert found(f"We counted {number}.") == []


def test_a_payment_address_of_any_bank_is_found_where_a_payment_is_spoken_of() -> None:
    assert found("Pay by UPI to ravi.k@anybank today") == [("upi", "ravi.k@anybank")]
    assert found("Ask ravi.k@anybank today") == []


@pytest.mark.parametrize(
    "text",
    [
        "27AAPFU0939F1ZW is not valid",
        "234123412347",
        "4111 1111 1111 1112",
        "Rs 1,234,567,890 of 12,345,678",
        "section 8.1.2.3 and 2025-26",
        "1.5 of 2.5",
        "RCCMNL83S18D969X",
    ],
)
def test_what_fails_its_check_or_is_an_amount_is_left(text: str) -> None:
    assert found(text) == []
