"""The proxy's options travel as JSON."""

import dataclasses
import json

import pytest

from config.errors import ConfigurationError
from config.settings import ProxySettings
from proxy.options import ProxyOptions
from tests.proxy.conftest import DEFAULTS


def test_options_survive_json() -> None:
    options = dataclasses.replace(DEFAULTS, trusted_peers=("10.0.0.0/8",), upstream="http://bot", engine_address="0061")

    assert ProxyOptions.from_json(options.to_json()) == options
    assert options.engine_socket() == b"\0a"


def test_options_hold_every_setting_of_the_data_path() -> None:
    assert set(ProxySettings.model_fields) <= {field.name for field in dataclasses.fields(ProxyOptions)}


@pytest.mark.parametrize("change", [{"extra": 1}, {"build": None}])
def test_missing_or_unknown_option_is_named(change: dict[str, object]) -> None:
    values = json.loads(DEFAULTS.to_json()) | change
    if "extra" not in change:
        del values["build"]

    with pytest.raises(ConfigurationError, match="extra" if "extra" in change else "build"):
        ProxyOptions.from_json(json.dumps(values))
