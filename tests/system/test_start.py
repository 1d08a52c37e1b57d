"""What is wrong at start is said in one line, with exit code 2, before any port opens."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from tests.fakes.ports import free_port
from tests.fakes.product import clean_environment, running_product

pytestmark = pytest.mark.system


async def refuse(*flags: str, environment: dict[str, str] | None = None) -> str:
    """Run `endurance serve`, which must end by itself with exit code 2; return the one line it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "endurance", "serve", *flags,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=clean_environment() | (environment or {}),
    )  # fmt: skip
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    lines = [line for line in errors.decode().splitlines() if not line.startswith("{")]
    assert process.returncode == 2, errors.decode()
    assert len(lines) == 1, lines
    return lines[0]


def ports() -> tuple[str, ...]:
    """Flags for ports that are free."""
    return ("--port", str(free_port()), "--admin-port", str(free_port()))


async def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    line = await refuse(environment={"ENDURANCE_PROT": "1"})

    assert line == "endurance: ENDURANCE_PROT: unknown setting in the environment"


async def test_an_unknown_key_in_the_file_is_named_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "endurance.yaml"
    file.write_text("spool: {limit: 1}")

    line = await refuse("--config", str(file))

    assert line == f"endurance: spool.limit: unknown setting (in {file})"


async def test_an_ill_typed_setting_says_what_was_expected_and_what_came() -> None:
    line = await refuse(environment={"ENDURANCE_SPOOL_LIMIT_BYTES": "much"})

    assert "spool.limit_bytes: input should be a valid integer" in line
    assert "got 'much' (in ENDURANCE_SPOOL_LIMIT_BYTES)" in line


@pytest.mark.parametrize("name", ["port", "admin_port"])
async def test_a_port_in_use_is_named(tmp_path: Path, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        flag = "--" + name.replace("_", "-")

        line = await refuse(
            "--upstream", "http://127.0.0.1:9", "--data-dir", str(tmp_path), *ports(), flag, str(port)
        )  # fmt: skip

    assert line.startswith(f"endurance: {name}: cannot listen on 127.0.0.1:{port}: ")


async def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    line = await refuse("--data-dir", str(tmp_path / "file" / "data"), *ports())

    assert line.startswith("endurance: data_dir: cannot use ")


async def test_a_data_directory_in_use_is_refused(tmp_path: Path) -> None:
    async with running_product(tmp_path, None) as product:
        line = await refuse("--data-dir", str(product.data_dir), *ports())

    assert line.endswith("is in use by another Endurance")


@pytest.mark.parametrize("url", ["postgres://localhost", "mongodb://", "sqlite:////proc/none/endurance.db"])
async def test_a_wrong_store_url_is_refused(tmp_path: Path, url: str) -> None:
    line = await refuse("--store", url, "--data-dir", str(tmp_path / "data"), *ports())

    assert line.startswith("endurance: store: ")


async def test_listening_beyond_loopback_without_keys_is_refused(tmp_path: Path) -> None:
    line = await refuse("--admin-host", "0.0.0.0", "--data-dir", str(tmp_path), *ports())

    assert "set api.keys, or say api.auth: off" in line
