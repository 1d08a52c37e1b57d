"""The loop inside a scoring process, in a process of its own, with the test as its pool."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scorer.pool_messages import HEAD, MessageKind, decode_head, encode_job, encode_message
from scorer.protocols import Job, JobKind

ROOT = Path(__file__).parents[2]
PROMPTLY_SECONDS = 30


class Child:
    """A child and our end of its connection."""

    def __init__(self) -> None:
        self.connection, theirs = socket.socketpair()
        self.connection.settimeout(PROMPTLY_SECONDS)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.fakes.scoring_child", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=(theirs.fileno(),),
                stderr=subprocess.PIPE,
                text=True,
            )

    def send(self, kind: MessageKind, body: bytes = b"") -> None:
        self.connection.sendall(encode_message(kind, body))

    def receive(self) -> tuple[MessageKind, bytes]:
        kind, length = decode_head(self.connection.recv(HEAD.size, socket.MSG_WAITALL))
        return kind, self.connection.recv(length, socket.MSG_WAITALL)

    def end(self) -> tuple[int, str]:
        """Close our end; return the exit status and what the child wrote to standard error."""
        self.connection.close()
        _, errors = self.process.communicate(timeout=PROMPTLY_SECONDS)
        return self.process.returncode, errors


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child()
    yield child
    child.end()


def test_the_child_says_ready_once_it_is_prepared(child: Child) -> None:
    child.send(MessageKind.BOOTSTRAP, b"test")

    assert child.receive() == (MessageKind.READY, b"")


def test_the_child_ends_in_order_when_the_pool_closes(child: Child) -> None:
    child.send(MessageKind.BOOTSTRAP, b"test")
    child.receive()

    assert child.end() == (0, "")


def test_the_child_ends_in_order_when_the_pool_closes_before_the_bootstrap(child: Child) -> None:
    assert child.end() == (0, "")


def test_a_child_that_cannot_prepare_says_why_and_ends(child: Child) -> None:
    child.send(MessageKind.BOOTSTRAP, b"broken")

    kind, body = child.receive()
    status, errors = child.end()

    assert kind is MessageKind.FAILED
    assert body.startswith(b"FileNotFoundError at scoring_child.py:")
    assert status == 1
    assert "a model is missing" in errors


def test_a_job_before_the_bootstrap_ends_the_child(child: Child) -> None:
    child.send(MessageKind.JOB, encode_job(Job("a", JobKind.EVALUATE, b"echo")))

    assert child.process.wait(PROMPTLY_SECONDS) == 1


def test_a_signal_to_the_group_does_not_end_the_child(child: Child) -> None:
    child.send(MessageKind.BOOTSTRAP, b"test")
    child.receive()

    for number in (2, 15):
        child.process.send_signal(number)

    child.send(MessageKind.JOB, encode_job(Job("a", JobKind.EVALUATE, b"echo still here")))
    kind, body = child.receive()
    assert kind is MessageKind.EVALUATION
    assert b"still here" in body
