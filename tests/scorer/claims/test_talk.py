import pytest

from scorer.claims.talk import ABOUT_DOCUMENTS, find_turn, why_left_out, why_unchecked


@pytest.mark.parametrize(
    "text",
    [
        "I could not find anything about this in the documents that I have.",
        "The documents do not mention the Right to Information Act of 2024.",
        "The documents I have don't say who paid the 40 teachers.",
        "The provided context does not contain any details on Form 16.",
        "The retrieved passages make no mention of the Peshawar office.",
        "The sources are silent on Section 24.",
        "None of the documents mentions the Peshawar office.",
        "Unfortunately, I couldn't find the 2025 budget.",
        "I'm sorry, but I can't answer that from the documents.",
        "I was unable to find the fee for Form 16.",
        "We do not have information about the Peshawar office.",
        "I have no information on the Peshawar office.",
        "Based on the documents, there is no information about Form 16 in the context.",
        "No information about the Peshawar office was found in the documents.",
        "The fee for Form 16 is not mentioned in the provided context.",
        "दस्तावेज़ों में इस विषय का कोई उल्लेख नहीं है।",
        "मुझे इस विषय पर कोई जानकारी नहीं मिली।",
    ],
)
def test_that_nothing_was_found_is_no_claim_about_the_subject(text: str) -> None:
    assert why_left_out(text, is_heading=False) or why_unchecked(text) == ABOUT_DOCUMENTS


@pytest.mark.parametrize(
    "text",
    [
        "The documents do not need to be notarised.",
        "No fee is payable by persons below the poverty line.",
        "The officer could not find the file of 2019.",
        "The Act does not mention a fee for appeals of 2024.",
        "Two documents must be attached to Form 16.",
        "The fee is not payable in cash.",
        "I know that the fee is Rs. 50.",
    ],
)
def test_a_denial_about_the_subject_is_checked(text: str) -> None:
    assert why_unchecked(text) is None


def test_what_follows_the_turn_is_found() -> None:
    text = "I'm sorry, but the documents do not mention Form 16, but the fee is Rs. 50."

    turn = find_turn(text)

    assert turn is not None
    assert text[turn[1] :] == "the fee is Rs. 50."


@pytest.mark.parametrize("text", ["The fee is Rs. 10, but it may be waived.", "The documents do not mention it."])
def test_there_is_no_turn_without_both_parts(text: str) -> None:
    assert find_turn(text) is None
