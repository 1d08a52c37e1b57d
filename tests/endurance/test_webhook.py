"""The admission webhook as a process over TLS: reviews, metrics, a renewed certificate, errors at start."""

import asyncio
import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp.test_utils import TestClient, TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from endurance.inject.sidecar import Sidecar
from endurance.webhook import Listener, Webhook, serve_until
from tests.endurance.inject.test_review import WANTED, review
from tests.fakes.manifests import workload
from tests.fakes.ports import free_port
from tests.fakes.waiting import until

CERTIFICATE = Path(__file__).parents[1] / "fakes" / "localhost.pem"


@pytest.fixture
async def client() -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(Webhook(Sidecar(image="endurance:1")).build())) as client:
        yield client


async def test_a_review_is_answered_and_counted(client: TestClient) -> None:
    answer = await client.post("/mutate", json=review(workload("Pod", annotations=WANTED)))

    assert (await answer.json())["response"]["patchType"] == "JSONPatch"
    metrics = await (await client.get("/metrics")).text()
    assert 'endurance_webhook_reviews_total{outcome="injected"} 1.0' in metrics
    assert 'endurance_webhook_reviews_total{outcome="missed"} 0.0' in metrics


async def test_a_miss_is_counted(client: TestClient) -> None:
    bad = workload("Pod", annotations=WANTED, containers=[{"name": "bot", "image": "bot:1"}])

    answer = await client.post("/mutate", json=review(bad))

    assert answer.status == 200
    assert 'reviews_total{outcome="missed"} 1.0' in await (await client.get("/metrics")).text()


@pytest.mark.parametrize("body", [b"", b"[", b"{}"])
async def test_what_is_no_review_is_400(client: TestClient, body: bytes) -> None:
    assert (await client.post("/mutate", data=body)).status == 400


async def test_the_process_serves_tls_and_stops_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    files = ("--certificate", str(CERTIFICATE), "--key", str(CERTIFICATE))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "endurance", "webhook", "--host", "127.0.0.1", "--port", str(port), *files,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    async with httpx.AsyncClient(base_url=f"https://localhost:{port}", verify=trusting) as client:

        async def is_up() -> bool:
            try:
                return (await client.get("/health")).status_code == 200
            except httpx.TransportError:
                return False

        await until(is_up, "the webhook", 30)
        answer = await client.post("/mutate", content=json.dumps(review(workload("Pod", annotations=WANTED))))

    process.terminate()
    assert answer.json()["response"]["allowed"] is True
    assert await asyncio.wait_for(process.wait(), 30) == 0


def make_certificate(path: Path, name: str) -> bytes:
    """Write a certificate with its key into one file; return it in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return certificate.public_bytes(serialization.Encoding.DER)


async def shown_certificate(port: int) -> bytes:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return bytes(shown)


async def test_a_renewed_certificate_is_shown_without_a_restart(tmp_path: Path) -> None:
    path, port, stop = tmp_path / "tls.pem", free_port(), asyncio.Event()
    first = make_certificate(path, "first")
    listener = Listener("127.0.0.1", port, path, path)
    async with asyncio.TaskGroup() as group:
        group.create_task(serve_until(stop, listener, Sidecar(image="endurance:1"), check_seconds=0.02))

        async def shows(expected: bytes) -> bool:
            try:
                return await shown_certificate(port) == expected
            except OSError:
                return False

        await until(lambda: shows(first), "the first certificate", 30)
        path.write_text("in the middle of a renewal")
        second = make_certificate(path, "second")
        await until(lambda: shows(second), "the second certificate", 30)
        stop.set()


def test_a_certificate_that_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    bad = tmp_path / "tls.crt"
    shutil.copy(__file__, bad)
    files = ("--certificate", str(bad), "--key", str(bad), "--port", str(free_port()))

    done = subprocess.run(
        (sys.executable, "-m", "endurance", "webhook", *files), capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert f"endurance: certificate {bad}" in done.stderr
