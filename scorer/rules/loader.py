"""Reads rule packs: the bundled ones, then an operator's folder. Refuses what is not whole; runs once, at start."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import yaml
from pydantic import ValidationError

from config.errors import ConfigurationError
from scorer.policy import COMPLIANCE_MODES
from scorer.rules.schema import RulePack


def load_rulepacks(folder: Path | None = None) -> dict[str, tuple[RulePack, ...]]:
    """Return the packs of each compliance mode, bundled ones first, all modes present.

    A file in `folder` replaces the bundled one of the same name, another name adds to its mode. Raises
    ConfigurationError naming file and key: unknown keys, a pattern that is not linear, a rule without a test that is
    met and one that is not, an unknown mode, the same rule id twice in a mode.
    """
    packs = [_parse(name, text) for name, text in _texts(folder)]
    by_mode: dict[str, tuple[RulePack, ...]] = {}
    for mode in COMPLIANCE_MODES:
        by_mode[mode] = tuple(pack for pack in packs if pack.mode == mode)
        ids = [rule.id for pack in by_mode[mode] for rule in pack.rules]
        twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
        if twice:
            raise ConfigurationError(f"rule packs of {mode}: rule {twice[0]} stands in two packs; give one another id")
    return by_mode


def _texts(folder: Path | None) -> Iterator[tuple[str, str]]:
    bundled = resources.files("config") / "rulepacks"
    texts = {entry.name: entry.read_text("utf-8") for entry in bundled.iterdir() if entry.name.endswith(".yaml")}
    if folder is not None:
        try:
            texts |= {path.name: path.read_text("utf-8") for path in folder.glob("*.yaml")}
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"rule packs: cannot read {folder}: {error}") from error
    yield from sorted(texts.items())


def _parse(name: str, text: str) -> RulePack:
    try:
        pack = RulePack.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"rule pack {name}: not valid YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"rule pack {name}: {where}: {first['msg']}") from error
    if pack.mode not in COMPLIANCE_MODES:
        raise ConfigurationError(
            f"rule pack {name}: mode: expected one of {', '.join(COMPLIANCE_MODES)}, got {pack.mode}"
        )
    return pack
