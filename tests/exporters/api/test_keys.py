"""Whose key it is, and where a request shows it."""

import hashlib

import pytest
from pydantic import SecretStr

from config.api import ApiSettings, NamedKey, Scope
from exporters.api.base import Role
from exporters.api.keys import KeyRing, presented_key

NAMED = NamedKey(name="desk", sha256=hashlib.sha256(b"desk-key").hexdigest(), scopes=(Scope.READ,), services=("desk",))


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing(ApiSettings(keys=(SecretStr("first"), SecretStr("zweiter-schlüssel"))), [NAMED])


def test_a_plain_key_may_do_all_and_is_named_by_its_place(ring: KeyRing) -> None:
    owner = ring.owner_of("zweiter-schlüssel")

    assert owner is not None
    assert (owner.name, owner.scopes, owner.services) == ("api.keys.1", frozenset(Role), None)


def test_a_named_key_has_its_scopes_and_services(ring: KeyRing) -> None:
    owner = ring.owner_of("desk-key")

    assert owner is not None
    assert (owner.name, owner.scopes, owner.services) == ("desk", {Role.READ}, {"desk"})
    assert (owner.sees("desk"), owner.sees("bank")) == (True, False)


def test_admin_is_every_scope() -> None:
    key = NamedKey(name="a", sha256=hashlib.sha256(b"a").hexdigest(), scopes=(Scope.ADMIN,))
    owner = KeyRing(ApiSettings(), [key]).owner_of("a")

    assert owner is not None
    assert owner.scopes == frozenset(Role)


@pytest.mark.parametrize("key", ["", "FIRST", "firs", "first ", "desk", NAMED.sha256, "\udcff"])
def test_anything_else_is_nobodys(ring: KeyRing, key: str) -> None:
    assert ring.owner_of(key) is None


@pytest.mark.parametrize(
    ("authorization", "x_api_key", "key"),
    [
        ("Bearer one", "two", "one"),
        ("bEARER   one  ", "", "one"),
        ("Bearer ", "two", ""),
        ("Basic one", "two", "two"),
        ("one", "", ""),
        ("", "two", "two"),
    ],
)
def test_the_bearer_header_comes_first(authorization: str, x_api_key: str, key: str) -> None:
    assert presented_key(authorization, x_api_key) == key
