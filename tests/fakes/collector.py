"""An OpenTelemetry collector's OTLP/HTTP port: decodes the protobuf that comes in, in a thread of its own."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue


class Collector:
    """What was sent, and how it is answered."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.delay_seconds = 0.0
        self.requests = 0
        self.headers: list[dict[str, str]] = []
        self.spans: list[Any] = []
        self.events: list[Any] = []
        self.resources: list[dict[str, Any]] = []

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Take one request; return its status."""
        self.requests += 1
        self.headers.append(headers)
        time.sleep(self.delay_seconds)
        if self.status == 200:
            data = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
            self._read(path, data)
        return self.status

    def _read(self, path: str, data: bytes) -> None:
        if path == "/v1/traces":
            for group in ExportTraceServiceRequest.FromString(data).resource_spans:
                self.resources.append(attributes_of(group.resource.attributes))
                self.spans += [span for scope in group.scope_spans for span in scope.spans]
        else:
            assert path == "/v1/logs"
            for logs in ExportLogsServiceRequest.FromString(data).resource_logs:
                self.events += [record for scope in logs.scope_logs for record in scope.log_records]


def attributes_of(pairs: Iterator[KeyValue] | Any) -> dict[str, Any]:
    """Return protobuf attributes as Python values."""
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return None if kind is None else getattr(value, kind)


@contextmanager
def running_collector() -> Iterator[Collector]:
    """Listen until the context ends."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = collector.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
