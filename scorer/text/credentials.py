"""Secrets in a text, with their places: tokens of known form, and assignments whose value looks random. Pure.

Forms are those that the issuers publish (prefix, alphabet, length). An assignment (`password = …`) counts only when its
value is neither a placeholder nor a word: Shannon entropy of its characters, and several kinds of them. Commit hashes,
checksums and request ids have neither form nor assignment and are not secrets. Every pattern is linear in the text.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

FOUND_LIMIT = 100
"""Secrets of one form after which the search for it stops."""
MINIMUM_ENTROPY_BITS = 2.8
"""Per character, of an assigned value; English words of eight letters stay below, random ones of ten above."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret; `start` and `end` count the text's characters."""

    kind: str
    start: int
    end: int
    text: str


_FORMS = tuple(
    (kind, hint, re.compile(pattern))
    for kind, hint, pattern in (
        ("private key", "PRIVATE KEY", r"-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----[^-]{20,8000}"),
        ("AWS access key", "", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7][A-Z0-9]{15}\b"),
        ("GitHub token", "gh", r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b"),
        ("GitHub token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{22,255}\b"),
        ("GitLab token", "glpat-", r"(?<![\w-])glpat-[\w-]{20,64}"),
        ("Slack token", "xox", r"(?<![\w-])xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
        ("Slack webhook", "hooks.slack.com", r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{30,100}"),
        ("API key", "sk-", r"(?<![\w-])sk-[A-Za-z0-9_-]{20,220}"),
        ("Stripe key", "_live_", r"\b[rsp]k_live_[A-Za-z0-9]{16,250}\b"),
        ("Stripe key", "_test_", r"\b[rs]k_test_[A-Za-z0-9]{16,250}\b"),
        ("Google API key", "AIza", r"(?<![\w-])AIza[\w-]{35}(?![\w-])"),
        ("Google token", "ya29.", r"(?<![\w-])ya29\.[\w-]{30,500}"),
        ("npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("PyPI token", "pypi-", r"(?<![\w-])pypi-AgE[\w-]{50,500}"),
        ("SendGrid key", "SG.", r"(?<![\w-])SG\.[\w-]{16,32}\.[\w-]{32,64}"),
        ("Hugging Face token", "hf_", r"\bhf_[A-Za-z]{34}\b"),
        ("Telegram token", ":AA", r"\b\d{8,10}:AA[\w-]{33}\b"),
        ("JSON web token", "eyJ", r"(?<![\w-])eyJ[\w-]{10,1000}\.eyJ[\w-]{10,4000}\.[\w-]{16,1000}"),
        ("bearer token", "earer ", r"\b[Bb]earer [A-Za-z0-9._~+/-]{20,2000}=?"),
        ("password in a URL", "://", r"\b[a-z][a-z0-9+]{2,15}://[^\s:/@]{1,64}:(?P<value>[^\s:/@]{6,100})@[\w.-]+"),
    )
)
_ASSIGNMENT = re.compile(
    r"(?P<name>(?:password|passwd|pwd|passphrase|secret|api[_-]?key|access[_-]?key|auth[_-]?token|token|credential)"
    r"[\w-]{0,20})[\"']?[ \t]{0,4}(?:=|:=|:|=>|is)[ \t]{0,4}[\"'`]?(?P<value>[^\s\"'`,;<>]{8,200})",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"your|example|placeholder|changeme|change_me|redacted|xxxx|\*\*\*|\.\.\.|<|\$\{|\{\{|dummy|sample|insert|replace"
    r"|todo|process\.env|os\.environ|getenv|password|secret|_here",
    re.IGNORECASE,
)


def find_secrets(text: str) -> tuple[Secret, ...]:
    """Return the secrets in order of their place, none overlapping."""
    found: list[Secret] = []
    taken: set[int] = set()
    for secret in [*_of_known_form(text), *_assigned(text)]:
        place = range(secret.start, secret.end)
        if taken.isdisjoint(place):
            taken.update(place)
            found.append(secret)
    return tuple(sorted(found, key=lambda secret: secret.start))


def _of_known_form(text: str) -> list[Secret]:
    found = []
    for kind, hint, pattern in _FORMS:
        if hint and hint not in text:
            continue
        for match in islice(pattern.finditer(text), FOUND_LIMIT):
            value = match.groupdict().get("value") or match.group()
            # A real token mixes kinds of characters; "sk-and-other-words" does not.
            if not _PLACEHOLDER.search(value) and len(set(value)) > 5 and re.search(r"[0-9A-Z]", value):
                found.append(Secret(kind, match.start(), match.end(), match.group()))
    return found


def _assigned(text: str) -> list[Secret]:
    found = []
    for match in islice(_ASSIGNMENT.finditer(text), 10 * FOUND_LIMIT):
        value = match.group("value").rstrip(".)")
        if _looks_random(value) and not _PLACEHOLDER.search(value):
            start = match.start("value")
            found.append(Secret(match.group("name").lower(), start, start + len(value), value))
    return found[:FOUND_LIMIT]


def _looks_random(value: str) -> bool:
    kinds = sum(
        any(test(character) for character in value)
        for test in (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
    )
    return len(value) >= 8 and kinds >= 3 and entropy_bits(value) >= MINIMUM_ENTROPY_BITS


def entropy_bits(value: str) -> float:
    """Return the Shannon entropy of a value's characters, bits per character (Shannon 1948)."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
