"""How we are let in: passwords, TLS, what each role may do; and what a refusal says to the operator."""

import datetime as dt
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.errors import ConfigurationError, TooLargeError, UnavailableError
from config.jetstream import JetStreamSettings
from scorer.protocols import Job, JobKind
from scorer.queue.jetstream import JetStreamQueue
from scorer.queue.jetstream_bus import Bus
from scorer.queue.jetstream_sender import JobSender
from scorer.queue.jetstream_setup import Names
from tests.fakes.jobs import ids_when_due, make_job
from tests.fakes.nats_server import NatsServer, opened_bus, require_nats, running, stream_settings

PERMISSIONS = (Path(__file__).parents[3] / "docs" / "nats" / "permissions.conf").read_text()


@pytest.fixture(autouse=True)
def _needs_nats() -> None:
    require_nats()


async def test_a_message_beyond_the_servers_limit_is_too_large_for_good(nats_server: NatsServer) -> None:
    settings = stream_settings()
    async with opened_bus(nats_server.url, settings) as bus:
        queue = await JetStreamQueue.open(bus, settings)

        with pytest.raises(TooLargeError, match="max_payload"):
            await queue.put([Job("a", JobKind.EXCHANGE, bytes(bus.payload_limit_bytes + 1))])
        with pytest.raises(TooLargeError, match="max_payload"):
            await queue.put([Job("a", JobKind.EXCHANGE, bytes(bus.payload_limit_bytes))])

        await queue.close()


async def test_a_wrong_password_is_told_in_one_line_without_it(tmp_path: Path) -> None:
    server = NatsServer(tmp_path, settings="authorization { user: endurance, password: right }")
    with running(server):
        bus = Bus(server.url.replace("://", "://endurance:a-wrong-one@"), stream_settings(), "test")

        with pytest.raises(ConfigurationError, match="refused us") as told:
            await bus.open(open_seconds=1)

        assert "a-wrong-one" not in str(told.value)
        assert "\n" not in str(told.value)
        await bus.close()


async def test_a_credentials_file_that_is_not_there_is_named() -> None:
    settings = stream_settings(credentials_file="/nowhere/endurance.creds")

    with pytest.raises(ConfigurationError, match=r"jetstream\.credentials_file: cannot read /nowhere"):
        await Bus("nats://127.0.0.1:1", settings, "test").open()


async def test_both_sides_show_certificates_where_the_servers_ask(tmp_path: Path) -> None:
    authority, certificate, key = make_certificates(tmp_path)
    server = NatsServer(
        tmp_path / "nats",
        settings=f"tls {{ cert_file: '{certificate}', key_file: '{key}', ca_file: '{authority}', verify: true }}",
    )
    settings = stream_settings(tls_ca_file=authority, tls_certificate_file=certificate, tls_key_file=key)
    with running(server):
        async with opened_bus(server.url, settings) as bus:
            queue = await JetStreamQueue.open(bus, settings)
            await queue.put([make_job("a")])
            assert await ids_when_due(queue, 1) == ["a"]
            await queue.close()


async def test_a_server_of_another_authority_is_not_trusted(tmp_path: Path) -> None:
    _authority, certificate, key = make_certificates(tmp_path / "one")
    other, _, _ = make_certificates(tmp_path / "other")
    server = NatsServer(tmp_path / "nats", settings=f"tls {{ cert_file: '{certificate}', key_file: '{key}' }}")
    with running(server):
        bus = Bus(server.url, stream_settings(tls_ca_file=other), "test")

        with pytest.raises(ConfigurationError, match="certificate"):
            await bus.open(open_seconds=1)

        await bus.close()


class TestPermissions:
    """The server configuration that the docs show."""

    @pytest.fixture
    def settings(self) -> JetStreamSettings:
        return stream_settings(stream="ENDURANCE")

    async def test_a_proxy_puts_jobs_and_may_do_nothing_else(self, tmp_path: Path, settings: JetStreamSettings) -> None:
        server = NatsServer(tmp_path, settings=PERMISSIONS)
        with running(server):
            async with (
                opened_bus(as_user(server, "worker"), settings, is_owner=False) as workers,
                opened_bus(as_user(server, "proxy"), settings, is_owner=False) as proxies,
            ):
                queue = await JetStreamQueue.open(workers, settings)
                sender = JobSender(proxies, Names(settings.stream), settings.limit_bytes)

                await sender.put([make_job("a")])

                assert await ids_when_due(queue, 1) == ["a"]
                for subject in ("STREAM.INFO.ENDURANCE", "CONSUMER.MSG.NEXT.ENDURANCE.workers", "STREAM.NAMES"):
                    with pytest.raises(UnavailableError):
                        await proxies.ask(f"$JS.API.{subject}", seconds=0.3)
                await queue.close()

    async def test_an_api_watches_the_queue_and_takes_nothing_from_it(
        self, tmp_path: Path, settings: JetStreamSettings
    ) -> None:
        server = NatsServer(tmp_path, settings=PERMISSIONS)
        with running(server):
            async with (
                opened_bus(as_user(server, "worker"), settings, is_owner=False) as workers,
                opened_bus(as_user(server, "api"), settings, is_owner=False) as apis,
            ):
                queue = await JetStreamQueue.open(workers, settings)
                watching = await JetStreamQueue.open(apis, settings)

                await watching.put([make_job("a")])

                assert (await watching.stats()).depth == 1
                with pytest.raises(UnavailableError):
                    await apis.ask("$JS.API.CONSUMER.MSG.NEXT.ENDURANCE.workers", b'{"batch": 1}', seconds=0.3)
                assert await ids_when_due(queue, 1) == ["a"]
                await watching.close()
                await queue.close()


def as_user(server: NatsServer, role: str) -> str:
    return server.url.replace("://", f"://{role}:change-me-{role}@")


def make_certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Return files of an authority, of a certificate for 127.0.0.1 by it, and of its key."""
    folder.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"authority of {folder.name}")])

    def build(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
        )

    authority = (
        build(issuer, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    leaf = (
        build(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nats")]), key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    files = folder / "ca.pem", folder / "nats.pem", folder / "nats.key"
    files[0].write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    files[2].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files
