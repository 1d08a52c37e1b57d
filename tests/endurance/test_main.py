"""The command line: what it takes, and how it refuses."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from endurance.__main__ import main


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    for command in ("serve", "demo", "check-config", "evaluate", "check-store", "export"):
        assert command in result.output


def test_serve_takes_the_flags_of_the_design() -> None:
    result = CliRunner().invoke(main, ["serve", "--help"])

    for flag in (
        "--upstream", "--host", "--port", "--admin-host", "--admin-port", "--probe-port", "--store", "--queue",
        "--service-id", "--config", "--data-dir",
    ):  # fmt: skip
        assert flag in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--queue", "nats://127.0.0.1,http://127.0.0.1"], "queue: expected nats://HOST:PORT or tls://"),
        (["--queue", "http://127.0.0.1"], "queue: expected nats://HOST:PORT"),
        (["--admin-host", "0.0.0.0"], "admin_host: 0.0.0.0 is reachable from other machines; set api.keys"),
        (["--probe-port", "9"], "probe_port: needs an upstream"),
        (["--admin-port", "0"], "admin_port: input should be greater than or equal to 1, got 0 (in --admin-port)"),
        (["--config", "/nowhere.yaml"], "cannot read /nowhere.yaml"),
    ],
)
def test_serve_refuses_in_one_line_with_exit_code_2(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--data-dir", str(tmp_path), *arguments])

    assert result.exit_code == 2
    assert message in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_check_config_shows_what_is_in_force() -> None:
    result = CliRunner().invoke(main, ["check-config", "--service-id", "helpdesk"])

    assert result.exit_code == 0, result.output
    assert "service_id: helpdesk" in result.output
    assert "standard_rti" in result.output


def test_check_config_never_prints_a_key(tmp_path: Path) -> None:
    file = tmp_path / "endurance.yaml"
    file.write_text("api: {keys: [very-secret]}")

    result = CliRunner().invoke(main, ["check-config", "--config", str(file)])

    assert result.exit_code == 0, result.output
    assert "very-secret" not in result.output


def test_an_admin_prefix_on_an_open_traffic_port_asks_for_keys(tmp_path: Path) -> None:
    file = tmp_path / "endurance.yaml"
    file.write_text("{admin_prefix: /_endurance, host: 0.0.0.0, upstream: 'http://127.0.0.1:9'}")

    result = CliRunner().invoke(main, ["serve", "--data-dir", str(tmp_path), "--config", str(file)])

    assert result.exit_code == 2
    assert result.output == (
        "endurance: admin_prefix: under it the admin port is reachable from other machines; "
        "set api.keys, or say api.auth: off\n"
    )


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("api: {keys_file: /nowhere/keys.yaml}", "api.keys_file: cannot read /nowhere/keys.yaml: No such file"),
        (
            "webhooks: [{id: a, url: 'https://x.example/', secret_file: /nowhere/s}]",
            "webhooks.a: cannot read /nowhere/s",
        ),
        ("webhooks: [{id: a, url: 'http://x.example/', secret: hidden}]", "webhooks.0: expected https://"),
    ],
)
def test_what_keys_and_webhooks_lack_is_one_line_that_shows_no_secret(
    tmp_path: Path, section: str, message: str
) -> None:
    file = tmp_path / "endurance.yaml"
    file.write_text(section)

    result = CliRunner().invoke(main, ["check-config", "--config", str(file)])

    assert result.exit_code == 2
    assert message in result.output
    assert "hidden" not in result.output
    assert len(result.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "api",
    [
        "named_keys: [{name: a, sha256: " + "0a" * 32 + ", scopes: [read]}]",
        "oidc: {issuer: i, audience: a, jwks_url: 'https://login.example.org/keys'}",
        "auth: off",
    ],
)
def test_any_kind_of_key_lets_the_admin_port_be_open_to_others(tmp_path: Path, api: str) -> None:
    file = tmp_path / "endurance.yaml"
    file.write_text(f"{{admin_host: 0.0.0.0, api: {{{api}}}}}")

    # A folder below a file cannot be made: what is looked at after the keys.
    result = CliRunner().invoke(main, ["serve", "--data-dir", str(file / "below"), "--config", str(file)])

    assert "data_dir: cannot use" in result.output
    assert "is reachable" not in result.output
