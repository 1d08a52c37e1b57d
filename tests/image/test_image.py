"""The image: built from the Dockerfile for real, run with no privilege and no writable file but its volume."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.fakes import container
from tests.fakes.ports import free_port
from tests.fakes.waiting import until

pytestmark = [
    pytest.mark.image,
    pytest.mark.skipif(os.geteuid() != 0, reason="buildah and podman build and run the image as root"),
]
LIMIT_BYTES = 250_000_000
BODY = {
    "query": "What is the fee?",
    "response": "The fee is 50 rupees.",
    "rag_documents": [{"id": "rules", "content": "An application carries a fee of ten rupees (Rs 10)."}],
}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    container.import_base(tmp_path_factory.mktemp("base"))
    container.build()
    return container.IMAGE


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.mkdir()
    os.chown(path, 1000, 1000)
    return path


@pytest.fixture
async def admin(image: str, volume: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    arguments = ("serve", "--admin-port", str(port))
    async with (
        container.running(volume, tmp_path / "log", *arguments) as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):

        async def is_up() -> bool:
            assert running.process.returncode is None, (tmp_path / "log").read_text()
            try:
                return (await client.get("/health")).status_code == 200
            except httpx.TransportError:
                return False

        await until(is_up, "the container's admin port", 60)
        yield client
        assert await running.stop() == 0, (tmp_path / "log").read_text()


def in_container(volume: Path, *command: str) -> subprocess.CompletedProcess[str]:
    run = container.podman_run(volume, command[1:], ("--entrypoint", command[0]))
    return subprocess.run(run, env=container.ENVIRONMENT, capture_output=True, text=True, check=False)


def test_dockerfile_is_clean_to_the_linter() -> None:
    linter = Path(sys.executable).with_name("hadolint")

    found = subprocess.run((linter, container.DOCKERFILE), capture_output=True, text=True, check=False)

    assert (found.returncode, found.stdout) == (0, "")


def test_image_adds_no_more_than_its_budget_to_the_base(image: str) -> None:
    size, base = container.inspect(image)["Size"], container.inspect(container.base_name())["Size"]

    assert isinstance(size, int)
    assert isinstance(base, int)
    assert size - base <= LIMIT_BYTES


def test_image_says_how_it_is_run_stopped_and_asked(image: str) -> None:
    found = container.inspect(image)
    config = found["Config"]

    assert isinstance(config, dict)
    assert (config["User"], config["StopSignal"], config["Entrypoint"]) == ("1000:1000", "SIGTERM", ["endurance"])
    assert list(config["Volumes"]) == ["/data"]
    assert found["HealthCheck" if "HealthCheck" in found else "Healthcheck"]["Test"] == [  # type: ignore[index] # JSON
        "CMD", "endurance", "doctor", "--live",
    ]  # fmt: skip


async def test_container_scores_and_stops_on_sigterm(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/v1/evaluate", json=BODY, timeout=60)

    assert answer.status_code == 200
    assert [claim["verdict"] for claim in answer.json()["claims"]] == ["hallucinated"]
    assert (await admin.get("/v1/sessions")).json()["total"] == 1


def test_container_refuses_an_open_admin_port_without_keys(image: str, volume: Path) -> None:
    done = in_container(volume, "endurance", "serve", "--admin-host", "0.0.0.0")

    assert done.returncode == 2
    assert "api.keys" in done.stderr


def test_health_check_fails_where_nothing_runs(image: str, volume: Path) -> None:
    done = in_container(volume, "endurance", "doctor", "--live", "--admin-port", str(free_port()))

    assert done.returncode == 1
    assert "gives no answer" in done.stdout


def test_nothing_can_be_written_outside_the_volume(image: str, volume: Path) -> None:
    script = (
        "import json, os\n"
        "places = [name for name in ('/', '/tmp', '/opt/endurance', '/var/tmp', '/data')"
        " if os.access(name, os.W_OK)]\n"
        "print(json.dumps([os.getuid(), places]))"
    )

    done = in_container(volume, "/opt/endurance/bin/python", "-c", script)

    assert json.loads(done.stdout) == [1000, ["/data"]]


def test_no_build_tool_is_in_the_environment_of_the_product(image: str, volume: Path) -> None:
    script = "import importlib.util as u, json; print(json.dumps([n for n in ('pip', 'setuptools') if u.find_spec(n)]))"

    done = in_container(volume, "/opt/endurance/bin/python", "-c", script)

    assert json.loads(done.stdout) == []


def test_the_claim_model_runs_with_what_is_left_of_its_libraries(image: str, volume: Path) -> None:
    script = (
        "from scorer.claims.model import WEIGHTS_FOLDER, ClaimModel\n"
        "print(ClaimModel.load(WEIGHTS_FOLDER).judge('The fee is ten rupees.', 'A fee of ten rupees.'))"
    )

    done = in_container(volume, "/opt/endurance/bin/python", "-c", script)

    assert done.returncode == 0, done.stderr
    assert "Opinion(" in done.stdout
