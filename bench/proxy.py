"""The data path against nginx: throughput, CPU, added latency, token streams and memory, as ratios within one run.

The proxy, or nginx, has one core to itself; the upstream and the clients have the other, and look for work before they
sleep, so that nobody pays for waking them. Rounds are interleaved and figures are medians, so that what else the
machine does meets all alike. Copies are on: `alone` is our proxy with a process that acknowledges them, `product` the
whole of `endurance serve` on the proxy's one core, scoring.
"""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.proxy_subjects import Start, Subject, free_port, nginx, nginx_mirror, product, proxy_with_sink
from bench.proxy_tools import Load, Streams, Traffic, cpu_seconds, resident_mb

SUBJECTS: dict[str, Start] = {
    "nginx": nginx, "mirror": nginx_mirror, "alone": proxy_with_sink, "product": product,
}  # fmt: skip
OURS = ("alone", "product")
CONNECTIONS, SMALL_BYTES, LARGE_BYTES = 64, 1500, 65536
STREAMS, TOKEN_GAP_US = 1000, 20_000
PACED_RATE = 1000.0


@dataclass
class Seen:
    """Every round's figures of one subject."""

    small: list[Load] = field(default_factory=list)
    small_cpu_us: list[float] = field(default_factory=list)
    """CPU per request, of the processes on the data path."""
    large: list[Load] = field(default_factory=list)
    single: list[Load] = field(default_factory=list)
    streams: list[Streams] = field(default_factory=list)
    rest_mb: list[float] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    """Copies dropped while 1,000 requests a second and the streams passed."""


def run(quick: bool) -> dict[str, object]:
    """Return figures by name."""
    rounds, seconds, tokens = (1, 1.0, 100) if quick else (5, 2.0, 150)
    seen: dict[str, Seen] = {name: Seen() for name in ("direct", *SUBJECTS)}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's worker is another user
        traffic, upstream = Traffic(folder), free_port()
        stack.enter_context(traffic.upstream(upstream))
        for number in range(rounds):
            direct = Subject(upstream, (), dict)
            _measure_single(traffic, direct, seen["direct"], seconds)
            for subject_name, start in SUBJECTS.items():
                if subject_name in missing:
                    continue
                try:
                    with start(folder / f"{subject_name}-{number}", upstream) as subject:
                        _measure(traffic, subject, seen[subject_name], seconds, tokens)
                except (RuntimeError, TimeoutError) as error:
                    missing[subject_name] = str(error)
    return dict(_figures({name: one for name, one in seen.items() if name not in missing}, missing))


def _measure(traffic: Traffic, subject: Subject, seen: Seen, seconds: float, tokens: int) -> None:
    seen.rest_mb.append(resident_mb(subject.pid))
    dropped = subject.totals().get("capture.dropped", 0)
    traffic.load(subject.port, CONNECTIONS, seconds, SMALL_BYTES, PACED_RATE)
    seen.streams.append(traffic.streams(subject.port, STREAMS, tokens, TOKEN_GAP_US, subject.pid))
    seen.dropped.append(subject.totals().get("capture.dropped", 0) - dropped)
    _measure_single(traffic, subject, seen, seconds)
    before = cpu_seconds(subject.pids)
    small = traffic.load(subject.port, CONNECTIONS, seconds, SMALL_BYTES)
    seen.small_cpu_us.append((cpu_seconds(subject.pids) - before) / small.requests * 1e6)
    seen.small.append(small)
    seen.large.append(traffic.load(subject.port, CONNECTIONS, seconds, LARGE_BYTES))


def _measure_single(traffic: Traffic, subject: Subject, seen: Seen, seconds: float) -> None:
    seen.single.append(traffic.load(subject.port, 1, seconds, SMALL_BYTES))
    if not subject.pids:
        seen.streams.append(traffic.streams(subject.port, STREAMS, 50, TOKEN_GAP_US, 1))


def _median(values: list[float]) -> float:
    return statistics.median(values)


def _rate(loads: list[Load]) -> float:
    return _median([load.rate for load in loads])


def _p50(loads: list[Load]) -> float:
    return _median([load.p50_us for load in loads])


def _figures(seen: dict[str, Seen], missing: dict[str, str]) -> Iterator[tuple[str, object]]:
    for name, why in missing.items():
        yield f"{name}: could not be measured", why
    direct = seen["direct"]
    for name in SUBJECTS:
        if name in seen:
            yield from _of_one(name, seen[name], direct)
    for name in OURS:
        for other in ("nginx", "mirror"):
            if name in seen and other in seen:
                yield from _ratios(name, seen[name], other, seen[other])
    if "alone" in seen and "product" in seen:
        delays = [_median([s.delay_us for s in seen[name].streams]) for name in ("product", "alone")]
        yield "stream delay with scoring on, over scoring off [at most 1.10]", delays[0] / delays[1]


def _of_one(name: str, seen: Seen, direct: Seen) -> Iterator[tuple[str, object]]:
    yield f"{name}: requests/s, 64 connections, 1.5 KB", _rate(seen.small)
    yield f"{name}: requests/s, 64 connections, 64 KB", _rate(seen.large)
    yield f"{name}: CPU per request, 1.5 KB (µs) [ours at most 25]", _median(seen.small_cpu_us)
    yield f"{name}: added p50, one connection (µs)", _p50(seen.single) - _p50(direct.single)
    yield f"{name}: added time to first token, 1000 streams (µs)", _added(seen, direct, lambda s: s.first_token_us)
    yield (
        f"{name}: added delay of a token, 1000 streams (µs) [ours at most 400]",
        _added(seen, direct, lambda s: s.delay_us),
    )
    yield f"{name}: tokens delivered (ratio) [at least 0.995]", min(s.delivered_ratio for s in seen.streams)
    yield f"{name}: memory at rest (MB) [ours at most 40]", _median(seen.rest_mb)
    growth = [s.running_mb - rest for s, rest in zip(seen.streams, seen.rest_mb, strict=True)]
    yield f"{name}: memory of 1000 open streams (MB) [ours at most 15]", _median(growth)
    errors = sum(load.errors for load in (*seen.small, *seen.large, *seen.single))
    yield f"{name}: failed requests", errors
    if name in OURS:
        yield f"{name}: copies dropped at 1000 requests/s and with the streams [0]", sum(seen.dropped)


def _added(seen: Seen, direct: Seen, of: Callable[[Streams], float]) -> float:
    return _median([of(s) for s in seen.streams]) - _median([of(s) for s in direct.streams])


def _ratios(name: str, seen: Seen, other: str, theirs: Seen) -> Iterator[tuple[str, object]]:
    if other == "mirror":
        yield f"{name} / mirror: requests/s, 1.5 KB [at least 2.5]", _rate(seen.small) / _rate(theirs.small)
        return
    yield f"{name} / nginx: requests/s, 1.5 KB [at least 0.60]", _rate(seen.small) / _rate(theirs.small)
    yield f"{name} / nginx: requests/s, 64 KB [at least 1.2]", _rate(seen.large) / _rate(theirs.large)
    yield f"{name} − nginx: p50, one connection (µs) [at most 50]", _p50(seen.single) - _p50(theirs.single)
    first = [_median([s.first_token_us for s in one.streams]) for one in (seen, theirs)]
    yield f"{name} − nginx: time to first token (µs) [at most 60]", first[0] - first[1]
