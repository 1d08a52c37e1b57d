"""What is done with each type of identifier, for the whole installation and for one service. Pure."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.redaction import RedactedType, RedactionMode, RedactionSettings, ServiceRedaction
from config.settings import ServiceSettings

MASK = "*"
TOKEN_LETTERS = 12
"""Four bits each: among a million identifiers of one installation two share a token once in five hundred times."""
END_USER = "end_user"
"""Domain of the hash of an end user's id, apart from those of every type."""
CONVERSATION = "conversation"
"""Domain of the hash of a conversation that is named by its end user's id."""
HASH_LETTERS = "bcdfghjkmnpqrstw"
"""Letters alone, no vowels: a token is never read as a number, an identifier or a word."""
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done with the identifiers of one service."""

    modes: Mapping[RedactedType, RedactionMode]
    """One entry per type."""
    salt: bytes

    @property
    def is_on(self) -> bool:
        """False when nothing is to be replaced."""
        return any(mode != "off" for mode in self.modes.values())

    def replacement(self, type_: RedactedType, text: str, mode: RedactionMode) -> str:
        """Return what stands in the text's place: as many marks as it has characters, or its token."""
        return MASK * len(text) if mode == "mask" else self.token(type_, text)

    def token(self, type_: RedactedType, text: str) -> str:
        """Return `[<type>_<letters>]`; two writings of an identifier, by case and separators, share it."""
        # The underscore joins type and letters to one word: `phone` alone would be a cue to the finders.
        return f"[{type_.value}_{hash_letters(self.salt, type_.value, _SEPARATORS.sub('', text).casefold())}]"


def hash_letters(salt: bytes, domain: str, text: str) -> str:
    """Return `TOKEN_LETTERS` letters of HMAC-SHA-256 (RFC 2104); `domain` parts what must not be compared."""
    digest = hmac.digest(salt, f"{domain}:{text}".encode(errors="surrogatepass"), hashlib.sha256).hex()
    return "".join(HASH_LETTERS[int(digit, 16)] for digit in digest[:TOKEN_LETTERS])


@dataclass(frozen=True, slots=True)
class RedactionBook:
    """The plans of an installation."""

    general: RedactionSettings
    services: Sequence[ServiceSettings]
    salt: bytes

    def plan_for(self, service_id: str) -> Plan:
        """Return the service's own plan, else the general one."""
        own = next((service.redaction for service in self.services if service.id == service_id), None)
        return Plan(_modes(own or self.general), self.salt)


def is_redacting(general: RedactionSettings, services: Sequence[ServiceSettings]) -> bool:
    """Say whether anything is redacted for any service: then no words may be kept beside the evaluations."""
    own = [service.redaction for service in services if service.redaction is not None]
    return any(mode != "off" for wanted in (general, *own) for mode in _modes(wanted).values())


def _modes(wanted: ServiceRedaction) -> dict[RedactedType, RedactionMode]:
    given = {type_: getattr(wanted.types, type_.value) for type_ in RedactedType}
    return {type_: wanted.mode if mode is None else mode for type_, mode in given.items()}
