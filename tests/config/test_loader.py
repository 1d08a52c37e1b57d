"""Settings: precedence, and errors that name the key, where it stood, what was expected and what came."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigurationError
from config.loader import PREFIX, load_settings, setting_keys
from config.settings import Settings


def _file(folder: Path, text: str) -> Path:
    path = folder / "endurance.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_used_when_nothing_is_said() -> None:
    settings = load_settings({}, {})

    assert settings == Settings()
    assert (settings.port, settings.admin_port, settings.probe_port) == (8080, 8081, None)


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    file = _file(tmp_path, "port: 1001\nadmin_port: 1002\nservice_id: from-file\n")
    environment = {"ENDURANCE_PORT": "2001", "ENDURANCE_ADMIN_PORT": "2002"}

    settings = load_settings({"port": 3001, "admin_port": None}, environment, file)

    assert (settings.port, settings.admin_port, settings.service_id) == (3001, 2002, "from-file")


def test_a_nested_key_is_read_from_the_environment() -> None:
    settings = load_settings({}, {"ENDURANCE_COMPAT_NULL_DIMENSIONS": "neutral"})

    assert settings.compat.null_dimensions == "neutral"


def test_the_word_off_stays_a_word() -> None:
    settings = load_settings({}, {"ENDURANCE_API_AUTH": "off"})

    assert settings.api.auth == "off"


def test_a_list_is_read_from_the_environment_as_yaml() -> None:
    settings = load_settings({}, {"ENDURANCE_API_KEYS": "[first, second]"})

    assert [key.get_secret_value() for key in settings.api.keys] == ["first", "second"]


def test_the_file_can_be_named_by_the_environment(tmp_path: Path) -> None:
    file = _file(tmp_path, "service_id: named\n")

    assert load_settings({}, {"ENDURANCE_CONFIG": str(file)}).service_id == "named"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"ENDURANCE_PROT": "1"}, "ENDURANCE_PROT: unknown setting in the environment"),
        ({"ENDURANCE_PORT": "eight"}, "port: input should be a valid integer"),
        ({"ENDURANCE_PORT": "70000"}, "got 70000 (in ENDURANCE_PORT)"),
        ({"ENDURANCE_TIME_ZONE": "Mars"}, "time_zone: expected an IANA time zone"),
        ({"ENDURANCE_UPSTREAM": "ftp://x"}, "upstream: expected a URL such as"),
        ({"ENDURANCE_STORE": "postgres://x"}, "store: expected sqlite:///PATH"),
        ({"ENDURANCE_TRUSTED_PEERS": "[nowhere]"}, "trusted_peers"),
        ({"ENDURANCE_ADMIN_PREFIX": "admin"}, "admin_prefix: expected a path"),
        ({"ENDURANCE_API_KEYS": "[a"}, "ENDURANCE_API_KEYS: not valid YAML"),
    ],
)
def test_a_bad_value_is_named_with_its_place(environment: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({}, environment)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot: 1", "prot: unknown setting (in "),
        ("spool: {limit: 1}", "spool.limit: unknown setting"),
        ("spool: 7", "spool: input should be a valid dictionary"),
        ("- a", "expected a mapping of settings, got list"),
        ("a: [", "is not valid YAML"),
        ("services: [{id: ''}]", "services.0.id: string should have at least 1 character"),
    ],
)
def test_a_bad_file_is_named_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({}, {}, _file(tmp_path, text))

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot read"):
        load_settings({}, {}, tmp_path / "none.yaml")


def test_a_key_is_never_shown_in_an_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({}, {"ENDURANCE_API_KEYS": "{secret-key: 1}"})

    assert "secret-key" not in str(caught.value)


def test_what_kubernetes_puts_beside_a_service_named_endurance_is_not_a_setting() -> None:
    environment = {
        "ENDURANCE_PORT": "tcp://10.0.0.1:80",
        "ENDURANCE_SERVICE_HOST": "10.0.0.1",
        "ENDURANCE_SERVICE_PORT": "80",
        "ENDURANCE_PORT_80_TCP_ADDR": "10.0.0.1",
        "ENDURANCE_ADMIN_SERVICE_HOST": "10.0.0.2",
    }

    assert load_settings({}, environment) == Settings()


def test_no_two_keys_share_a_name_in_the_environment() -> None:
    names = [PREFIX + "_".join(keys).upper() for keys, _ in setting_keys(Settings)]

    assert len(names) == len(set(names))


def test_the_shipped_file_is_the_defaults() -> None:
    page = Path(__file__).parents[2] / "config" / "endurance.yaml"

    assert load_settings({}, {}, page) == Settings()


def _read(path: Path) -> Settings | ConfigurationError:
    try:
        return load_settings({}, {}, path)
    except ConfigurationError as error:
        return error


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_file_ends_in_settings_or_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    outcome = _read(_file(tmp_path_factory.mktemp("any"), text))

    assert isinstance(outcome, Settings) or "\n" not in str(outcome)


@given(st.dictionaries(st.sampled_from(["port", "store", "spool", "api", "services", "x"]), st.integers() | st.text()))
def test_any_mapping_ends_in_settings_or_an_error(tmp_path_factory: pytest.TempPathFactory, data: dict) -> None:
    outcome = _read(_file(tmp_path_factory.mktemp("any"), yaml.safe_dump(data)))

    assert isinstance(outcome, Settings) or str(outcome)
