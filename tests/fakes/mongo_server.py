"""A server that speaks MongoDB's protocol, for tests: found or started once a run, a database of its own for each test.

Looked for in this order: `MONGODB_URI`, `mongod` on PATH, a Docker engine, `secantusd-py` beside this interpreter.
Where there is none, tests that ask for it skip, or fail under `ENDURANCE_REQUIRE_MONGO=1` or `ENDURANCE_REQUIRE_ALL=1`.
"""

import contextlib
import ctypes
import gc
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pymongo
import pytest
from pymongo.errors import PyMongoError

from tests.fakes.ports import free_port

START_SECONDS = 60.0
_PATIENCE = dict.fromkeys(("timeoutMS", "serverSelectionTimeoutMS", "connectTimeoutMS"), "30000")
"""Limits for tests that are not about limits: a loaded machine needs more than the two seconds of the product."""
IMAGE = "mongo:8"
IS_REQUIRED = "1" in (os.environ.get("ENDURANCE_REQUIRE_MONGO"), os.environ.get("ENDURANCE_REQUIRE_ALL"))
_FOUND = pytest.StashKey[str]()
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class MongoServer:
    """A server that answers."""

    source: str
    uri: str
    """Its address without the password, if it has one, being printed anywhere."""
    capabilities: dict[str, str]

    def url_of(self, database: str) -> str:
        """Return the URL of a database on it."""
        parts = urlsplit(self.uri)
        query = _PATIENCE | dict(parse_qsl(parts.query))
        if parts.username and "authSource" not in query:
            query["authSource"] = parts.path.strip("/") or "admin"
        return urlunsplit((parts.scheme, parts.netloc, f"/{database}", urlencode(query), ""))


def behind_gate(url: str, port: int) -> str:
    """Return the URL of the same database through a gate on loopback, with the product's own limits of time."""
    parts = urlsplit(url)
    query = {name: value for name, value in parse_qsl(parts.query) if name not in _PATIENCE}
    return urlunsplit(parts._replace(netloc=f"127.0.0.1:{port}", query=urlencode(query)))


def find_source() -> str | None:
    """Return what would be used, without starting it; None when there is nothing."""
    if os.environ.get("MONGODB_URI"):
        return "MONGODB_URI"
    if path := shutil.which("mongod"):
        return path
    if (docker := shutil.which("docker")) and _succeeds(docker, "info"):
        return f"docker {IMAGE}"
    secantus = Path(sys.executable).parent / "secantusd-py"
    return str(secantus) if secantus.exists() else None


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@contextlib.contextmanager
def running_server(folder: Path) -> Iterator[MongoServer | None]:
    """Start or find the server and stop what was started; None when there is nothing to start."""
    source = find_source()
    port = free_port()
    direct = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    if source is None:
        yield None
    elif source == "MONGODB_URI":
        yield _wait(source, os.environ["MONGODB_URI"])
    elif source.startswith("docker"):
        published = f"127.0.0.1:{port}:27017"
        command = ("docker", "run", "--detach", "--rm", "--publish", published, IMAGE, "--replSet", "rs0")
        container = subprocess.run(command, capture_output=True, check=True, text=True, timeout=300).stdout.strip()
        try:
            yield _wait(source, direct, has_replica_set=True)
        finally:
            subprocess.run(("docker", "kill", container), capture_output=True, check=False, timeout=60)
    elif source.endswith("mongod"):
        options = ("--replSet", "rs0", "--bind_ip", "127.0.0.1", "--port", str(port), "--dbpath", str(folder))
        with _process(folder, source, *options):
            yield _wait(source, direct, has_replica_set=True)
    else:
        options = ("--port", str(port), "--storage-path", str(folder / "data"), "--log-level", "ERROR")
        with _process(folder, source, *options):
            yield _wait(source, direct)


@contextlib.contextmanager
def _process(folder: Path, *command: str) -> Iterator[None]:
    libc = ctypes.CDLL(None)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            # It ends with the test run, however that ends.
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - nothing but a system call
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait(source: str, uri: str, *, has_replica_set: bool = False) -> MongoServer:
    deadline = time.monotonic() + START_SECONDS
    with pymongo.MongoClient(uri, serverSelectionTimeoutMS=1000) as client:
        is_initiated = not has_replica_set
        while True:
            try:
                if not is_initiated:
                    client.admin.command("replSetInitiate")
                    is_initiated = True
                if client.admin.command("hello")["isWritablePrimary"]:
                    return MongoServer(source, uri, _capabilities(client))
            except PyMongoError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.05)


def _capabilities(client: "pymongo.MongoClient[dict[str, Any]]") -> dict[str, str]:
    probe = client[f"endurance_probe_{uuid.uuid4().hex[:8]}"]["probe"]

    def can(attempt: Any) -> str:
        try:
            attempt()
        except PyMongoError:
            return "no"
        return "yes"

    def transact() -> None:
        with client.start_session() as session, session.start_transaction():
            probe.insert_one({}, session=session)

    probe.insert_one({})
    try:
        return {
            "version": str(client.server_info()["version"]),
            "replica set": str(client.admin.command("hello").get("setName", "no")),
            "change streams": can(lambda: probe.watch().close()),
            "transactions": can(transact),
            "TTL indexes": can(lambda: probe.create_index("at", expireAfterSeconds=60)),
            "partial indexes": can(lambda: probe.create_index("a", partialFilterExpression={"b": True})),
        }
    finally:
        client.drop_database(probe.database.name)


def pytest_report_header() -> str:
    """Say what would be used; it is started by the first test that asks."""
    return f"mongo: {find_source() or 'nothing found'}"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was used, and what it can."""
    if found := config.stash.get(_FOUND, None):
        terminalreporter.write_line(f"mongo: {found}")


def _tell(config: pytest.Config, server: MongoServer) -> None:
    """Keep what the summary says; a worker of pytest-xdist sends it to the process that prints the summary."""
    found = f"{server.source}: " + ", ".join(f"{name} {value}" for name, value in server.capabilities.items())
    if hasattr(config, "workeroutput"):
        config.workeroutput["mongo"] = found
    config.stash[_FOUND] = found


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker found."""
    if found := getattr(node, "workeroutput", {}).get("mongo"):
        node.config.stash[_FOUND] = found


# pymongo 4.20 lets go of a monitor's socket without closing it when a client is closed while it connects. Not ours to
# fix; it is neither to fail the test it happens in nor, collected later, somebody else's.
_DRIVER_LEAK = "ignore:unclosed <socket:ResourceWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow the driver its leak in tests that are marked `mongo`."""
    for item in items:
        if item.get_closest_marker("mongo"):
            item.add_marker(pytest.mark.filterwarnings(_DRIVER_LEAK))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Collect what the driver let go of, after the test's loop was closed."""
    try:
        return (yield)
    finally:
        if item.get_closest_marker("mongo"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                gc.collect()


@pytest.fixture(scope="session")
def mongo_server(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[MongoServer]:
    """The server of this run."""
    with running_server(tmp_path_factory.mktemp("mongo")) as server:
        if server is None:
            reason = "no MongoDB: set MONGODB_URI, or install mongod, Docker or the dev extra's secantusdb"
            (pytest.fail if IS_REQUIRED else pytest.skip)(reason)
        _tell(pytestconfig, server)
        yield server


@pytest.fixture
def mongo_url(mongo_server: MongoServer) -> Iterator[str]:
    """URL of an empty database, dropped afterwards."""
    name = f"endurance_test_{uuid.uuid4().hex[:12]}"
    yield mongo_server.url_of(name)
    with pymongo.MongoClient(mongo_server.uri) as client:
        client.drop_database(name)
