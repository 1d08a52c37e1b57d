"""The settings of redaction: what is done with identifiers and secrets before an evaluation is stored.

Part of `config/settings.py`; it stands apart for its length. `scorer/redact/` does what is said here.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from config.section import Section


class RedactedType(StrEnum):
    """What redaction tells apart; the keys of `redaction.types`."""

    AADHAAR = "aadhaar"
    PAN = "pan"
    GSTIN = "gstin"
    EPIC = "epic"
    IFSC = "ifsc"
    UPI = "upi"
    PHONE = "phone"
    CARD = "card"
    IBAN = "iban"
    BANK_ACCOUNT = "bank_account"
    EMAIL = "email"
    IP = "ip"
    NATIONAL_ID = "national_id"
    PASSPORT = "passport"
    LICENCE = "licence"
    SECRET = "secret"  # noqa: S105 - the name of a type, not one of them


def _as_word(value: Any) -> Any:
    return "off" if value is False else value  # YAML 1.1 reads a bare `off` as false


RedactionMode = Annotated[Literal["off", "mask", "hash"], BeforeValidator(_as_word)]


class RedactionTypes(Section):
    """What is done with one type; None does what `mode` says."""

    aadhaar: RedactionMode | None = None
    """India's resident number (Verhoeff)."""
    pan: RedactionMode | None = None
    """India's tax number."""
    gstin: RedactionMode | None = None
    """India's sales tax number, which holds a PAN."""
    epic: RedactionMode | None = None
    """India's voter card."""
    ifsc: RedactionMode | None = None
    """India's code of a bank branch."""
    upi: RedactionMode | None = None
    """India's payment address."""
    phone: RedactionMode | None = None
    card: RedactionMode | None = None
    """Payment card (Luhn)."""
    iban: RedactionMode | None = None
    bank_account: RedactionMode | None = None
    email: RedactionMode | None = None
    ip: RedactionMode | None = None
    national_id: RedactionMode | None = None
    """Personal numbers of the United Kingdom, the European Union and the United States."""
    passport: RedactionMode | None = None
    licence: RedactionMode | None = None
    """Driving licence."""
    secret: RedactionMode | None = None
    """API keys, tokens, passwords, private keys."""


class ServiceRedaction(Section):
    """What a service does in place of the general `mode` and `types`, whole."""

    mode: RedactionMode = "off"
    """`mask` keeps the length, `hash` puts a short salted token in place, `off` stores as it came."""
    types: RedactionTypes = RedactionTypes()


class RedactionSettings(ServiceRedaction):
    """Identifiers and secrets in what is stored and published; scores are computed before."""

    salt_file: Path | None = None
    """File with the salt of every hash, at least 16 bytes; None makes one in the data directory."""
