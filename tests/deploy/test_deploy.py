"""What is shipped for a laptop and for one machine names only what exists."""

import re
from configparser import ConfigParser
from pathlib import Path

import yaml

from config.loader import PREFIX, load_settings, setting_keys
from config.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
KNOWN = {PREFIX + "_".join(keys).upper() for keys, _ in setting_keys(Settings)} | {"ENDURANCE_CONFIG"}


def test_compose_gives_settings_that_are_taken() -> None:
    environment = COMPOSE["services"]["endurance"]["environment"]

    settings = load_settings({}, environment)

    assert settings.upstream == "http://bot:9000"
    assert settings.api.auth == "off"


def test_compose_publishes_on_loopback_alone() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_compose_mounts_files_that_exist_and_volumes_and_configs_that_are_declared() -> None:
    for service in COMPOSE["services"].values():
        for source in (mount.split(":")[0] for mount in service.get("volumes", [])):
            assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]
        assert {one["source"] for one in service.get("configs", [])} <= COMPOSE["configs"].keys()


def test_compose_has_the_bus_write_before_it_acknowledges() -> None:
    assert "sync_interval: always" in COMPOSE["configs"]["nats"]["content"]


def test_unit_names_settings_that_exist_and_leaves_time_for_open_streams() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # keys of a unit keep their case
    unit.read(ROOT / "deploy" / "endurance.service")

    names = re.findall(r"(ENDURANCE_\w+)=", unit["Service"]["Environment"])
    assert names
    assert set(names) <= KNOWN
    assert int(unit["Service"]["TimeoutStopSec"]) > Settings().proxy.grace_seconds


def test_operations_page_links_to_what_exists() -> None:
    page = ROOT / "docs" / "operations.md"

    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target
