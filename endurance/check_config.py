"""`endurance check-config`: read everything that is data, run the rule packs' own cases, say what is in force."""

import click
import yaml

from config.api import load_named_keys
from config.errors import ConfigurationError
from config.judge import load_judge_key
from config.settings import Settings
from config.webhooks import load_secrets
from endurance import app
from endurance.outbound import check_telemetry
from exporters.store.sealed import SETTING as STORE_SETTING
from scorer.model import Capture, Exchange
from scorer.queue.cipher import SETTING
from scorer.rules.judge import failed_cases
from scorer.rules.loader import load_rulepacks
from scorer.sealing import read_keys


def check(settings: Settings) -> None:
    """Print the settings in force and what was read. Raises ConfigurationError for what is wrong."""
    book = app.build_policy_book(settings)
    app.build_intake(settings, book)
    read_keys(settings.spool.key_file, SETTING)
    read_keys(settings.store_encryption.key_file, STORE_SETTING)
    load_named_keys(settings.api)
    check_telemetry(settings)
    load_judge_key(settings.judge)
    for webhook in settings.webhooks:
        load_secrets(webhook)
    if settings.redaction.salt_file is not None:
        app.build_redactions(settings)
    packs = load_rulepacks(settings.rulepacks_dir)
    template = Exchange(
        session_id="case",
        submission_id="case",
        service_id="case",
        query="",
        response="",
        capture=Capture(format="case"),
        timestamp=app.utc_now(),
    )
    failed = [line for group in packs.values() for pack in group for line in failed_cases(pack, template)]
    if failed:
        raise ConfigurationError("rule packs: " + "; ".join(failed))
    rules = sum(len(pack.rules) for group in packs.values() for pack in group)
    click.echo(yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True).rstrip())
    click.echo(f"# presets: {', '.join(book.presets)}")
    click.echo(f"# rule packs: {', '.join(packs)} ({rules} rules, every case of theirs as expected)")
