from scorer.model import Turn
from scorer.text.findings import Findings
from scorer.text.reading import Reading
from tests.fakes.exchanges import make_exchange

LEAK = "Her number is +91 98204 12345."


def _findings(query: str, **changes: object) -> Findings:
    return Findings(make_exchange(query, LEAK, **changes), Reading(LEAK))


def test_identifier_that_the_asker_did_not_give_is_found() -> None:
    assert len(_findings("Who signed?").identifiers) == 1


def test_identifier_that_the_asker_gave_is_left_out() -> None:
    assert _findings("Whose phone is +91-9820412345?").identifiers == ()


def test_identifier_from_an_earlier_turn_of_the_asker_is_left_out() -> None:
    said = (Turn(role="user", content="My phone is +919820412345"),)

    assert _findings("Is it right?", history=said).identifiers == ()


def test_identifier_from_an_earlier_turn_of_the_bot_is_not_given() -> None:
    said = (Turn(role="assistant", content="Her phone is +919820412345"),)

    assert len(_findings("Is it right?", history=said).identifiers) == 1
