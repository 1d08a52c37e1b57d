"""Which rules an exchange is judged by: its service, preset, weights, thresholds and compliance mode. Pure.

Keys of `metadata` that are read: model, usage, conversation_id, system_prompt, canary, tool_calls, rating,
risk_class, region, groups, language. `system_prompt` and `canary` are never stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.errors import InvalidInputError
from config.presets import Budgets, Preset, ReadabilityBand
from config.settings import ServiceSettings
from scorer.model import DimensionName, Exchange

DEFAULT_PRESET = "standard_rti"
COMPLIANCE_MODES = ("RTI", "UK_GDPR", "EU_AI_ACT")
UNSTORED_METADATA = frozenset({"system_prompt", "canary"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What one exchange is judged by, resolved."""

    preset: str
    compliance_mode: str
    weights: Mapping[DimensionName, float]
    overall_threshold: float
    """0 to 100; an overall score below it raises a flag."""
    thresholds: Mapping[DimensionName, float]
    budgets: Budgets
    readability: ReadabilityBand
    register: str | None


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """All presets and services of an installation."""

    presets: Mapping[str, Preset]
    services: Sequence[ServiceSettings]
    default_service_id: str

    def service_for(self, host: str, path: str) -> ServiceSettings:
        """Return the first service whose conditions hold, else the default one. `host` may carry a port."""
        name = host.rsplit("]", 1)[0].lstrip("[") if host.startswith("[") else host.split(":", 1)[0]
        for service in self.services:
            match = service.match
            if match.host is None and match.path_prefix is None:
                continue
            if match.host is not None and match.host.lower() != name.lower():
                continue
            if match.path_prefix is not None and not path.startswith(match.path_prefix):
                continue
            return service
        return self.service(self.default_service_id)

    def service(self, service_id: str) -> ServiceSettings:
        """Return the configured service of that name, or one without settings of its own."""
        for service in self.services:
            if service.id == service_id:
                return service
        return ServiceSettings(id=service_id)

    def policy_for(self, exchange: Exchange) -> Policy:
        """Return what the exchange is judged by: its own wishes, then its service's, then the defaults.

        Raises InvalidInputError for an unknown preset or compliance mode.
        """
        service = self.service(exchange.service_id)
        name = exchange.preset or service.preset or DEFAULT_PRESET
        preset = self.presets.get(name)
        if preset is None:
            raise InvalidInputError(f"unknown preset {name!r}; expected one of {', '.join(self.presets)}", "preset")
        mode = exchange.compliance_mode or service.compliance_mode or preset.compliance_mode
        if mode not in COMPLIANCE_MODES:
            expected = ", ".join(COMPLIANCE_MODES)
            raise InvalidInputError(f"unknown compliance mode {mode!r}; expected one of {expected}", "compliance_mode")
        limits = preset.thresholds
        own = exchange.custom_weights
        return Policy(
            preset=name,
            compliance_mode=mode,
            weights={d: (preset.weights.model_dump()[d] if own is None else own.get(d, 0.0)) for d in DimensionName},
            overall_threshold=limits.default if limits.overall is None else limits.overall,
            thresholds={d: _or(limits.model_dump()[d], limits.default) for d in DimensionName},
            budgets=preset.budgets,
            readability=preset.readability,
            register=preset.register_,
        )


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
