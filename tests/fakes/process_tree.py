"""What the processes of a running product take of the machine's memory, by the kernel's own account."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.fakes.product import Product

_RESET_PEAK = "5"
"""What proc(5) takes in `clear_refs` to begin the largest resident set anew."""


def pids_of(product: Product) -> dict[int, str]:
    """Every process of the product by its id, with its role: `supervisor`, `proxy`, `engine`, `score`."""
    roles = {pid: role for role, pids in product.children().items() for pid in pids}
    return {product.program.pid: "supervisor"} | roles


def forget_peaks(pids: Iterable[int]) -> None:
    """Begin every process's largest resident set anew."""
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)


def resident_bytes(pid: int, *, peak: bool = False) -> int:
    """The resident set of a process, now or the largest since `forget_peaks`."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) * 1024
