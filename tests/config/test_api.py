"""Keys by their hash, from the settings and from a file, and what a bad one says without showing a secret."""

import hashlib
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from config.api import ApiSettings, NamedKey, Scope, load_named_keys
from config.errors import ConfigurationError
from config.loader import load_settings
from exporters.api.base import Role

DIGEST = hashlib.sha256(b"a key").hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()


def key_file(folder: Path, text: str) -> Path:
    path = folder / "keys.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_keys_of_the_settings_and_of_the_file_are_joined(tmp_path: Path) -> None:
    path = key_file(tmp_path, f"- {{name: b, sha256: {OTHER.upper()}, scopes: [ingest, read], services: [desk]}}\n")
    settings = ApiSettings(named_keys=(NamedKey(name="a", sha256=DIGEST, scopes=(Scope.READ,)),), keys_file=path)

    keys = load_named_keys(settings)

    assert [(key.name, key.sha256, key.services) for key in keys] == [("a", DIGEST, None), ("b", OTHER, ("desk",))]
    assert keys[1].scopes == (Scope.INGEST, Scope.READ)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {name: a, sha256: 00, scopes: [read]}", "0.sha256"),
        (f"- {{name: a, sha256: {DIGEST}, scopes: [root]}}", "0.scopes.0"),
        (f"- {{name: a, sha256: {DIGEST}, scopes: []}}", "0.scopes"),
        (f"- {{name: a, sha256: {DIGEST}, scopes: [read], services: []}}", "0.services"),
        (f"- {{name: a, key: {DIGEST}, sha256: {DIGEST}, scopes: [read]}}", "0.key"),
        (f"- {{name: 'a b', sha256: {DIGEST}, scopes: [read]}}", "0.name"),
        ("keys: {", "not valid YAML"),
        ("", "the file"),
    ],
)
def test_a_bad_file_is_refused_and_not_quoted(tmp_path: Path, text: str, said: str) -> None:
    path = key_file(tmp_path, text)

    with pytest.raises(ConfigurationError, match=r"api\.keys_file") as caught:
        load_named_keys(ApiSettings(keys_file=path))

    assert said in str(caught.value)
    assert DIGEST not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read .*nothing\.yaml: No such file"):
        load_named_keys(ApiSettings(keys_file=tmp_path / "nothing.yaml"))


@pytest.mark.parametrize(("name", "digest", "what"), [("a", OTHER, "name"), ("b", DIGEST, "sha256")])
def test_a_name_or_a_key_twice_is_refused(name: str, digest: str, what: str) -> None:
    keys = tuple(
        NamedKey(name=one, sha256=sha256, scopes=(Scope.READ,)) for one, sha256 in (("a", DIGEST), (name, digest))
    )

    with pytest.raises(ConfigurationError, match=f"the key {name} has the {what} of an earlier one"):
        load_named_keys(ApiSettings(named_keys=keys))


def test_a_blank_key_is_refused_since_everybody_holds_it() -> None:
    with pytest.raises(ValidationError, match="not blank"):
        ApiSettings(keys=(SecretStr(" "),))


def test_every_scope_is_a_role_and_every_role_but_open_a_scope() -> None:
    assert {role.value for role in Role} - {"open"} == {scope.value for scope in Scope}


def test_off_needs_no_quotes_in_yaml(tmp_path: Path) -> None:
    path = tmp_path / "endurance.yaml"
    path.write_text("api:\n  auth: off\n", encoding="utf-8")

    assert load_settings({}, {}, path).api.auth == "off"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "hs512"])
def test_a_token_without_a_public_key_cannot_be_asked_for(algorithm: str) -> None:
    given = f"{{issuer: i, audience: a, jwks_url: 'https://x/keys', algorithms: [{algorithm}]}}"

    with pytest.raises(ConfigurationError, match=r"api\.oidc\.algorithms"):
        load_settings({}, {"ENDURANCE_API_OIDC": given})


def test_a_section_with_an_error_is_told_by_its_names_alone() -> None:
    with pytest.raises(ConfigurationError, match=r"services\.0\.id: .*got a section with preset") as caught:
        load_settings({}, {"ENDURANCE_SERVICES": "[{preset: hidden}]"})

    assert "hidden" not in str(caught.value)


def test_a_bad_named_key_is_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="not shown") as caught:
        load_settings({}, {"ENDURANCE_API_NAMED_KEYS": f"[{{sha256: {DIGEST}, scopes: [read]}}]"})

    assert DIGEST not in str(caught.value)
