"""How the suite is shared: products never beside each other, the longest first, a file always whole."""

import os
from pathlib import Path

from tests.fakes.ports import free_port
from tests.workers import LONGEST_FIRST, WORKERS, pytest_xdist_auto_num_workers, rank_of, scope_of


def test_all_that_starts_products_is_one_group() -> None:
    nodes = ("tests/system/test_faults.py::test_a", "tests/system/test_start.py::test_b[::1]")

    assert {scope_of(node) for node in nodes} == {"tests/system/"}


def test_a_file_is_one_group_whatever_its_parameters_hold() -> None:
    nodes = ("tests/proxy/test_tee.py::TestTee::test_a", "tests/proxy/test_tee.py::test_b[tests/system/::x]")

    assert {scope_of(node) for node in nodes} == {"tests/proxy/test_tee.py"}


def test_what_takes_longest_comes_first() -> None:
    nodes = [f"{beginning}x.py::test" for beginning in LONGEST_FIRST] + ["tests/proxy/test_tee.py::test"]

    assert [rank_of(node) for node in nodes] == list(range(len(nodes)))


def test_a_run_takes_two_workers_at_most_and_no_more_than_cores() -> None:
    assert pytest_xdist_auto_num_workers() == min(WORKERS, len(os.sched_getaffinity(0)))


def test_ports_are_given_once_and_never_those_that_connections_get() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])

    ports = [free_port() for _ in range(50)]

    assert len(set(ports)) == 50
    assert max(ports) < first
