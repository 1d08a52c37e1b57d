"""`endurance doctor`: each look on what is well and on what is not, and the short question of a health check."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from endurance.__main__ import main
from tests.fakes.nats_server import NatsServer, require_nats
from tests.fakes.ports import free_port


@pytest.fixture
def answering_port() -> Iterator[int]:
    """A port that answers every connection as the admin port does while the store is away."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        body = b'{"status":"degraded"}'
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def doctor(data_dir: Path, *options: str) -> Result:
    arguments = ["doctor", "--data-dir", str(data_dir), *options]
    return CliRunner().invoke(main, arguments, env={"COLUMNS": "200"})


def test_all_is_well_before_the_first_start(tmp_path: Path) -> None:
    result = doctor(tmp_path, "--admin-port", str(free_port()))

    assert result.exit_code == 0
    assert "not running here" in result.output
    assert "answers; 0 sessions" in result.output
    assert list(tmp_path.glob(".doctor-*")) == []


def test_an_upstream_that_refuses_is_an_error(tmp_path: Path) -> None:
    result = doctor(tmp_path, "--admin-port", str(free_port()), "--upstream", f"http://127.0.0.1:{free_port()}")

    assert result.exit_code == 1
    assert "Connection refused" in result.output


def test_an_upstream_whose_certificate_is_no_certificate_is_an_error(tmp_path: Path, answering_port: int) -> None:
    result = doctor(tmp_path, "--upstream", f"https://127.0.0.1:{answering_port}")

    assert result.exit_code == 1


def test_a_data_directory_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")

    result = doctor(path, "--admin-port", str(free_port()), "--store", f"sqlite:///{tmp_path}/endurance.db")

    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_a_store_that_is_away_is_an_error(tmp_path: Path) -> None:
    url = f"mongodb://127.0.0.1:{free_port()}/x?serverSelectionTimeoutMS=200"
    command = (sys.executable, "-m", "endurance", "doctor", "--data-dir", str(tmp_path), "--store", url)

    # A process of its own: the driver's monitor leaves a socket behind when its loop ends in the middle of a connect.
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert "refused" in result.stdout


def test_streams_that_the_first_start_will_make_are_a_warning(tmp_path: Path, nats_server: NatsServer) -> None:
    file = tmp_path / "endurance.yaml"
    monitoring = f"http://127.0.0.1:{nats_server.monitor_port}"
    file.write_text(f"jetstream: {{stream: DOCTOR, replicas: 1, monitoring_urls: ['{monitoring}']}}")
    options = ("--admin-port", str(free_port()), "--config", str(file), "--queue", nats_server.url)

    result = doctor(tmp_path / "data", *options)

    assert result.exit_code == 0
    told = " ".join(result.output.replace("│", " ").split())
    assert "stream DOCTOR is missing" in told
    assert "writes to disk each 120 s only" in told


def test_a_bus_that_is_away_is_an_error(tmp_path: Path) -> None:
    require_nats()
    command = (sys.executable, "-m", "endurance", "doctor", "--data-dir", str(tmp_path), "--queue")

    result = subprocess.run((*command, f"nats://127.0.0.1:{free_port()}"), capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert "the bus is away" in result.stdout


def test_live_asks_nothing_but_the_running_one(tmp_path: Path) -> None:
    result = doctor(tmp_path / "absent", "--live", "--admin-port", str(free_port()))

    assert result.exit_code == 1
    assert "gives no answer" in result.output
    assert not (tmp_path / "absent").exists()


def test_live_is_well_while_only_the_store_is_away(tmp_path: Path, answering_port: int) -> None:
    result = doctor(tmp_path, "--live", "--admin-host", "0.0.0.0", "--admin-port", str(answering_port))

    assert result.exit_code == 0
    assert "degraded" in result.output


def test_live_asks_the_probe_port_where_there_is_one(tmp_path: Path, answering_port: int) -> None:
    options = ("--admin-port", str(free_port()), "--probe-port", str(answering_port))

    assert doctor(tmp_path, "--live", *options).exit_code == 0
