"""Priorities and dying with the parent, each in a process of its own: none of it can be taken back."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROMPTLY_SECONDS = 30


def run(code: str, prefix: tuple[str, ...] = ()) -> str:
    command = [*prefix, sys.executable, "-c", textwrap.dedent(code)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PROMPTLY_SECONDS, check=False)
    assert result.stderr == ""
    return result.stdout.strip()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_idle_priority_is_sched_idle_whatever_the_start_was() -> None:
    code = """
        import os
        from config.process import set_idle_priority
        print(set_idle_priority(), os.sched_getscheduler(0))
    """

    assert run(code) == f"True {os.SCHED_IDLE}"
    assert run(code, ("nice", "-n", "5")) == f"True {os.SCHED_IDLE}"


def test_idle_priority_falls_back_to_the_lowest_niceness_where_it_is_refused() -> None:
    code = """
        import os
        from config.process import set_idle_priority
        def refuse(*_):
            raise PermissionError(1, "filtered")
        os.sched_setscheduler = refuse
        print(set_idle_priority(), os.getpriority(os.PRIO_PROCESS, 0))
    """

    assert run(code) == "False 19"


def test_niceness_is_absolute() -> None:
    code = """
        import os
        from config.process import set_nice
        print(set_nice(10), os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0))
    """

    assert run(code) == f"True 10 {os.SCHED_OTHER}"
    assert run(code, ("nice", "-n", "5")) == f"True 10 {os.SCHED_OTHER}"


def test_niceness_that_the_kernel_refuses_is_told() -> None:
    code = """
        import os
        from config.process import set_nice
        def refuse(*_):
            raise PermissionError(13, "may not")
        os.setpriority = refuse
        print(set_nice(10))
    """

    assert run(code) == "False"


def test_a_process_dies_with_its_parent_however_that_ends() -> None:
    child = """if True:
        import signal
        from config.process import die_with_parent
        die_with_parent()
        print("set", flush=True)
        signal.pause()
    """
    parent = f"""
        import subprocess, sys, signal
        child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
        child.stdout.readline()
        print(child.pid, flush=True)
        signal.pause()
    """
    command = [sys.executable, "-c", textwrap.dedent(parent)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        was_running = is_running(pid)
        process.kill()

    deadline = time.monotonic() + PROMPTLY_SECONDS
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert was_running
    assert not is_running(pid)


def test_a_process_whose_parent_is_not_the_expected_one_ends_at_once() -> None:
    code = "from config.process import die_with_parent; die_with_parent(parent_pid=1 << 30); print('alive')"

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=PROMPTLY_SECONDS, check=False
    )

    assert (result.returncode, result.stdout) == (-9, b"")
