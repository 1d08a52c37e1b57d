"""Which mode each type has, for the installation and for one service, and what a token is."""

from config.redaction import RedactedType, RedactionSettings, RedactionTypes, ServiceRedaction
from config.settings import ServiceSettings
from scorer.redact.plan import Plan, RedactionBook, is_redacting

SALT = b"a salt for tests"
EMAIL = RedactedType.EMAIL
PHONE = RedactedType.PHONE


def plan_of(general: RedactionSettings, *services: ServiceSettings, service_id: str = "desk") -> Plan:
    return RedactionBook(general, services, SALT).plan_for(service_id)


def test_redaction_is_off_by_default() -> None:
    assert not plan_of(RedactionSettings()).is_on
    assert not is_redacting(RedactionSettings(), [ServiceSettings(id="desk")])


def test_a_type_of_its_own_stands_above_the_mode() -> None:
    plan = plan_of(RedactionSettings(mode="mask", types=RedactionTypes(email="off", phone="hash")))

    assert (plan.modes[EMAIL], plan.modes[PHONE], plan.modes[RedactedType.PAN]) == ("off", "hash", "mask")
    assert plan.is_on


def test_one_type_alone_makes_a_plan_that_is_on() -> None:
    general = RedactionSettings(types=RedactionTypes(phone="hash"))

    assert plan_of(general).is_on
    assert is_redacting(general, [])


def test_a_services_own_section_stands_in_place_of_the_general_one() -> None:
    general = RedactionSettings(mode="mask", types=RedactionTypes(email="off"))
    desk = ServiceSettings(id="desk", redaction=ServiceRedaction(mode="hash"))

    assert plan_of(general, desk).modes[EMAIL] == "hash"
    assert plan_of(general, desk, service_id="other").modes[EMAIL] == "off"


def test_a_service_may_be_the_only_one_that_is_redacted() -> None:
    desk = ServiceSettings(id="desk", redaction=ServiceRedaction(mode="mask"))

    assert is_redacting(RedactionSettings(), [desk])
    assert not plan_of(RedactionSettings(), desk, service_id="other").is_on


def test_a_mask_is_as_long_as_what_it_hides() -> None:
    plan = plan_of(RedactionSettings(mode="mask"))

    assert plan.replacement(PHONE, "98765 43210", "mask") == "*" * 11


def test_two_writings_share_a_token_and_two_salts_do_not() -> None:
    plan = plan_of(RedactionSettings(mode="hash"))
    other = Plan(plan.modes, b"another salt for tests")

    assert plan.token(PHONE, "98765 43210") == plan.token(PHONE, "98765-43210")
    assert plan.token(EMAIL, "Ravi@Mail.org") == plan.token(EMAIL, "ravi@mail.org")
    assert plan.token(PHONE, "98765 43210") != other.token(PHONE, "98765 43210")
    assert plan.token(PHONE, "98765 43210") != plan.token(PHONE, "98765 43211")
    assert plan.token(PHONE, "1234567")[7:] != plan.token(EMAIL, "1234567")[7:]


def test_a_token_names_its_type_and_holds_no_digit() -> None:
    token = plan_of(RedactionSettings(mode="hash")).token(EMAIL, "ravi@mail.org")

    assert token.startswith("[email_")
    assert not any(map(str.isdigit, token))
