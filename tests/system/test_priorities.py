"""What each process of the running product may take from the others: scoring must not be felt by the traffic."""

import os
from pathlib import Path

import pytest

from tests.fakes.product import running_product
from tests.fakes.upstream import FakeUpstream, answer, answering
from tests.fakes.waiting import until

pytestmark = pytest.mark.system


def threads_of(pids: list[int]) -> list[int]:
    return [int(entry.name) for pid in pids for entry in Path(f"/proc/{pid}/task").iterdir()]


def is_scheduled(pids: list[int], policy: int) -> bool:
    return bool(pids) and all(os.sched_getscheduler(thread) == policy for thread in threads_of(pids))


async def test_scoring_takes_idle_time_the_engine_is_nice_and_the_proxy_untouched(tmp_path: Path) -> None:
    async with FakeUpstream(answering(answer())) as bot, running_product(tmp_path, bot.url) as product:
        await until(lambda: is_scheduled(product.children()["score"], os.SCHED_IDLE), "a pool that takes idle time")
        roles = product.children()

        assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads_of(roles["engine"])} == {10}
        assert is_scheduled(roles["engine"], os.SCHED_OTHER)
        assert {os.getpriority(os.PRIO_PROCESS, pid) for pid in roles["proxy"]} == {
            os.getpriority(os.PRIO_PROCESS, product.program.pid)
        }
        assert is_scheduled(roles["proxy"], os.SCHED_OTHER)
