"""How the suite is shared among processes (pytest-xdist): a file stays on one worker, the real products on one.

Two products at once would take each other's time: what scores runs at idle priority, and gets what nobody else wants.
What takes longest goes first, so that no worker is left with it at the end. Without xdist nothing of this is asked.
"""

import os
from typing import Any

import pytest

WORKERS = 2
"""Most that `-n auto` starts: each has servers and browsers of its own."""
LONGEST_FIRST = ("tests/system/", "tests/image/", "tests/exporters/store/test_mongo", "tests/exporters/api/")


def scope_of(nodeid: str) -> str:
    """Return what stays together on one worker: the file, or all of `tests/system`."""
    return "tests/system/" if nodeid.startswith("tests/system/") else nodeid.partition("::")[0]


def rank_of(nodeid: str) -> int:
    """Return the place of a test's group, the longest first."""
    found = [place for place, beginning in enumerate(LONGEST_FIRST) if nodeid.startswith(beginning)]
    return found[0] if found else len(LONGEST_FIRST)


def is_shared(config: pytest.Config) -> bool:
    """Say whether this is a worker, or hands tests to workers."""
    return hasattr(config, "workerinput") or bool(getattr(config.option, "numprocesses", None))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest first; every worker in the same order."""
    if is_shared(config):
        items.sort(key=lambda item: rank_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Say how many workers `-n auto` is."""
    return min(WORKERS, len(os.sched_getaffinity(0)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share by `scope_of`, in the order of collection."""
    from xdist.scheduler import LoadScopeScheduling  # only asked where xdist is there

    class ByScope(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    config.option.loadscopereorder = False
    return ByScope(config, log)
