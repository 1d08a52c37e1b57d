"""Start `endurance ARGS…` so that it cannot outlive the first run, even when that is killed with SIGKILL.

    python -m endurance.demo.child PARENT_PID ARGS…

The kernel keeps the wish to die with the parent across exec, so the command itself needs to know nothing of it.
"""

import os
import sys

from config.process import die_with_parent


def main() -> None:
    """Become the command."""
    parent_pid, *arguments = sys.argv[1:]
    die_with_parent(int(parent_pid))
    os.execv(sys.executable, [sys.executable, "-m", "endurance", *arguments])  # noqa: S606 - our own interpreter


if __name__ == "__main__":
    main()
