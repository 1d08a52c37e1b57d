"""`endurance check-config`: read everything that is data, run the rule packs' own cases, say what is in force."""

import click
import yaml
from scorer.rules.packs import load_rulepacks

from config.presets import load_presets
from config.settings import Settings


def check(settings: Settings) -> None:
    """Print the settings in force and what was read. Raises ConfigurationError for what is wrong."""
    presets = load_presets(settings.presets_dir)
    packs = load_rulepacks()
    click.echo(yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True).rstrip())
    click.echo(f"# presets: {', '.join(presets)}")
    click.echo(f"# rule packs: {', '.join(sorted(packs))}")
