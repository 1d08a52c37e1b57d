"""TCP ports for what a test starts: free, and taken by nobody else before it is bound."""

import itertools
import os
import random
import socket

_FIRST, _END = 20_000, 32_000
"""Below what the kernel gives to connections by itself (from 32768 on Linux), at any moment and to anybody."""
_SHARE = 3_000
"""Of each worker of pytest-xdist, and of a run without: what was free a moment ago stays free from the others."""


def _share_of(worker: str) -> range:
    number = int(worker.removeprefix("gw")) + 1 if worker else 0
    first = _FIRST + number * _SHARE % (_END - _FIRST)
    return range(first, first + _SHARE)


# In an order of its own, since other runs may go on beside this one.
_PORTS = itertools.cycle(random.sample(_share_of(os.environ.get("PYTEST_XDIST_WORKER", "")), _SHARE))


def free_port() -> int:
    """Return a TCP port on loopback that nothing listens on; another one each time."""
    for port in itertools.islice(_PORTS, _SHARE):
        with socket.socket() as probe:
            # As servers bind: what only waits for late packets of a closed connection is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError(f"every port of {_share_of(os.environ.get('PYTEST_XDIST_WORKER', ''))} is in use")
