"""The command line. Each command reads its settings, says in one line what is wrong with them, and calls app.py."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from config.api import Scope
from config.errors import ConfigurationError
from config.loader import load_settings
from config.settings import Settings
from endurance.supervisor import EXIT_CONFIGURATION
from endurance.version import VERSION

Command = Callable[..., None]


def _one_line_errors(command: Command) -> Command:
    """Turn a ConfigurationError into one line on standard error and exit code 2."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except ConfigurationError as error:
            click.echo(f"endurance: {error}", err=True)
            sys.exit(EXIT_CONFIGURATION)

    return run


_SETTING_FLAGS = (
    click.option("--upstream", metavar="URL", help="The chatbot to stand in front of."),
    click.option("--host", metavar="H", help="Address of the traffic port [127.0.0.1]."),
    click.option("--port", metavar="P", type=int, help="The traffic port [8080]."),
    click.option("--admin-host", metavar="H", help="Address of the admin port [127.0.0.1]."),
    click.option("--admin-port", metavar="A", type=int, help="The admin port: API, metrics, page [8081]."),
    click.option("--probe-port", metavar="Q", type=int, help="Port on which the proxy itself answers /health, /ready."),
    click.option("--store", metavar="URL", help="sqlite:///PATH, mongodb://… or mongodb+srv://…"),
    click.option("--queue", metavar="URL", help="nats://… (the queue on disk otherwise)."),
    click.option("--service-id", metavar="NAME", help="Service of proxied exchanges that no rule matches [default]."),
    click.option("--data-dir", metavar="DIR", help="Where queue and embedded store live [./endurance-data]."),
)
_config_flag = click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="YAML file of settings.")


def _setting_flags(command: Command) -> Command:
    for option in (_config_flag, *reversed(_SETTING_FLAGS)):
        command = option(command)
    return command


def _settings(config: Path | None, flags: dict[str, Any]) -> Settings:
    return load_settings(flags, os.environ, config)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="endurance")
def main() -> None:
    """Stand in front of a chatbot, pass its traffic through untouched, and score every answer it gave."""


@main.command()
@_setting_flags
@_one_line_errors
def serve(config: Path | None, **flags: Any) -> None:
    """Run the proxy and the engine until SIGTERM."""
    from endurance.serve import serve as run_serve  # the demo needs none of it

    sys.exit(run_serve(_settings(config, flags)))


@main.command()
@_setting_flags
@_one_line_errors
def proxy(config: Path | None, **flags: Any) -> None:
    """Run the traffic port and its spool alone; copies go to the workers over NATS (--queue)."""
    _run_apart("proxy", config, flags)


@main.command()
@_setting_flags
@_one_line_errors
def worker(config: Path | None, **flags: Any) -> None:
    """Score what proxies put on NATS (--queue) into a shared store (--store mongodb://…)."""
    _run_apart("worker", config, flags)


@main.command()
@_setting_flags
@_one_line_errors
def api(config: Path | None, **flags: Any) -> None:
    """Run the API, feed and page alone, on a shared store (--store mongodb://…)."""
    _run_apart("api", config, flags)


def _run_apart(name: str, config: Path | None, flags: dict[str, Any]) -> None:
    from endurance.serve import Part
    from endurance.serve import serve as run_serve

    sys.exit(run_serve(_settings(config, flags), Part(name)))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=9000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@_one_line_errors
def demo(host: str, port: int) -> None:
    """Run the bundled example chatbot."""
    from endurance.demo.bot import run_demo  # serve needs none of it

    run_demo(host, port)


@main.command("check-config")
@_setting_flags
@_one_line_errors
def check_config(config: Path | None, **flags: Any) -> None:
    """Read settings, presets and rule packs, run the packs' own cases, and say what is in force."""
    from endurance.check_config import check  # loads the scorer

    check(_settings(config, flags))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one evaluation a line instead of the table.")
@click.option("--output", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path), help="Results, one a line.")
@click.option("--resume", is_flag=True, help="Go on behind what OUT holds of an earlier run.")
@click.option("--plot", metavar="PNG", type=click.Path(dir_okay=False, path_type=Path), help="Plot the calibration.")
@_config_flag
@_one_line_errors
def evaluate(config: Path | None, **order: Any) -> None:
    """Score recorded exchanges: a line of FILE is a body of POST /v1/evaluate; its `label` says what people found."""
    from endurance.evaluate_file import EvaluateOrder, evaluate_file  # loads the scorer

    sys.exit(evaluate_file(EvaluateOrder(**order), _settings(config, {})))


@main.command("check-store")
@click.option("--repair", is_flag=True, help="Put the aggregates right.")
@_setting_flags
@_one_line_errors
def check_store(repair: bool, config: Path | None, **flags: Any) -> None:
    """Count every session anew and say which aggregates differ; exit code 1 when some do."""
    from endurance.check_store import check_store as check  # loads the store

    sys.exit(check(_settings(config, flags), repair))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv", "parquet"]), default="jsonl", show_default=True)
@click.option("--where", metavar="QUERY", default="", help="As of /v1/sessions: 'service_id=desk&flagged_only=true'.")
@click.option("--resume", is_flag=True, help="Go on with an export that was cut off.")
@click.option("--manifest", metavar="FILE", type=click.Path(path_type=Path), help="The manifest [FILE.manifest.json].")
@click.option("--check", is_flag=True, help="Write nothing: compare FILE with its manifest; exit code 1 on a fault.")
@_setting_flags
@_one_line_errors
def export(
    file: Path,
    format_: str,
    where: str,
    resume: bool,
    manifest: Path | None,
    check: bool,
    config: Path | None,
    **flags: Any,
) -> None:
    """Write the record to FILE, newest first, with a manifest; as Parquet, FILE is a folder of parts."""
    from endurance.export_file import check_export, export_file, read_order  # loads the store

    order = read_order(file, format_, where, resume, manifest)
    if check:
        sys.exit(check_export(order))
    export_file(order, _settings(config, flags))


@main.command()
@click.option("--where", metavar="QUERY", default="", help="As of /v1/sessions: 'service_id=desk&since=2026-11-01'.")
@click.option("--everything", is_flag=True, help="Sessions that this version has scored too.")
@click.option("--resume", is_flag=True, help="Go on with a run that was cut off.")
@click.option("--dry-run", is_flag=True, help="Save nothing, only tell what would move.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON instead of tables.")
@_setting_flags
@_one_line_errors
def rescore(
    where: str, everything: bool, resume: bool, dry_run: bool, as_json: bool, config: Path | None, **flags: Any
) -> None:
    """Score stored sessions of older versions again, each as its next revision, and tell what moved."""
    from endurance.rescore import read_order  # loads the scorer
    from endurance.rescore import rescore as again

    order = read_order(where, everything=everything, resume=resume, dry_run=dry_run, as_json=as_json)
    again(order, _settings(config, flags))


@main.command("subject-hash")
@_setting_flags
@_one_line_errors
def subject_hash(config: Path | None, **flags: Any) -> None:
    """Tell the hash of an end user's id, which is read from standard input; for DELETE /v1/subjects/HASH."""
    from endurance.subject_hash import subject_hash as hash_of  # serve needs none of it

    # From standard input: an argument would stand in the shell's history and in the list of processes.
    click.echo(hash_of(sys.stdin.readline().rstrip("\r\n"), _settings(config, flags)))


@main.command()
@click.option(
    "--anchor",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Heads of the last check, kept away from the database; compared, and written when all is right.",
)
@_setting_flags
@_one_line_errors
def verify(anchor: Path | None, config: Path | None, **flags: Any) -> None:
    """Check the audit's chains by their hashes and numbers; exit code 1 and a line for each finding."""
    from endurance.verify import verify as check  # loads the store

    sys.exit(check(_settings(config, flags), anchor))


@main.command()
@_setting_flags
@_one_line_errors
def reseal(config: Path | None, **flags: Any) -> None:
    """Write the record's texts anew with the first key of store_encryption.key_file; may be cut off and begun again."""
    from endurance.reseal import reseal as write_anew  # loads the store

    sys.exit(write_anew(_settings(config, flags)))


@main.command()
@click.option("--live", "is_live", is_flag=True, help="Ask only whether the running Endurance answers.")
@_setting_flags
@_one_line_errors
def doctor(is_live: bool, config: Path | None, **flags: Any) -> None:
    """Look at everything this installation leans on; exit code 1 when something is wrong."""
    from endurance.doctor import doctor as look  # serve needs none of it

    sys.exit(look(_settings(config, flags), is_live=is_live))


@main.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([scope.value for scope in Scope]))
@click.option("--service", "services", multiple=True, metavar="NAME", help="Only this service; all unless given.")
@_one_line_errors
def key(name: str, scopes: tuple[str, ...], services: tuple[str, ...]) -> None:
    """Make a key for the admin port: shown once on standard error, its entry for the settings on standard output."""
    from endurance.make_key import make_key  # serve needs none of it

    make_key(name, scopes, services)


@main.command()
@click.option("--image", default=f"endurance:{VERSION}", show_default=True, help="Image of the sidecar.")
@click.option(
    "--upstream-port", metavar="P", help="The bot's port, by number or name [the only one, or the one named http]."
)
@click.option("--listen-port", metavar="P", type=click.IntRange(1, 65535), default=18080, show_default=True)
@click.option("--service-id", metavar="NAME", help="Name of the bot in the record [the workload's name].")
@click.option("--config-map", metavar="NAME", help="ConfigMap whose key endurance.yaml holds the settings.")
@click.option("--secret", metavar="NAME", help="Secret whose keys are ENDURANCE_… variables.")
@click.option("--env", "environment", metavar="NAME=VALUE", multiple=True, help="One more variable of the sidecar.")
@click.option("--uninject", "is_undone", is_flag=True, help="Take the sidecar out again.")
@_one_line_errors
def inject(is_undone: bool, **wanted: Any) -> None:
    """Put the sidecar into the manifests on standard input: kubectl get deploy bot -o yaml | endurance inject."""
    from endurance.inject.command import rewrite  # serve needs none of it

    rewrite(sys.stdin.read(), is_undone=is_undone, **wanted)


@main.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104  the API server calls from outside
@click.option("--port", default=8443, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--certificate", required=True, type=click.Path(path_type=Path), help="PEM file of the certificate.")
@click.option("--key", required=True, type=click.Path(path_type=Path), help="PEM file of its key.")
@click.option("--image", default=f"endurance:{VERSION}", show_default=True, help="Image of the sidecar.")
@click.option("--config-map", metavar="NAME", help="ConfigMap in the pods' namespaces, key endurance.yaml.")
@click.option("--secret", metavar="NAME", help="Secret in the pods' namespaces whose keys are ENDURANCE_… variables.")
@_one_line_errors
def webhook(host: str, port: int, certificate: Path, key: Path, image: str, config_map: str, secret: str) -> None:
    """Run the admission webhook that injects the sidecar into pods that ask for it."""
    from endurance.inject.sidecar import Sidecar  # serve needs none of it
    from endurance.webhook import Listener, serve_webhook

    sidecar = Sidecar(image=image, config=config_map, secret=secret)
    serve_webhook(Listener(host, port, certificate, key), sidecar)


if __name__ == "__main__":
    main()
