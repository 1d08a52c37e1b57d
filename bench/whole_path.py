"""The whole product under load: scored exchanges per second, time to a score, and memory of each process at rest.

Real processes over loopback, everything on this machine: the load client and the bot take their share of the cores.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from tests.fakes.product import Product, running_demo, running_product

QUESTION = "What application fee do central public authorities take? (case {number})"


def run(quick: bool) -> dict[str, float]:
    """Return figures by name."""
    return asyncio.run(_measure(100 if quick else 1000))


async def _measure(exchanges: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with running_demo(folder) as bot, running_product(folder, bot) as product:
            started_at = time.perf_counter()
            await _ask(product, -1)
            await product.wait_scored(1)
            figures = {"first exchange to its score (s)": time.perf_counter() - started_at}
            figures |= _memory(product)
            lags = [await _time_to_score(product, -2 - number) for number in range(5)]
            figures["idle: end of an exchange to its score, median (s)"] = statistics.median(lags)
            figures |= await _throughput(product, exchanges)
            return figures


async def _ask(product: Product, number: int) -> None:
    answer = await product.client.post(
        f"{product.traffic_url}/chat", json={"message": QUESTION.format(number=number)}, timeout=60
    )
    assert answer.status_code == 200


async def _time_to_score(product: Product, number: int) -> float:
    before = (await product.summary())["total_sessions"]
    await _ask(product, number)
    ended_at = time.perf_counter()
    await product.wait_scored(before + 1)
    return time.perf_counter() - ended_at


async def _throughput(product: Product, exchanges: int) -> dict[str, float]:
    before = (await product.summary())["total_sessions"]
    numbers = iter(range(exchanges))

    async def work() -> None:
        for number in numbers:
            await _ask(product, number)

    started_at = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(16):
            group.create_task(work())
    answered_seconds = time.perf_counter() - started_at
    await product.wait_scored(before + exchanges)
    return {
        "exchanges answered per second (the bot is the limit)": exchanges / answered_seconds,
        "exchanges scored and stored per second": exchanges / (time.perf_counter() - started_at),
    }


def _memory(product: Product) -> dict[str, float]:
    figures = {"memory of the supervisor (MB)": _resident_mb(product.program.pid)}
    for role, pids in product.children().items():
        for pid in pids:
            figures[f"memory of a {role} process (MB)"] = _resident_mb(pid)
    return figures


def _resident_mb(pid: int) -> float:
    """Return the resident set of a process in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise ValueError(f"process {pid} has no resident set")
