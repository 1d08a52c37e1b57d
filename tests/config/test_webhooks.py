"""What a webhook's settings may say: addresses, secrets, filters."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from config.errors import ConfigurationError
from config.loader import load_settings
from config.webhooks import WebhookSettings, is_public, load_secrets, read_secret

BYTES = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(BYTES).decode()

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0",
    "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1",
    "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def hook(**changes: object) -> WebhookSettings:
    return WebhookSettings.model_validate({"id": "a", "url": "https://x.example/h", "secret": SECRET} | changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "http://x.example/h"}, "expected https"),
        ({"url": "https://127.0.0.1/h"}, "allow_private"),
        ({"url": "https://[::ffff:10.0.0.1]/h"}, "allow_private"),
        ({"url": "ftp://x.example/"}, "expected a URL"),
        ({"url": "https://user:pass@x.example/"}, "expected a URL"),
        ({"url": "https:///h"}, "expected a URL"),
        ({"secret": None}, "either secret or secret_file"),
        ({"secret_file": "/x"}, "either secret or secret_file"),
        ({"secret": "whsec_c2hvcnQ="}, "24 to 64 bytes, got 5"),
        ({"secret": "whsec_***"}, "base64"),
        ({"min_score": 60, "max_score": 50}, "min_score up to max_score"),
        ({"id": "A b"}, "pattern"),
        ({"events": []}, "at least 1"),
        ({"events": ["evaluation.deleted"]}, r"evaluation\.saved"),
    ],
)
def test_a_wrong_setting_says_what_is_expected(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        hook(**changes)


def test_a_private_receiver_is_allowed_in_so_many_words() -> None:
    assert hook(url="http://10.0.0.7:8080/h?token=t", allow_private=True).origin == "http://10.0.0.7:8080"


def test_two_webhooks_need_two_ids_and_an_error_shows_no_secret() -> None:
    one = f"{{id: a, url: 'https://x.example/', secret: {SECRET}}}"
    for value in (f"[{one}, {one}]", f"[{one.replace('https', 'http')}]", f"[{one.replace('id: a, ', '')}]"):
        with pytest.raises(ConfigurationError, match="webhooks") as caught:
            load_settings({}, {"ENDURANCE_WEBHOOKS": value})
        assert SECRET not in str(caught.value)


def test_secrets_of_a_file_all_sign(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    path.write_text(f"{SECRET}\n{base64.b64encode(BYTES[::-1]).decode()}\n")

    assert load_secrets(hook(secret=None, secret_file=path)) == (BYTES, BYTES[::-1])
    assert load_secrets(hook()) == (BYTES,)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "holds no secret"), (b"whsec_c2hvcnQ=", "got 5"), (b"\xff", "not ASCII"), (None, "cannot read")],
)
def test_a_file_without_a_good_secret_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "secrets"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=f"webhooks.a.*{said}"):
        load_secrets(hook(secret=None, secret_file=path))


@given(st.text(max_size=100) | st.binary(max_size=70).map(lambda data: base64.b64encode(data).decode()))
def test_any_text_is_a_secret_of_the_right_length_or_refused(text: str) -> None:
    try:
        secret = read_secret(text)
    except ValueError:
        return
    assert 24 <= len(secret) <= 64


def test_a_secret_prints_as_stars() -> None:
    settings = hook(secret=SecretStr(SECRET))

    assert SECRET not in repr(settings)
    assert SECRET not in settings.model_dump_json()
