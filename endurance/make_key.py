"""`endurance key`: make a key for the admin port, and the lines that make it known."""

import hashlib
import secrets
from collections.abc import Sequence

import click
import yaml
from pydantic import ValidationError

from config.api import NamedKey
from config.errors import ConfigurationError

KEY_BYTES = 32
"""256 random bits: its plain SHA-256 can stand in a file, since nobody can try so many."""


def make_key(name: str, scopes: Sequence[str], services: Sequence[str]) -> None:
    """Print the key, once, and its entry for `api.named_keys` or the file. Raises ConfigurationError for a bad name."""
    key = "endk_" + secrets.token_urlsafe(KEY_BYTES)
    entry = {"name": name, "sha256": hashlib.sha256(key.encode()).hexdigest(), "scopes": list(scopes)}
    if services:
        entry["services"] = list(services)
    try:
        NamedKey.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigurationError(f"{first['loc'][0]}: {first['msg'].lower()}") from None
    # The entry alone on standard output: `endurance key … >> keys.yaml` keeps the key off the disk.
    click.echo(f"The key, shown this once: {key}", err=True)
    click.echo(yaml.safe_dump([entry], sort_keys=False, default_flow_style=None, width=200).rstrip())
