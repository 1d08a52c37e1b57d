"""Turns flags, environment, YAML file and defaults into `Settings`, in that order of precedence.

The only reader of the environment. An unknown or ill-typed key is an error that names the key, where it stood,
what was expected and what came; nothing else is done with bad settings.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel, SecretStr, ValidationError

from config.errors import ConfigurationError
from config.settings import Settings

PREFIX = "ENDURANCE_"
_SECRET = re.compile(r"keys|secret|\bkey$")
"""In the names of settings whose values are never shown."""
_NOT_SETTINGS = re.compile(
    r"ENDURANCE_(CONFIG$"  # the file itself
    r"|REQUIRE_"  # switches of the test suite
    # Kubernetes puts these into every pod beside a Service that is named "endurance".
    r"|(\w+_)?SERVICE_(HOST|PORT)|(\w+_)?PORT_\d+_(TCP|UDP))"
)


def load_settings(flags: Mapping[str, Any], environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """Return the settings. `flags` holds top-level keys, None where a flag was not given.

    Raises ConfigurationError on the first key that is unknown, ill-typed or out of its limits.
    """
    path = file or (Path(environment["ENDURANCE_CONFIG"]) if environment.get("ENDURANCE_CONFIG") else None)
    data = _read_file(path) if path else {}
    origins = dict.fromkeys(_leaf_paths(data), str(path))
    for name, keys, value in _environment_values(environment):
        _put(data, keys, value)
        origins[".".join(keys)] = name
    for key, value in flags.items():
        if value is not None:
            data[key] = value
            origins[key] = "--" + key.replace("_", "-")
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise ConfigurationError(_describe(error, origins)) from error


def _read_file(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path}: expected a mapping of settings, got {type(data).__name__}")
    return data


def _environment_values(environment: Mapping[str, str]) -> list[tuple[str, tuple[str, ...], Any]]:
    known = {PREFIX + "_".join(keys).upper(): (keys, is_text) for keys, is_text in setting_keys(Settings)}
    values = []
    for name, text in sorted(environment.items()):
        if not name.startswith(PREFIX) or _NOT_SETTINGS.match(name):
            continue
        if name not in known:
            raise ConfigurationError(f"{name}: unknown setting in the environment")
        keys, is_text = known[name]
        if keys == ("port",) and text.startswith("tcp://"):
            continue  # the same Kubernetes habit: ENDURANCE_PORT=tcp://10.0.0.1:80
        if text == "" and not is_text:
            continue
        values.append((name, keys, text if is_text else _parse_value(name, text)))
    return values


def setting_keys(model: type[BaseModel], prefix: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], bool]]:
    """Return every key as a path, with whether its value is plain text (which YAML must not re-type)."""
    keys: list[tuple[tuple[str, ...], bool]] = []
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            keys += setting_keys(annotation, (*prefix, name))
        else:
            keys.append(((*prefix, name), _is_text(annotation)))
    return keys


def _is_text(annotation: Any) -> bool:
    if get_origin(annotation) in (tuple, dict):
        return False
    options = set(get_args(annotation)) or {annotation}
    return bool(options & {str, SecretStr, Path}) or all(isinstance(option, str) for option in options)


def _parse_value(name: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name}: not valid YAML") from error


def _put(data: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    for key in keys[:-1]:
        child = data.setdefault(key, {})
        if not isinstance(child, dict):
            return  # the file holds a scalar where a section belongs: validation says so
        data = child
    data[keys[-1]] = value


def _leaf_paths(data: Mapping[Any, Any], prefix: str = "") -> list[str]:
    paths = []
    for key, value in data.items():
        path = f"{prefix}{key}"
        paths.append(path)
        if isinstance(value, Mapping):
            paths += _leaf_paths(value, path + ".")
    return paths


def _describe(error: ValidationError, origins: Mapping[str, str]) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    origin = next((origins[k] for k in _shorter_paths(key) if k in origins), "the settings")
    if first["type"] == "extra_forbidden":
        return f"{key}: unknown setting (in {origin})"
    message = first["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    return f"{key}: {message}, got {_shown(key, first['input'])} (in {origin})"


def _shown(key: str, value: object) -> str:
    """Return what came, without secrets: neither those of the key's own, nor those inside a section."""
    if _SECRET.search(key):
        return "(not shown)"
    if isinstance(value, Mapping):
        return f"a section with {', '.join(map(str, value)) or 'nothing'}"
    if isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        return f"a list of {len(value)}"
    return repr(value)


def _shorter_paths(key: str) -> list[str]:
    parts = key.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
