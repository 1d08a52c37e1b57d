import pytest

from config.errors import InvalidInputError
from config.presets import load_presets
from config.settings import ServiceMatch, ServiceSettings
from scorer.model import DimensionName
from scorer.policy import PolicyBook
from tests.fakes.exchanges import make_exchange

SERVICES = (
    ServiceSettings(id="plain"),
    ServiceSettings(id="host", match=ServiceMatch(host="Bot.example"), preset="uk_govt_standard"),
    ServiceSettings(id="path", match=ServiceMatch(path_prefix="/health"), compliance_mode="EU_AI_ACT"),
)
BOOK = PolicyBook(load_presets(), SERVICES, "default")


@pytest.mark.parametrize(
    ("host", "path", "service"),
    [
        ("bot.EXAMPLE:8080", "/", "host"),
        ("other", "/healthcheck", "path"),
        ("[::1]:80", "/x", "default"),
        ("", "", "default"),
    ],
)
def test_first_service_whose_conditions_hold(host: str, path: str, service: str) -> None:
    assert BOOK.service_for(host, path).id == service


def test_wishes_of_the_exchange_come_before_its_service_and_the_defaults() -> None:
    assert BOOK.policy_for(make_exchange(service_id="host")).preset == "uk_govt_standard"
    assert BOOK.policy_for(make_exchange(service_id="host", preset="standard_rti")).preset == "standard_rti"
    assert BOOK.policy_for(make_exchange(service_id="host")).compliance_mode == "UK_GDPR"
    assert BOOK.policy_for(make_exchange(service_id="path")).compliance_mode == "EU_AI_ACT"
    assert BOOK.policy_for(make_exchange(service_id="path", compliance_mode="RTI")).compliance_mode == "RTI"


def test_own_weights_replace_the_presets() -> None:
    policy = BOOK.policy_for(make_exchange(custom_weights={DimensionName.SECURITY: 2.0}))

    assert policy.weights[DimensionName.SECURITY] == 2
    assert sum(policy.weights.values()) == 2


def test_unknown_names_say_what_was_expected() -> None:
    with pytest.raises(InvalidInputError, match="standard_rti") as caught:
        BOOK.policy_for(make_exchange(preset="nope"))

    assert caught.value.field == "preset"
