"""What a process of ours asks of the kernel: its priority, and to die with its parent. Linux only.

Priorities are set absolutely, whatever the start was: a product started under `nice` behaves like any other.
Scheduling belongs to a thread and threads inherit it, so call these before any other thread starts.
"""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
"""From <sys/prctl.h>; prctl(2)."""
LOWEST_NICENESS = 19


def die_with_parent(parent_pid: int | None = None) -> None:
    """Have the kernel kill this process (SIGKILL) when the thread that started it ends, however it ends.

    `parent_pid` is who should be our parent, where the caller was told; without it the present parent is meant.
    A parent that died before the kernel was asked ends this process at once. Raises OSError where it is refused.
    """
    expected = os.getppid() if parent_pid is None else parent_pid
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl(PR_SET_PDEATHSIG): {os.strerror(number)}")
    if os.getppid() != expected:
        os.kill(os.getpid(), signal.SIGKILL)


def set_idle_priority() -> bool:
    """Run only when nobody else wants the core (SCHED_IDLE); False where it was refused and nice 19 stands in."""
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except OSError:
        # Some containers filter the call; everyone may always lower a priority by nice.
        os.setpriority(os.PRIO_PROCESS, 0, LOWEST_NICENESS)
        return False
    return True


def set_nice(niceness: int) -> bool:
    """Run by the normal policy at this niceness (-20 to 19, lower goes first); False where the kernel refused.

    It refuses a process that was started nicer than this and may not raise its priority (RLIMIT_NICE).
    """
    try:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
    except OSError:
        return False
    return True
