"""Between JSON values and what MongoDB takes, both ways without loss. Pure.

Keys: `.` separates paths, a leading `$` is an operator and NUL ends a name, so the four characters `%.$` and NUL are
written as `%25 %2E %24 %00`. What BSON cannot hold (integers beyond 64 bits, nesting beyond the server's limit) is
kept as JSON text under the key `%json`, which no escaped key can be.
"""

import json
import re
from typing import Any

JSON_KEY = "%json"
DEPTH_LIMIT = 60
"""The server takes 100 levels (MongoDB manual, "Limits and Thresholds"); ours stand under a few of our own."""

_UNSAFE = re.compile(r"[%.$\0]")
_ESCAPED = re.compile(r"%(25|2E|24|00)")


def escape_key(key: str) -> str:
    """Return the key as MongoDB takes it."""
    return _UNSAFE.sub(lambda match: f"%{ord(match.group()):02X}", key)


def unescape_key(key: str) -> str:
    """Return the key as it was."""
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), key)


def to_bson(value: Any, depth: int = 0) -> Any:
    """Return a JSON value as MongoDB takes it."""
    match value:
        case dict() | list() if depth >= DEPTH_LIMIT:
            return {JSON_KEY: json.dumps(value)}
        case dict():
            return {escape_key(key): to_bson(item, depth + 1) for key, item in value.items()}
        case list():
            return [to_bson(item, depth + 1) for item in value]
        case int() if not -(2**63) <= value < 2**63:
            return {JSON_KEY: json.dumps(value)}
        case _:
            return value


def from_bson(value: Any) -> Any:
    """Return the JSON value that `to_bson` was given; moments, which it never makes, stay as they are."""
    match value:
        case dict() if value.keys() == {JSON_KEY}:
            return json.loads(value[JSON_KEY])
        case dict():
            return {unescape_key(key): from_bson(item) for key, item in value.items()}
        case list():
            return [from_bson(item) for item in value]
        case int() if type(value) not in (int, bool):
            return int(value)  # the driver's own class for 64 bits
        case _:
            return value
