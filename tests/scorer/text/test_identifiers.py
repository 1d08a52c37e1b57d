import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorer.text.identifiers import FOUND_LIMIT, IdentifierKind, find_identifiers

FOUND = [
    ("Aadhaar 9789 3287 9210 of the beneficiary", IdentifierKind.AADHAAR, "9789 3287 9210"),
    ("PAN of the applicant: UGAAK7792L.", IdentifierKind.PAN, "UGAAK7792L"),
    ("Voter card SFW6397620 was verified", IdentifierKind.VOTER_ID, "SFW6397620"),
    ("Salary goes to account 5769860983404 with the bank", IdentifierKind.BANK_ACCOUNT, "5769860983404"),
    ("The UPI id is asha.v99@ybl.", IdentifierKind.UPI, "asha.v99@ybl"),
    ("Her mail is asha.verma30@gmail.com today", IdentifierKind.EMAIL, "asha.verma30@gmail.com"),
    ("You can reach her on +91-7393221633 after ten", IdentifierKind.PHONE, "+91-7393221633"),
    ("Call me on 020 7946 0958 please", IdentifierKind.PHONE, "020 7946 0958"),
    ("Pay with card 4111 1111 1111 1111 now", IdentifierKind.CARD, "4111 1111 1111 1111"),
    ("My IBAN is GB82 WEST 1234 5698 7654 32 thanks", IdentifierKind.IBAN, "GB82 WEST 1234 5698 7654 32"),
    ("NHS number 943 476 5919 on the letter", IdentifierKind.NHS, "943 476 5919"),
    ("His number AB 12 34 56 C is on file", IdentifierKind.NINO, "AB 12 34 56 C"),
    ("Here is my SSN: 054-28-6917", IdentifierKind.SSN, "054-28-6917"),
    ("The user logged in from 41.173.96.26 yesterday", IdentifierKind.IP, "41.173.96.26"),
    ("Passport number M1234567 was issued", IdentifierKind.PASSPORT, "M1234567"),
    ("Driving licence KA0120191234567 expired", IdentifierKind.LICENCE, "KA0120191234567"),
]


@pytest.mark.parametrize(("text", "kind", "written"), FOUND)
def test_identifier_is_found_with_its_place(text: str, kind: IdentifierKind, written: str) -> None:
    (found,) = find_identifiers(text)

    assert (found.kind, found.text, text[found.start : found.end]) == (kind, written, written)


@pytest.mark.parametrize(
    "text",
    [
        "The order number is 483163381748 and it was dispatched on 4 April.",
        "Aadhaar 9789 3287 9211 has a wrong check digit",
        "Batch code HEKXN1434H failed the quality test.",
        "Batch code GIXKS4907T failed the quality test.",
        "File No. 47/268/2021-RTI was closed on 8 March 2018.",
        "The tender value was Rs. 3,92,83,830 for FY 2022-23.",
        "Section 8(1)(j) covers personal information; 30 days run from receipt.",
        "Version 1.2.3.4 of the software",
        "The years 2019 2020 2021 2022 2023",
        "GSTIN 24NWVHD8811X6ZD of the vendor is public.",
    ],
)
def test_look_alike_is_no_identifier(text: str) -> None:
    assert find_identifiers(text) == ()


@pytest.mark.parametrize(
    "text",
    ["Write to pio@dept.gov.in.", "Call the helpline: 1800-11-1234.", "Ask help@shop.com", "The host is 192.168.0.1"],
)
def test_office_contact_is_marked(text: str) -> None:
    assert all(found.is_office for found in find_identifiers(text))
    assert find_identifiers(text)


def test_two_writings_share_a_key() -> None:
    left, right = find_identifiers("call +91 98204 12345")[0], find_identifiers("call 9820412345")[0]

    assert left.key[-10:] == right.key[-10:]


def test_flood_of_identifiers_stops_at_the_limit() -> None:
    text = " ".join(f"user{number}@mail.com" for number in range(3 * FOUND_LIMIT))

    assert len(find_identifiers(text)) == FOUND_LIMIT


@settings(max_examples=60)
@given(st.text(alphabet=st.characters(), max_size=300), st.sampled_from([text for text, _, _ in FOUND]))
def test_places_are_cut_from_any_text_and_do_not_overlap(noise: str, text: str) -> None:
    whole = f"{noise} {text} {noise}"
    found = find_identifiers(whole)

    assert all(whole[one.start : one.end] == one.text for one in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
