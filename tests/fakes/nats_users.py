"""Operator, account and users of a NATS installation with JWTs, as `nsc` makes them: signed by nkeys, in files."""

import base64
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nkeys  # type: ignore[import-untyped]  # it has no stubs
import orjson

_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}
_NO_LIMITS = {"subs": -1, "data": -1, "payload": -1}
_ACCOUNT_LIMITS = {
    **_NO_LIMITS, "imports": -1, "exports": -1, "wildcards": True, "conn": -1, "leaf": -1,
    "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
}  # fmt: skip


class Identity:
    """A key pair of nkeys."""

    def __init__(self, prefix: int) -> None:
        self.seed = bytes(nkeys.encode_seed(os.urandom(32), prefix))
        self._pair = nkeys.from_seed(bytearray(self.seed))
        self.public = self._pair.public_key.decode()

    def issue(self, name: str, subject: str, claims: dict[str, Any]) -> str:
        """Return a signed JWT of the second version of NATS' claims."""
        now = int(time.time())
        body = {"jti": os.urandom(16).hex(), "iat": now, "iss": self.public, "name": name, "sub": subject}
        signed = b".".join(
            _encode(orjson.dumps(part)) for part in (_HEADER, {**body, "nats": {**claims, "version": 2}})
        )
        return b".".join((signed, _encode(self._pair.sign(signed)))).decode()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@dataclass
class Operator:
    """An operator with one account, and the system's, without which its servers run no JetStream."""

    key: Identity = field(default_factory=lambda: Identity(nkeys.PREFIX_BYTE_OPERATOR))
    system: Identity = field(default_factory=lambda: Identity(nkeys.PREFIX_BYTE_ACCOUNT))
    account: Identity = field(default_factory=lambda: Identity(nkeys.PREFIX_BYTE_ACCOUNT))

    def server_settings(self) -> str:
        """Return the lines of a server's configuration that make it trust this operator."""
        operator = self.key.issue("operator", self.key.public, {"type": "operator"})
        system = self.key.issue("system", self.system.public, {"type": "account", "limits": _NO_LIMITS | {"conn": -1}})
        account = self.key.issue("account", self.account.public, {"type": "account", "limits": _ACCOUNT_LIMITS})
        return (
            f"operator: {operator}\nsystem_account: {self.system.public}\nresolver: MEMORY\n"
            f"resolver_preload {{ {self.system.public}: {system}, {self.account.public}: {account} }}"
        )

    def write_credentials(self, path: Path, publish: list[str] | None = None) -> Path:
        """Write the credentials of a new user of the account, who may publish to those subjects alone, or to all."""
        user = Identity(nkeys.PREFIX_BYTE_USER)
        allowed = {} if publish is None else {"pub": {"allow": publish}, "sub": {"allow": ["_INBOX_ENDURANCE.>"]}}
        token = self.account.issue(path.stem, user.public, {"type": "user", **_NO_LIMITS, **allowed})
        path.write_text(
            f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
        )
        return path
