"""What the supervisor holds before any process starts: ports, the Unix socket, the data directory's lock."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.errors import ConfigurationError
from endurance.supervisor import bind_engine_socket, bind_port, locked_data_dir


def test_a_bound_port_accepts_connections_before_anyone_serves_them() -> None:
    with bind_port("127.0.0.1", 0, "port") as listener, socket.create_connection(listener.getsockname()) as client:
        assert client.getpeername() == listener.getsockname()


def test_a_port_in_use_is_an_error_that_names_the_setting() -> None:
    with bind_port("127.0.0.1", 0, "port") as listener:
        port = listener.getsockname()[1]

        with pytest.raises(ConfigurationError, match=rf"admin_port: cannot listen on 127.0.0.1:{port}: "):
            bind_port("127.0.0.1", port, "admin_port")


def test_a_host_that_is_no_address_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match=r"port: cannot listen on 256\.0\.0\.1"):
        bind_port("256.0.0.1", 8080, "port")


def test_the_engine_socket_has_a_name_without_a_path_and_can_be_connected_to() -> None:
    with bind_engine_socket() as listener, socket.socket(socket.AF_UNIX) as client:
        name = listener.getsockname()

        client.connect(name)

        assert name.startswith(b"\0")


def test_two_engine_sockets_never_share_a_name() -> None:
    with bind_engine_socket() as one, bind_engine_socket() as other:
        assert one.getsockname() != other.getsockname()


def test_the_data_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    with locked_data_dir(tmp_path / "deep" / "data"):
        assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700


def test_a_locked_data_directory_is_refused_to_another_process(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from endurance.supervisor import locked_data_dir\n"
        "locked_data_dir(pathlib.Path(sys.argv[1])).__enter__()"
    )

    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", script, str(tmp_path)]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    with locked_data_dir(tmp_path):
        refused = run()
    accepted = run()

    assert "is in use by another Endurance" in refused.stderr
    assert accepted.returncode == 0


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match="data_dir: cannot use"), locked_data_dir(tmp_path / "file" / "data"):
        pytest.fail("it was made")


def test_the_lock_is_not_inherited_by_children(tmp_path: Path) -> None:
    with locked_data_dir(tmp_path):
        child = subprocess.Popen(
            [sys.executable, "-c", "print('up', flush=True); input()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False,
        )  # fmt: skip
        assert child.stdout is not None
        child.stdout.readline()  # it runs: the kernel has closed what it must not inherit
    try:
        with locked_data_dir(tmp_path):
            assert child.poll() is None
    finally:
        child.communicate(os.linesep.encode())
