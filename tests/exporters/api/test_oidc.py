"""Tokens of an OpenID provider: whose they are, which ones are none, and when its keys are fetched."""

import asyncio
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st
from jwt import api_jws

from config.api import ApiSettings, OidcSettings
from config.errors import UnavailableError
from exporters.api.base import Role
from exporters.api.oidc import OidcTokens, ProviderKeys, fetch_by, read_key_set
from tests.fakes.admin import running_admin, told
from tests.fakes.clock import ManualClock
from tests.fakes.provider import (
    AUDIENCE,
    ISSUER,
    Provider,
    claims,
    new_rsa_key,
    public_jwk,
    running_provider,
    sign,
    unsigned,
)

KEY = new_rsa_key()
OTHER = new_rsa_key()
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


@dataclass
class Checked:
    """A reader of tokens, the provider behind it, and its clock."""

    tokens: OidcTokens
    provider: Provider
    clock: ManualClock
    settings: OidcSettings


@asynccontextmanager
async def checking(*keys: dict[str, Any], **settings: Any) -> AsyncIterator[Checked]:
    published = keys or (public_jwk(KEY, "k1"),)
    async with running_provider(*published) as provider, aiohttp.ClientSession() as session:
        oidc = OidcSettings(issuer=ISSUER, audience=AUDIENCE, jwks_url=provider.url, **settings)
        clock = ManualClock()
        yield Checked(OidcTokens(oidc, ProviderKeys(oidc, fetch_by(session, oidc), clock)), provider, clock, oidc)


async def test_a_good_token_is_its_subject_with_its_scopes() -> None:
    async with checking() as checked:
        caller = await checked.tokens.caller_of(sign(KEY))

    assert caller is not None
    assert (caller.name, caller.scopes, caller.services) == ("oidc:asha", {Role.READ, Role.FEEDBACK}, None)


@pytest.mark.parametrize(
    ("key", "algorithm"), [(EC_KEY, "ES256"), (ED_KEY, "EdDSA"), (KEY, "PS256")], ids=["ES256", "EdDSA", "PS256"]
)
async def test_other_public_keys_are_taken_too(key: Any, algorithm: str) -> None:
    async with checking(public_jwk(key, "k1")) as checked:
        assert await checked.tokens.caller_of(sign(key, algorithm=algorithm)) is not None


async def test_scopes_may_be_a_list_in_another_claim_without_prefix() -> None:
    async with checking(scope_claim="roles", scope_prefix="", services_claim="desks") as checked:
        token = sign(KEY, roles=["export", "chief", 7], desks="desk bank")
        caller = await checked.tokens.caller_of(token)

    assert caller is not None
    assert (caller.scopes, caller.services) == ({Role.EXPORT}, {"desk", "bank"})


async def test_a_token_without_the_services_claim_sees_none() -> None:
    async with checking(services_claim="desks") as checked:
        caller = await checked.tokens.caller_of(sign(KEY))

    assert caller is not None
    assert caller.services == frozenset()


NOW = int(time.time())
BAD_CLAIMS: list[dict[str, Any]] = [
    {"exp": NOW - 3600}, {"exp": None}, {"nbf": NOW + 3600}, {"iat": NOW + 3600}, {"iss": ISSUER.rstrip("/")},
    {"iss": None}, {"aud": "others"}, {"aud": None}, {"sub": None}, {"sub": ""}, {"sub": "a\nb"},
    {"sub": "x" * 129}, {"exp": "soon"},
]  # fmt: skip


@pytest.mark.parametrize("changes", BAD_CLAIMS, ids=str)
async def test_a_token_with_a_wrong_claim_is_none(changes: dict[str, Any]) -> None:
    async with checking() as checked:
        assert await checked.tokens.caller_of(sign_raw(claims())) is not None
        assert await checked.tokens.caller_of(sign_raw(claims(**changes))) is None


def sign_raw(payload: dict[str, Any]) -> str:
    """Sign claims that the library would refuse to write."""
    return api_jws.encode(json.dumps(payload).encode(), KEY, algorithm="RS256", headers={"kid": "k1"})


async def test_a_clock_within_the_leeway_is_forgiven() -> None:
    async with checking(leeway_seconds=60) as checked:
        assert await checked.tokens.caller_of(sign(KEY, exp=int(time.time()) - 30)) is not None


def forged() -> dict[str, str]:
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    body = claims(scope="endurance:admin")
    head = unsigned({"alg": "HS256", "kid": "k1"}, body).rpartition(".")[0]
    hs256 = hmac.new(public, head.encode(), hashlib.sha256).digest()
    own_key = {"alg": "RS256", "kid": "k1", "jwk": public_jwk(OTHER, "k1")}
    good = sign(KEY).split(".")
    return {
        "no signature": unsigned({"alg": "none", "kid": "k1"}, body),
        "no algorithm": unsigned({"kid": "k1"}, body),
        "the public key as a secret": unsigned({"alg": "HS256", "kid": "k1"}, body, hs256),
        "another key": sign(OTHER),
        "a key of its own in the header": unsigned(own_key, body, b"x" * 256),
        "another body under a good signature": ".".join((good[0], sign(KEY, sub="eve").split(".")[1], good[2])),
        "a critical header that we do not know": unsigned({"alg": "RS256", "kid": "k1", "crit": ["x"]}, body),
        "an algorithm that is not asked for": sign(KEY, algorithm="RS512"),
        "an algorithm of another kind of key": unsigned({"alg": "ES256", "kid": "k1"}, body, b"x" * 64),
        "too long": sign(KEY, more="x" * 20_000),
        "two parts": "a.b",
        "no header": "..",
        "text": "a.b.c",
        "empty": "",
    }  # fmt: skip


@pytest.mark.parametrize("name", forged())
async def test_a_forged_token_is_none(name: str) -> None:
    async with checking() as checked:
        assert await checked.tokens.caller_of(forged()[name]) is None


async def test_a_key_that_says_another_algorithm_or_use_is_not_used() -> None:
    for more in ({"alg": "RS512"}, {"use": "enc"}):
        async with checking(public_jwk(KEY, "k1") | more) as checked:
            assert await checked.tokens.caller_of(sign(KEY)) is None


async def test_a_short_key_is_not_used() -> None:
    short = new_rsa_key(1024)
    async with checking(public_jwk(short, "k1")) as checked:
        assert await checked.tokens.caller_of(sign_short(short)) is None


def sign_short(short: Any) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library says what this test is about
        return sign(short)


async def test_a_token_without_a_key_id_fits_an_only_key() -> None:
    async with checking(public_jwk(KEY, None)) as checked:
        assert await checked.tokens.caller_of(sign(KEY, key_id=None)) is not None
    async with checking(public_jwk(KEY, "k1"), public_jwk(OTHER, "k2")) as checked:
        assert await checked.tokens.caller_of(sign(KEY, key_id=None)) is None


async def test_keys_are_fetched_once_for_many_tokens_and_again_when_old() -> None:
    async with checking(refresh_seconds=100, refetch_seconds=10) as checked:
        assert checked.provider.fetches == 0
        await asyncio.gather(*(checked.tokens.caller_of(sign(KEY)) for _ in range(20)))
        assert checked.provider.fetches == 1
        checked.clock.advance(99)
        await checked.tokens.caller_of(sign(KEY))
        assert checked.provider.fetches == 1
        checked.clock.advance(1)
        await checked.tokens.caller_of(sign(KEY))
        assert checked.provider.fetches == 2


async def test_a_new_key_is_learnt_at_once_and_unknown_ones_are_asked_for_with_a_pause() -> None:
    async with checking(refetch_seconds=10) as checked:
        assert await checked.tokens.caller_of(sign(KEY)) is not None
        checked.provider.keys.append(public_jwk(OTHER, "k2"))
        checked.clock.advance(10)
        assert await checked.tokens.caller_of(sign(OTHER, "k2")) is not None
        for number in range(50):
            assert await checked.tokens.caller_of(sign(OTHER, f"unknown-{number}")) is None

    assert checked.provider.fetches == 2


async def test_while_the_provider_is_away_known_keys_go_on() -> None:
    async with checking(refresh_seconds=20, refetch_seconds=10) as checked:
        assert await checked.tokens.caller_of(sign(KEY)) is not None
        checked.provider.status = 500
        checked.clock.advance(60)
        assert await checked.tokens.caller_of(sign(KEY)) is not None
        assert await checked.tokens.caller_of(sign(KEY, "k2")) is None


@pytest.mark.parametrize(
    "broken", [{"status": 500}, {"status": 302, "location": "/keys2"}, {"padding_bytes": 1024 * 1024}], ids=str
)
async def test_without_any_keys_a_token_is_unavailable_and_the_pause_holds(broken: dict[str, Any]) -> None:
    async with checking(refetch_seconds=10) as checked:
        vars(checked.provider).update(broken)
        for _ in range(3):
            with pytest.raises(UnavailableError) as caught:
                await checked.tokens.caller_of(sign(KEY))
            assert caught.value.retry_after_seconds == 10
        assert checked.provider.fetches == 1


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["keys", "kty", "kid"]), inner),
    max_leaves=12,
)


@given(st.binary(max_size=60) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_a_key_set_of_any_bytes_is_read_or_refused(data: bytes) -> None:
    try:
        keys = read_key_set(data)
    except ValueError:
        return
    assert isinstance(keys, dict)


def test_shared_secrets_and_odd_entries_of_a_key_set_are_passed_over() -> None:
    listed = [{"kty": "oct", "k": "c2VjcmV0", "kid": "k1"}, 7, {"kid": "k2"}, {"kty": "RSA", "kid": 5}]

    assert read_key_set(json.dumps({"keys": listed}).encode()) == {}


async def test_the_admin_port_takes_a_token_beside_keys(tmp_path: Path) -> None:
    async with checking() as checked:
        api = ApiSettings(oidc=checked.settings)
        async with running_admin(tmp_path, api, tokens=checked.tokens) as admin:
            for token, path, status in (
                (sign(KEY), "/v1/services", 200),
                (sign(KEY), "/v1/export", 403),
                (sign(OTHER), "/v1/services", 401),
            ):
                async with admin.client.get(path, headers={"Authorization": f"Bearer {token}"}) as answer:
                    assert answer.status == status


async def test_while_no_keys_could_be_fetched_a_token_is_503_and_nothing_is_let_in(tmp_path: Path) -> None:
    async with checking() as checked:
        checked.provider.status = 500
        api = ApiSettings(oidc=checked.settings)
        async with running_admin(tmp_path, api, tokens=checked.tokens) as admin:
            headers = {"Authorization": f"Bearer {sign(KEY)}"}
            async with admin.client.get("/v1/services", headers=headers) as answer:
                await told(answer, 503)
                assert answer.headers["Retry-After"] == "30"
            await admin.get("/v1/services", 401)
