"""`endurance inject`: standard input to standard output, what a person should know to standard error."""

import click

from config.errors import ConfigurationError
from endurance.inject.manifest import inject_stream, uninject_stream
from endurance.inject.sidecar import Sidecar


def rewrite(
    text: str,
    *,
    is_undone: bool,
    image: str,
    upstream_port: str | None,
    listen_port: int,
    service_id: str | None,
    config_map: str | None,
    secret: str | None,
    environment: tuple[str, ...],
) -> None:
    """Print the manifests with or without the sidecar. Raises ConfigurationError."""
    sidecar = Sidecar(
        image=image,
        upstream_port=upstream_port,
        listen_port=listen_port,
        service_id=service_id,
        config=config_map,
        secret=secret,
        environment=tuple(_variable(one) for one in environment),
    )
    rewritten = uninject_stream(text) if is_undone else inject_stream(text, sidecar)
    click.echo(rewritten.text, nl=False)
    for note in rewritten.notes:
        click.echo(f"endurance: {note}", err=True)


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ConfigurationError(f"--env: expected NAME=VALUE, got {text!r}")
    return name, value
