"""The first lines of every process that the supervisor or the pool starts.

    python -m endurance.child ROLE PARENT READY_FD LISTENER_FD…    one of `RUNS`; bootstrap on standard input
    python -m endurance.child score FD                             bootstrap over the socket

Ignores SIGINT (a Ctrl-C reaches the whole group; the supervisor decides the order), dies with its parent.
"""

import os
import signal
import socket
import sys

from config.errors import ConfigurationError
from config.process import die_with_parent
from endurance import processes
from endurance.supervisor import EXIT_CONFIGURATION

RUNS = {
    "proxy": processes.run_proxy_process,
    "engine": processes.run_engine_process,
    "spooler": processes.run_spooler_process,
    "worker": processes.run_worker_process,
    "api": processes.run_api_process,
}


def main() -> None:
    """Become the role that the first argument names."""
    role, *rest = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if role == "score":
        processes.serve_scoring(socket.socket(fileno=int(rest[0])))
        return
    parent, ready_fd, *descriptors = map(int, rest)
    die_with_parent(parent)
    listeners = [socket.socket(fileno=number) for number in descriptors]
    run = RUNS[role]
    try:
        run(sys.stdin.buffer.read(), listeners, lambda: _tell_ready(ready_fd))
    except ConfigurationError as error:
        print(f"endurance: {error}", file=sys.stderr)  # noqa: T201 - the one line an operator reads
        sys.exit(EXIT_CONFIGURATION)


def _tell_ready(ready_fd: int) -> None:
    os.write(ready_fd, b"1")
    os.close(ready_fd)


if __name__ == "__main__":
    main()
